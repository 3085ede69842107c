import * as z from 'zod';
import { image } from '../kubernetes.ts';
import { engineResources, storage, storageClassName } from './engine.ts';

export const MessageQueue = z
  .strictObject({
    replicas: z.int().min(1).max(9).default(1).meta({
      description:
        'The nodes of the cluster; an odd number, and 3 where the application uses quorum queues. Default: 1.',
    }),
    image: image().optional().meta({
      description:
        "The image of the server, which runs as a ServiceAccount of RabbitMQ's cluster operator. Only where the operator runs with --allow-service-account. Default: that of the cluster operator.",
    }),
    storage: storage('10Gi'),
    storageClassName: storageClassName(),
    resources: engineResources(),
  })
  .meta({
    description:
      'The RabbitMQ that queues move to where stores.rabbitmq gives none: a RabbitmqCluster, for which its cluster operator must be installed.',
  });
export type MessageQueue = z.output<typeof MessageQueue>;
