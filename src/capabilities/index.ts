/** Every capability, in the order in which the ladder first names it. */
import type { Capability } from './contract/capability.ts';
import { redisCache } from './redis-cache.ts';
import { queueSystem } from './queue-system.ts';
import { databaseIndexes } from './database-indexes.ts';
import { queueMonitoring } from './queue-monitoring.ts';
import { appOptimize } from './app-optimize.ts';
import { separateQueueWorkers } from './separate-queue-workers.ts';
import { readReplica } from './read-replica.ts';
import { cdn } from './cdn.ts';
import { appInstances } from './app-instances.ts';
import { loadBalancer } from './load-balancer.ts';
import { multipleAppServers } from './multiple-app-servers.ts';
import { dedicatedQueueServer } from './dedicated-queue-server.ts';
import { messageQueue } from './message-queue.ts';
import { search } from './search.ts';
import { databasePerService } from './database-per-service.ts';
import { microservices } from './microservices.ts';
import { databaseSharding } from './database-sharding.ts';
import { orchestration } from './orchestration.ts';
import { fullMicroservices } from './full-microservices.ts';

export const CAPABILITIES: readonly Capability[] = [
  redisCache,
  queueSystem,
  databaseIndexes,
  queueMonitoring,
  appOptimize,
  separateQueueWorkers,
  readReplica,
  cdn,
  appInstances,
  loadBalancer,
  multipleAppServers,
  dedicatedQueueServer,
  messageQueue,
  search,
  databasePerService,
  microservices,
  databaseSharding,
  orchestration,
  fullMicroservices,
];
