import type { Capability } from './capability.ts';

export const messageQueue: Capability = {
  name: 'message-queue',
  recommendedFrom: 30_000,
  // Jobs that wait are data.
  holdsData: true,
  relieves: ['queueDepth'],
  prerequisites: ['the RabbitMQ cluster operator'],
  summary: 'Takes queues to RabbitMQ.',
};
