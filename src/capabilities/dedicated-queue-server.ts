import type { Capability } from './capability.ts';

export const dedicatedQueueServer: Capability = {
  name: 'dedicated-queue-server',
  recommendedFrom: 25_000,
  // The queue moves to another server: what waits in it must be drained first.
  holdsData: true,
  relieves: ['queueDepth', 'memory'],
  prerequisites: ['a second Redis'],
  summary: 'Gives queues a Redis of their own, apart from the cache.',
};
