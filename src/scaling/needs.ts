/**
 * What the jobs that come to each queue need, whatever the tier allows and whatever waits. Rate times service time keeps workers busy;
 * beyond that it takes so many that few jobs wait for longer than their objective:
 *
 *     need = load + min(3 S / T, √load)        load = rate × S
 *
 * A job that has to wait at n workers waits for S / (n − load) on the average, exponentially (M/M/n): 95 in a hundred of them for less
 * than three times that. √load is where few have to wait at all (Halfin and Whitt 1981).
 */
import type { WorkerComponent } from '../api/components.ts';
import { own } from '../api/own.ts';
import { isTooSoon, observeNeed } from '../ladder/need.ts';
import { activePin } from '../ladder/pins.ts';
import type { DecideInput, History } from '../model/decision.ts';
import type { QueueNeed } from '../model/need.ts';
import type { QueueFlow } from '../model/queue-history.ts';
import { isKnown, type Instant } from '../model/reading.ts';
import type { Readings } from '../model/readings.ts';
import { queueReading } from '../signals/view.ts';
import { connectionsPerReplica } from './connections.ts';
import { componentSetsOf } from './component-sets.ts';
import { lookGapOf } from './detection.ts';
import type { SharedComponent } from './share.ts';
import { SHORTEST_OBJECTIVE_S } from './workers.ts';

const IN_TIME = 3;
/** Intervals of `counts`, a minute in all: a rate of less is none. */
const LEAST_COUNTS = 4;

export function workersFor(rate: number, serviceSeconds: number, objective: number): number {
  const load = rate * serviceSeconds;
  return load + Math.min((IN_TIME * serviceSeconds) / objective, Math.sqrt(load));
}

export interface NeedsInput {
  readonly input: DecideInput;
  /** Only what can be believed. */
  readonly readings: Readings;
  readonly queues: Readonly<Record<string, QueueFlow>>;
  /** The components with the sizes that they get. */
  readonly shared: readonly SharedComponent[];
  /** Connections that the database has left beyond those. */
  readonly connectionsLeft: number;
  /** Whether calls to Vici have reached their budget. */
  readonly isOverVici: boolean;
  readonly now: Instant;
}

/** One more look at the need of every queue. Undefined while none is known. */
export function observeNeeds(before: History['needs'], needs: NeedsInput): History['needs'] {
  const { input, now } = needs;
  let next: Record<string, QueueNeed> | undefined;
  for (const worker of componentSetsOf(input.spec).workers) {
    const { queue } = worker;
    const last = own(before, queue);
    // What lasted before a pin or an autoscaler came is what it may need again.
    const need = isHeldByOthers(worker, input, now)
      ? last && { ...last, recent: [] }
      : (seen(last, worker, needs) ?? last);
    if (need !== undefined) (next ??= {})[queue] = need;
  }
  return next;
}

/** Undefined where this look tells nothing: the queue is unknown, or was looked at too long ago, or a moment ago. */
function seen(
  last: QueueNeed | undefined,
  worker: WorkerComponent,
  needs: NeedsInput,
): QueueNeed | undefined {
  const {
    input: { spec },
    readings,
    queues,
    now,
  } = needs;
  const reading = queueReading(readings, worker.queue);
  if (!isKnown(reading) || (last !== undefined && isTooSoon(last, reading.at, spec.scaling)))
    return undefined;
  const gap = lookGapOf(spec);
  const flow = own(queues, worker.queue);
  if (now - reading.at > gap || flow === undefined || flow.counts.length < LEAST_COUNTS) return undefined;
  return observeNeed(last, { workers: needOf(worker, flow, needs), at: reading.at, gap }, spec.scaling);
}

/**
 * A pin or another autoscaler sizes it, in this shape of the platform or in the other one. A pin of all-in-one
 * Pods that do not run holds nothing.
 */
function isHeldByOthers(
  { name }: WorkerComponent,
  { spec, components, autoscaled = [] }: DecideInput,
  now: Instant,
): boolean {
  const isIts = (component: string) => component === name || component === ALL_IN_ONE;
  const isPinned = (component: string) =>
    component === name || (component === ALL_IN_ONE && components.some((one) => one.name === component));
  return (
    spec.replicasPin.some((pin) => isPinned(pin.component) && activePin(pin, now) !== undefined) ||
    components.some((one) => one.drivenBy !== undefined && isIts(one.name)) ||
    autoscaled.some(isIts)
  );
}

const ALL_IN_ONE = 'all-in-one';

/** Workers of each queue that a pin or another autoscaler sizes, by the name of the queue. */
export function sizedByOthers(input: DecideInput, now: Instant): ReadonlyMap<string, number> {
  const { spec, components } = input;
  const held = componentSetsOf(spec).workers.filter((worker) => isHeldByOthers(worker, input, now));
  return new Map(
    held.map(({ queue, name }) => {
      const pin = spec.replicasPin.find((one) => one.component === name && activePin(one, now) !== undefined);
      const there = components.find((one) => one.name === name);
      return [queue, pin?.replicas ?? there?.desiredReplicas ?? 0];
    }),
  );
}

/** Cut to what no tier lifts: a schedule that is open, Vici's budget, the connections that the database has left. */
function needOf(
  worker: WorkerComponent,
  { steady: { rate }, serviceSeconds }: QueueFlow,
  { shared, connectionsLeft, isOverVici }: NeedsInput,
): number {
  const objective = Math.max(SHORTEST_OBJECTIVE_S, worker.settings.pickupTime / 1_000);
  const needed = workersFor(rate, serviceSeconds, objective);
  const its = shared.find(({ component: { name } }) => name === worker.name || name === ALL_IN_ONE);
  if (its === undefined) return needed;
  const { component, bounds, proposal } = its;
  const { replicas } = proposal;
  if (worker.role === 'sync' && isOverVici) return Math.min(needed, replicas);
  const scheduled = bounds.ceilingOf === 'ScheduleMaximum' ? bounds.ceiling : Infinity;
  const each = connectionsPerReplica(component);
  const connected = each === 0 ? Infinity : replicas + Math.floor(Math.max(0, connectionsLeft) / each);
  return Math.min(needed, scheduled, connected);
}
