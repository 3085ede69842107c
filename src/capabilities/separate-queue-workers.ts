import type { Capability } from './capability.ts';

export const separateQueueWorkers: Capability = {
  name: 'separate-queue-workers',
  recommendedFrom: 10_000,
  requiredFrom: 100_000,
  holdsData: false,
  relieves: ['responseTime', 'queueDepth', 'cpu', 'memory'],
  prerequisites: ['a queue that every pod reaches'],
  summary: 'Runs the workers of each queue in a Deployment of their own.',
};
