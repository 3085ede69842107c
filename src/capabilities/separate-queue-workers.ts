import type { Capability } from './capability.ts';
import { ABSENT, progressing, ready } from './contribution.ts';

export const separateQueueWorkers: Capability = {
  name: 'separate-queue-workers',
  recommendedFrom: 10_000,
  requiredFrom: 100_000,
  holdsData: false,
  relieves: ['responseTime', 'queueDepth', 'cpu', 'memory'],
  prerequisites: ['a queue that every pod reaches'],
  summary: 'Runs the workers of each queue in a Deployment of their own.',
  build: ({ wanted: isWanted, course: { step, sides, wanted } }) => {
    if (!isWanted) return ABSENT;
    if (step !== undefined && sides) return progressing(step, `Queue workers are being moved: ${step}.`);
    const missing = wanted.filter(({ live, wanted: size }) => (live?.ready ?? 0) < Math.min(1, size));
    if (wanted.some(({ part }) => part.role === 'all-in-one')) {
      return progressing('NotDecided', 'Queue workers still run in one pod with the web side.');
    }
    return missing.length === 0
      ? ready('Each queue has a Deployment of its own.')
      : progressing('PartsNotReady', `Not ready yet: ${missing.map(({ part }) => part.name).join(', ')}.`);
  },
};
