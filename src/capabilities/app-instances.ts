import type { Capability } from './capability.ts';

export const appInstances: Capability = {
  name: 'app-instances',
  recommendedFrom: 15_000,
  requiredFrom: 100_000,
  holdsData: false,
  relieves: ['responseTime', 'queueDepth', 'cpu', 'memory'],
  summary: 'At least three replicas of ingest and five workers over all queues.',
};
