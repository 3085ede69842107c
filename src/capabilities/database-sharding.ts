import type { Capability } from './capability.ts';

export const databaseSharding: Capability = {
  name: 'database-sharding',
  recommendedFrom: 50_000,
  // It moves rows.
  holdsData: true,
  relieves: ['responseTime'],
  prerequisites: ['a shard key in every query'],
  summary: 'Spreads the leads over several databases.',
};
