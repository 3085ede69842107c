import type { Capability } from './capability.ts';

export const appOptimize: Capability = {
  name: 'app-optimize',
  recommendedFrom: 5_000,
  requiredFrom: 100_000,
  holdsData: false,
  relieves: ['responseTime', 'cpu'],
  summary: 'Caches configuration, routes and views: php artisan optimize.',
};
