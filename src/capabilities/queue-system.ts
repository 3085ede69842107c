import type { Capability } from './capability.ts';

export const queueSystem: Capability = {
  name: 'queue-system',
  recommendedFrom: 5_000,
  // Jobs that wait are data: a queue that is moved or emptied loses leads.
  holdsData: true,
  relieves: ['responseTime', 'queueDepth'],
  prerequisites: ['a Redis that the application reaches'],
  summary: 'Takes work out of the request and into queues.',
};
