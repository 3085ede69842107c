/** A Redis that the operator runs: one pod with a volume, honest for its scale. */
import { z } from 'zod';
import { dataKey, objectName } from '../primitives.ts';
import { engineResources, storage, storageClassName } from './engine.ts';

export const ManagedRedis = z
  .strictObject({
    image: z
      .string()
      .min(1)
      .max(500)
      .default('redis:8')
      .meta({ description: 'The image of the server. Default: redis:8.' }),
    storage: storage('5Gi'),
    storageClassName: storageClassName(),
    resources: engineResources(),
    passwordSecretRef: z
      .strictObject({
        name: objectName().meta({ description: 'The name of the Secret, in this namespace.' }),
        key: dataKey()
          .default('password')
          .meta({ description: 'The key of the password. Default: password.' }),
      })
      .optional()
      .meta({
        description:
          'The Secret with the password that the server asks for. Default: none; whoever reaches the Service may read it.',
      }),
  })
  .meta({
    description:
      'The Redis that the operator runs where stores.redis gives none: one pod with a volume, an append-only file and noeviction.',
  });
export type ManagedRedis = z.output<typeof ManagedRedis>;
