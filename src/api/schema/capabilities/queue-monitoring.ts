import * as z from 'zod';
import { count } from '../primitives.ts';

export const QueueMonitoring = z
  .strictObject({
    horizon: z
      .strictObject({
        prefix: z.string().max(200).default('laravel_horizon:').meta({
          description: 'The prefix of its keys (HORIZON_PREFIX). Default: laravel_horizon:.',
        }),
        database: count(15).optional().meta({
          description:
            'The database number of the connection that Horizon uses. Default: that of stores.redis.',
        }),
      })
      .optional()
      .meta({
        description:
          'Where Laravel Horizon keeps its figures, in the Redis of the platform. Left out: the operator goes by its own signals alone.',
      }),
  })
  .meta({ description: 'Whose figures queue-monitoring shows.' });
