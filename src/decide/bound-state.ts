/** What replicas can still do about a red signal, before it may raise the tier. */
import type { Component } from '../api/components.ts';
import type { BoundState } from '../ladder/health.ts';
import { boundsOf, type TierBounds } from '../scaling/bounds.ts';
import { componentSetsOf } from '../scaling/component-sets.ts';
import { scheduledBoundsOf } from '../scaling/schedules.ts';
import type { Instant } from '../model/reading.ts';
import type { DecideInput, ObservedComponent, SignalView } from '../model/decision.ts';

const QUEUE_DEPTH = 'queueDepth';

/**
 * Tells it for a signal. A queue speaks of its workers, the sum of all queues of the workers of those that are not green,
 * the rest of the web side; where that component does not run (before workers are separate), of the all-in-one pod.
 */
export function boundStateOf(
  { spec, components }: DecideInput,
  inForce: TierBounds,
  signals: readonly SignalView[],
  now: Instant,
): (signal: string) => BoundState {
  const { workers, apart, together } = componentSetsOf(spec);
  const observed = (name: string): ObservedComponent | undefined =>
    components.find((component) => component.name === name);
  const boundState = (component: Component | undefined): BoundState => {
    if (component === undefined) return 'BelowBound';
    const scheduled = scheduledBoundsOf(component, now);
    const { ceiling, ceilingOf } = boundsOf(spec, component, scheduled, inForce, '');
    if (ceilingOf === 'ViciBudget') return 'HeldByBudget';
    // More are allowed at the end of its window; what a person meant to be slow is no reason for another tier.
    if (ceilingOf === 'ScheduleMaximum') return 'BelowBound';
    const there = observed(component.name);
    const all =
      there !== undefined && there.readyReplicas >= there.desiredReplicas && there.desiredReplicas >= ceiling;
    return all ? 'AtBound' : 'BelowBound';
  };
  return (signal) => {
    if (observed('all-in-one') !== undefined && observed('ingest') === undefined)
      return boundState(together[0]);
    if (!signal.startsWith(QUEUE_DEPTH)) return boundState(apart[0]);
    if (signal !== QUEUE_DEPTH) {
      return boundState(workers.find(({ queue }) => signal === `${QUEUE_DEPTH}.${queue}`));
    }
    const isDeep = (queue: string): boolean =>
      signals.some(({ name, band }) => name === `${QUEUE_DEPTH}.${queue}` && band !== 'green');
    const reaches = workers.filter(({ queue }) => isDeep(queue)).map(boundState);
    if (reaches.includes('AtBound')) return 'AtBound';
    return reaches.length > 0 && reaches.every((one) => one === 'HeldByBudget')
      ? 'HeldByBudget'
      : 'BelowBound';
  };
}
