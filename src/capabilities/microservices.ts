import type { Capability } from './capability.ts';

export const microservices: Capability = {
  name: 'microservices',
  recommendedFrom: 30_000,
  requiredFrom: 100_000,
  holdsData: false,
  relieves: ['responseTime', 'cpu', 'memory'],
  prerequisites: ['an image or a command for each service'],
  summary: 'Splits services off: the first ones at 30,000 leads/day, every one by 50,000.',
};
