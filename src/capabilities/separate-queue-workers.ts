import type { Capability } from './contract/capability.ts';
import { ABSENT, progressing, ready } from './contract/contribution.ts';

export const separateQueueWorkers: Capability = {
  name: 'separate-queue-workers',
  prerequisites: ['a queue that every pod reaches'],
  summary: 'Runs the workers of each queue in a Deployment of their own.',
  manual: {
    fields: ['spec.components.sync', 'spec.components.queues', 'spec.transitions'],
    how: 'The one Deployment with everything is replaced by `ingest`, `sync` and one for each other queue. They are made first; the Service points at `ingest` once all are ready, and only then the old one is drained and removed. The steps, and what happens when one fails, are in [transitions](../design/transitions.md).',
    costs:
      'Both sides run until the new one is ready: for some minutes up to twice the pods and the database connections.',
    touches: 'Deployments, their disruption budgets, and the selector of the Service `<platform>`.',
    undo: 'Set the policy of `separate-queue-workers` to `Never`, or let the load fall: the same steps lead back to one Deployment. Workers finish the job in hand.',
  },
  build: ({ wanted: isWanted, transitionState: { step, changesTopology, wanted } }) => {
    if (!isWanted) return ABSENT;
    if (step !== undefined && changesTopology)
      return progressing(step, `Queue workers are being moved: ${step}.`);
    const missing = wanted.filter(({ live, wanted: size }) => (live?.ready ?? 0) < Math.min(1, size));
    if (wanted.some(({ component }) => component.role === 'all-in-one')) {
      return progressing('NotDecided', 'Queue workers still run in one pod with the web side.');
    }
    return missing.length === 0
      ? ready('Each queue has a Deployment of its own.')
      : progressing(
          'ComponentsNotReady',
          `Not ready yet: ${missing.map(({ component }) => component.name).join(', ')}.`,
        );
  },
};
