/** Whether replicas have done what they can about a red signal, before it may raise the rung. */
import { workerParts, type Part } from '../api/parts.ts';
import { boundsOf, type RungBounds } from '../scaling/bounds.ts';
import type { DecideInput, ObservedPart, SignalView } from './types.ts';

const QUEUE_DEPTH = 'queueDepth';

/**
 * Tells for a signal whether a part that it speaks of has all the replicas that rung and spec allow, all ready. A queue
 * speaks of its workers, the sum of all queues of every worker, the rest of the web side; where that part does not run
 * (before workers are separate), of the all-in-one pod. Sync at the ceiling of Vici's budget does not count: no rung
 * lifts that.
 */
export function atBoundOf(
  { spec, parts }: DecideInput,
  inForce: RungBounds,
  signals: readonly SignalView[],
): (signal: string) => boolean {
  const observed = new Map(parts.map((part) => [part.name, part]));
  const { ingest } = spec.components;
  const isAtBound = (part: Part): boolean => {
    const now: ObservedPart | undefined = observed.get(part.name);
    if (now === undefined || now.readyReplicas < now.desiredReplicas) return false;
    const { ceiling, byVici } = boundsOf(spec, part, inForce, '');
    return !byVici && now.desiredReplicas >= ceiling;
  };
  return (signal) => {
    const workers = workerParts(spec);
    if (observed.has('all-in-one') && !observed.has('ingest')) {
      return isAtBound({ role: 'all-in-one', name: 'all-in-one', ingest, workers });
    }
    if (!signal.startsWith(QUEUE_DEPTH)) return isAtBound({ role: 'ingest', name: 'ingest', ingest });
    if (signal !== QUEUE_DEPTH) {
      const queue = signal.slice(QUEUE_DEPTH.length + 1);
      return workers.some((part) => part.queue === queue && isAtBound(part));
    }
    // The sum is red by the queues that are not green.
    const deep = new Set(
      signals
        .filter(({ name, band }) => band !== 'green' && name.startsWith(`${QUEUE_DEPTH}.`))
        .map(({ name }) => name),
    );
    return workers.some((part) => deep.has(`${QUEUE_DEPTH}.${part.queue}`) && isAtBound(part));
  };
}
