/** Settings of single capabilities; one file each, and all of them optional: a capability has defaults, or says what it lacks. */
import * as z from 'zod';
import { AppOptimize } from './app-optimize.ts';
import { Cdn } from './cdn.ts';
import { DatabasePerService, DatabaseSharding } from './databases.ts';
import { DatabaseIndexes } from './database-indexes.ts';
import { DedicatedQueueServer } from './dedicated-queue-server.ts';
import { LoadBalancer } from './load-balancer.ts';
import { Microservices } from './microservices.ts';
import { Orchestration } from './orchestration.ts';
import { QueueMonitoring } from './queue-monitoring.ts';
import { MessageQueue } from './message-queue.ts';
import { ReadReplica } from './read-replica.ts';
import { FirstRedis } from './redis.ts';
import { Search } from './search.ts';
import { SettingsEndpoint } from './settings-endpoint.ts';

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

export const CapabilitySettings = z
  .strictObject({
    environment: z
      .record(z.string().max(63), z.string().max(63))
      .refine((map) => Object.keys(map).length <= 40, { message: 'has more than 40 entries' })
      .refine((map) => Object.values(map).every((name) => VARIABLE.test(name)), {
        message: 'gives a variable a name that no environment can have; use letters, digits and underscores',
      })
      .default({})
      .meta({
        description:
          'Other names for variables that capabilities set, like {QUEUE_CONNECTION: APP_QUEUE}. Default: those of Laravel.',
        maxProperties: 40,
      }),
    settingsEndpoint: SettingsEndpoint.optional(),
    redis: FirstRedis.prefault({}),
    dedicatedQueueServer: DedicatedQueueServer.prefault({}),
    messageQueue: MessageQueue.prefault({}),
    databaseIndexes: DatabaseIndexes.prefault({}),
    queueMonitoring: QueueMonitoring.prefault({}),
    readReplica: ReadReplica.prefault({}),
    databasePerService: DatabasePerService.prefault({}),
    databaseSharding: DatabaseSharding.prefault({}),
    appOptimize: AppOptimize.prefault({}),
    cdn: Cdn.prefault({}),
    loadBalancer: LoadBalancer.prefault({}),
    search: Search.prefault({}),
    microservices: Microservices.prefault({}),
    orchestration: Orchestration.prefault({}),
  })
  .meta({ description: 'Settings of single capabilities. Default: those of each capability.' });
