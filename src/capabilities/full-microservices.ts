import type { Capability } from './capability.ts';

export const fullMicroservices: Capability = {
  name: 'full-microservices',
  recommendedFrom: 100_000,
  requiredFrom: 100_000,
  holdsData: false,
  relieves: ['responseTime', 'queueDepth', 'cpu', 'memory'],
  summary: 'Nothing may be missing any more.',
};
