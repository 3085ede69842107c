import * as z from 'zod';
import { RedisStore } from '../stores.ts';
import { ManagedRedis } from './redis.ts';

export const DedicatedQueueServer = z
  .strictObject({
    redis: RedisStore.optional(),
    managed: ManagedRedis.prefault({}),
  })
  .meta({
    description:
      'The second Redis, for queues alone. Given redis: one of your own, which the application reaches by REDIS_QUEUE_HOST and REDIS_QUEUE_PORT. Default: one that the operator runs.',
  });
