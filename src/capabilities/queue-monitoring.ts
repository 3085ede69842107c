import type { Capability } from './capability.ts';

export const queueMonitoring: Capability = {
  name: 'queue-monitoring',
  recommendedFrom: 5_000,
  requiredFrom: 100_000,
  holdsData: false,
  relieves: ['queueDepth'],
  summary: 'Shows how deep each queue is, by Horizon or as good.',
};
