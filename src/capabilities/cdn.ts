import type { Capability } from './capability.ts';

export const cdn: Capability = {
  name: 'cdn',
  recommendedFrom: 10_000,
  requiredFrom: 100_000,
  holdsData: false,
  relieves: ['responseTime'],
  prerequisites: ['the address of a CDN'],
  summary: 'Serves static assets from elsewhere.',
};
