import type { Capability } from './capability.ts';

export const search: Capability = {
  name: 'search',
  recommendedFrom: 30_000,
  // The index has volumes of its own, and hours of filling in them.
  holdsData: true,
  relieves: ['responseTime'],
  prerequisites: ['an Elasticsearch operator'],
  summary: 'Takes search out of the database.',
};
