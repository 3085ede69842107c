import type { Capability } from './capability.ts';

export const redisCache: Capability = {
  name: 'redis-cache',
  recommendedFrom: 5_000,
  requiredFrom: 100_000,
  // A cache can be lost and filled again, so it holds no data.
  holdsData: false,
  relieves: ['responseTime', 'cpu'],
  prerequisites: ['a Redis that the application reaches'],
  summary: 'Answers repeated reads from Redis instead of the database.',
};
