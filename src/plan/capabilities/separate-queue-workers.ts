import { progressing, ready, type Reporter } from './report.ts';

export const separateQueueWorkers: Reporter = ({ course: { step, sides, wanted } }) => {
  if (step !== undefined && sides) return progressing(step, `Queue workers are being moved: ${step}.`);
  const missing = wanted.filter(({ live, wanted: size }) => (live?.ready ?? 0) < Math.min(1, size));
  if (wanted.some(({ part }) => part.role === 'all-in-one')) {
    return progressing('NotDecided', 'Queue workers still run in one pod with the web side.');
  }
  return missing.length === 0
    ? ready('Each queue has a Deployment of its own.')
    : progressing('PartsNotReady', `Not ready yet: ${missing.map(({ part }) => part.name).join(', ')}.`);
};
