import type { Capability } from './capability.ts';

export const databaseIndexes: Capability = {
  name: 'database-indexes',
  recommendedFrom: 5_000,
  requiredFrom: 100_000,
  // An index can be built again from its table, so it holds no data.
  holdsData: false,
  relieves: ['responseTime', 'cpu'],
  prerequisites: ['a Postgres role that may create indexes'],
  summary: 'Keeps queries by time and status from reading whole tables.',
};
