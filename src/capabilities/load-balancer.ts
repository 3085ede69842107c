import type { Capability } from './capability.ts';

export const loadBalancer: Capability = {
  name: 'load-balancer',
  recommendedFrom: 25_000,
  requiredFrom: 30_000,
  holdsData: false,
  relieves: ['responseTime'],
  prerequisites: ['a load balancer or an ingress controller'],
  summary: 'Spreads requests over the replicas of ingest.',
};
