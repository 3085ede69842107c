import type { Capability } from './capability.ts';

export const orchestration: Capability = {
  name: 'orchestration',
  recommendedFrom: 50_000,
  requiredFrom: 100_000,
  holdsData: false,
  relieves: ['cpu', 'memory'],
  summary: 'Budgets, spread and priorities for every Deployment.',
};
