import type { Capability } from './capability.ts';

export const multipleAppServers: Capability = {
  name: 'multiple-app-servers',
  recommendedFrom: 25_000,
  requiredFrom: 50_000,
  holdsData: false,
  relieves: ['responseTime', 'cpu', 'memory'],
  prerequisites: ['more than one node'],
  summary: 'Spreads replicas over nodes, with a disruption budget.',
};
