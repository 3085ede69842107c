import type { Capability } from './capability.ts';

export const databasePerService: Capability = {
  name: 'database-per-service',
  recommendedFrom: 30_000,
  // It moves tables.
  holdsData: true,
  relieves: ['responseTime'],
  prerequisites: ['a Postgres operator'],
  summary: 'Gives each service a database of its own.',
};
