import type { Capability } from './capability.ts';

export const readReplica: Capability = {
  name: 'read-replica',
  recommendedFrom: 10_000,
  // A copy has volumes of its own, and dropping it drops them.
  holdsData: true,
  relieves: ['responseTime'],
  prerequisites: [
    'a Postgres that can be replicated',
    'DB read and write hosts set apart in the application',
  ],
  summary: 'Sends reports and pages to a copy of the database.',
};
