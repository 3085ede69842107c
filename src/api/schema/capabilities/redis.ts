/** A Redis that the operator runs: one pod with a volume, honest for its scale. */
import * as z from 'zod';
import { image } from '../kubernetes.ts';
import { dataKey, objectName } from '../primitives.ts';
import { engineResources, storage, storageClassName } from './engine.ts';

const settings = {
  image: image().default('redis:8').meta({ description: 'The image of the server. Default: redis:8.' }),
  storage: storage('5Gi'),
  storageClassName: storageClassName(),
  resources: engineResources(),
  passwordSecretRef: z
    .strictObject({
      name: objectName().meta({ description: 'The name of the Secret, in this namespace.' }),
      key: dataKey().default('password').meta({ description: 'The key of the password. Default: password.' }),
    })
    .optional()
    .meta({
      description:
        'The Secret with the password that the server asks for. Default: none; every client that reaches the Service may read it.',
    }),
};

export const ManagedRedis = z.strictObject(settings).meta({
  description:
    'The Redis that the operator runs for queues: one pod with a volume, an append-only file and noeviction.',
});
export type ManagedRedis = z.output<typeof ManagedRedis>;

export const FirstRedis = z
  .strictObject({
    enabled: z.boolean().default(false).meta({
      description:
        'Run a Redis where stores.redis names none. For an application that has no Redis yet: its REDIS_HOST changes. Default: false.',
    }),
    ...settings,
  })
  .meta({
    description:
      'The Redis that the operator runs for cache and queues, where it is enabled: one pod with a volume, an append-only file and noeviction.',
  });
