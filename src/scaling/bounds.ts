/** Between how many and how many replicas a component may have, and who says so. */
import type { LimitReason } from '../model/scaling-limit.ts';
import type { CapabilityName } from '../api/names.ts';
import type { Component, WorkerComponent } from '../api/components.ts';
import type { ReplicaBounds } from '../api/schema/components.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import type { BoundedComponent, Bounds, Ladder, Tier } from '../ladder/ladder.ts';
import { count, plural } from '../text/words.ts';
import { isWorkers } from './component-sets.ts';
import type { ScheduledBounds, SchedulesInForce } from './schedules.ts';

/** Bounds, and the capability that widened them where the tier did not set them itself. */
interface BoundsBy extends Bounds {
  readonly minBy?: CapabilityName;
  readonly maxBy?: CapabilityName;
  /** Where the need is followed and no tier asks for it: a clause that says why there are as many. */
  readonly measuredBy?: string;
}

export type TierBounds = Readonly<Record<BoundedComponent, BoundsBy>>;

/** Who sets a bound, up to its verb. */
export const setBy = (by: CapabilityName | undefined, tier: string): string =>
  by === undefined ? `tier ${tier}` : `the load requires ${by}, which`;

const COMPONENTS: readonly BoundedComponent[] = ['allInOne', 'ingest', 'sync', 'queue', 'workers'];
/** Capabilities that *are* replicas: required ahead of their tier, they bring its floors along with its ceilings. */
const INSTANCES: ReadonlySet<CapabilityName> = new Set(['app-instances', 'multiple-app-servers']);

/**
 * The bounds of the tier in force. A capability that is required ahead of its tier brings the ceilings of that tier
 * along, for replicas never wait: a load balancer in front of one replica helps nobody.
 */
export function boundsInForce(
  spec: LeadPlatformSpec,
  ladder: Ladder,
  tier: Tier,
  required: readonly CapabilityName[],
): TierBounds {
  const prescribed = prescribedBounds(ladder, tier, required);
  return spec.scaling.floors === 'Measured' ? measuredBounds(spec, prescribed, tier, required) : prescribed;
}

function prescribedBounds(ladder: Ladder, tier: Tier, required: readonly CapabilityName[]): TierBounds {
  if (required.length === 0) return tier.bounds;
  let byTier = inForceBy.get(required);
  if (byTier === undefined) inForceBy.set(required, (byTier = new Map()));
  let bounds = byTier.get(tier);
  if (bounds === undefined) byTier.set(tier, (bounds = widenedBy(ladder, tier, required)));
  return bounds;
}

/** What is required stays the same array from decision to decision, so its bounds are worked out once. */
const inForceBy = new WeakMap<readonly CapabilityName[], Map<Tier, TierBounds>>();

function widenedBy(ladder: Ladder, tier: Tier, required: readonly CapabilityName[]): TierBounds {
  let bounds: TierBounds = tier.bounds;
  for (const name of required) {
    const ahead = ladder.adding.get(name);
    if (ahead === undefined || ahead.index <= tier.index) continue;
    const widened = {} as Record<BoundedComponent, BoundsBy>;
    for (const component of COMPONENTS) {
      const before = bounds[component];
      const { min, max } = ahead.bounds[component];
      widened[component] = {
        ...before,
        ...(INSTANCES.has(name) && min > before.min && { min, minBy: name }),
        ...(max > before.max && { max, maxBy: name }),
      };
    }
    bounds = widened;
  }
  return bounds;
}

/** Spread over nodes there are several, or the capability is none. All other floors of a tier are sizes, and follow the need. */
const SPREADS: CapabilityName = 'multiple-app-servers';
const SEVERAL = 2;

/** The bounds of a platform that follows its need, by those that are prescribed: worked out once for each spec. */
const measuredBy = new WeakMap<LeadPlatformSpec, WeakMap<TierBounds, TierBounds>>();

/**
 * The same ceilings, and of each component at least one; none where the tier says so. All workers together have no floor. Two of
 * the web side stay where it is spread over nodes: one replica cannot be, and the capability would never be in place.
 */
function measuredBounds(
  spec: LeadPlatformSpec,
  prescribed: TierBounds,
  tier: Tier,
  required: readonly CapabilityName[],
): TierBounds {
  let byPrescribed = measuredBy.get(spec);
  if (byPrescribed === undefined) measuredBy.set(spec, (byPrescribed = new WeakMap()));
  let bounds = byPrescribed.get(prescribed);
  if (bounds !== undefined) return bounds;
  const isDeclined = spec.transitions.policies.some(
    ({ capability, policy }) => capability === SPREADS && policy === 'Never',
  );
  const spreads = !isDeclined && (tier.has.has(SPREADS) || required.includes(SPREADS));
  const least = ({ min, max, maxBy }: BoundsBy): BoundsBy => ({
    min: Math.min(1, min),
    max,
    ...(maxBy !== undefined && { maxBy }),
    measuredBy: 'one is kept (scaling.floors is Measured)',
  });
  const web = (of: BoundsBy): BoundsBy =>
    spreads
      ? { ...least(of), min: SEVERAL, measuredBy: `${SPREADS} takes ${SEVERAL} of the web side` }
      : least(of);
  const { allInOne, ingest, sync, queue, workers } = prescribed;
  bounds = {
    allInOne: web(allInOne),
    ingest: web(ingest),
    sync: least(sync),
    queue: least(queue),
    workers: { ...least(workers), min: 0 },
  };
  byPrescribed.set(prescribed, bounds);
  return bounds;
}

export interface ComponentBounds {
  readonly floor: number;
  readonly ceiling: number;
  /** A clause: who sets the floor, and who the ceiling. */
  readonly floorBy: string;
  readonly ceilingBy: string;
  /** What sets the ceiling. No tier would lift Vici's budget. */
  readonly ceilingOf: Extract<
    LimitReason,
    'TierMaximum' | 'ReplicasMaximum' | 'ScheduleMaximum' | 'ViciBudget'
  >;
  /** Where a schedule sets the ceiling: which entry of `schedules` it is. */
  readonly schedule?: number;
  /** The floor without any schedule. Up to it no budget that is shared takes anything away. */
  readonly standingFloor: number;
  /** What a schedule asks for beyond that, whether there is room for as many or not; and a clause that says so. */
  readonly scheduledFloor?: { readonly replicas: number; readonly why: string };
}

/** Calls to Vici that one worker makes in an hour while it is busy. */
export const viciCalls = ({ settings, apiCallsPerJob = 1 }: WorkerComponent): number =>
  settings.capacity.jobsPerMinute * 60 * apiCallsPerJob;

/** Sync workers that may run for ever without making more calls than the budget: at least one, for leads must leave. */
export function viciCeiling({ budgets }: LeadPlatformSpec, sync: WorkerComponent): number {
  return Math.max(1, Math.floor(budgets.viciApiCallsPerHour / viciCalls(sync) + 1e-9));
}

export const boundedComponentOf = (component: Component): Exclude<BoundedComponent, 'workers'> =>
  component.role === 'all-in-one' ? 'allInOne' : component.role;
function ownBounds(component: Component): ReplicaBounds {
  return isWorkers(component) ? component.settings.replicas : component.ingest.replicas;
}

/** The most workers that one queue may have on a tier, whatever the hour: by its own Pods, or one in each all-in-one Pod. */
export function workersCeiling(
  spec: LeadPlatformSpec,
  worker: WorkerComponent,
  component: Component,
  inForce: TierBounds,
): number {
  const { max = Infinity } = ownBounds(component);
  const ceiling = Math.min(inForce[boundedComponentOf(component)].max, max);
  return worker.role === 'sync' ? Math.min(ceiling, viciCeiling(spec, worker)) : ceiling;
}

/**
 * Bounds of one component: the tier's and the spec's, the ceiling of its schedules, and for sync Vici's. Where floor and ceiling
 * cross, the ceiling wins. The floor of its schedules comes after that of all workers together: see {@link raisedBySchedule}.
 */
export function boundsOf(
  spec: LeadPlatformSpec,
  component: Component,
  scheduled: ScheduledBounds,
  inForce: TierBounds,
  tier: string,
): ComponentBounds {
  const of = inForce[boundedComponentOf(component)];
  const own = ownBounds(component);
  const { min: ownMin = 0, max: ownMax = Infinity } = own;
  let ceiling = of.max;
  let ceilingOf: ComponentBounds['ceilingOf'] = 'TierMaximum';
  let ceilingBy = `${setBy(of.maxBy, tier)} allows ${plural(ceiling, 'replica')}`;
  if (ownMax < ceiling) {
    ceiling = ownMax;
    ceilingOf = 'ReplicasMaximum';
    ceilingBy = `replicas.max is ${count(ceiling)}`;
  }
  if (scheduled.ceiling !== undefined && scheduled.ceiling.replicas < ceiling) {
    ceiling = scheduled.ceiling.replicas;
    ceilingOf = 'ScheduleMaximum';
    ceilingBy = scheduled.ceiling.why;
  }
  if (component.role === 'sync' && viciCeiling(spec, component) < ceiling) {
    ceiling = viciCeiling(spec, component);
    ceilingBy = `budgets.viciApiCallsPerHour of ${count(spec.budgets.viciApiCallsPerHour)} feeds ${plural(ceiling, 'worker')}`;
    ceilingOf = 'ViciBudget';
  }
  // Who follows the need and says that none has to be there is taken at that word; a lead always finds a web side.
  const isFromZero = of.measuredBy !== undefined && isWorkers(component) && own.min === 0;
  const asked = isFromZero ? 0 : Math.max(of.min, ownMin);
  const floor = Math.min(asked, ceiling);
  const floorBy =
    ownMin > of.min
      ? `replicas.min is ${count(ownMin)}`
      : (of.measuredBy ?? `${setBy(of.minBy, tier)} asks for ${count(of.min)}`);
  return {
    floor,
    ceiling,
    floorBy: asked > ceiling ? `${floorBy}, and ${ceilingBy}` : floorBy,
    ceilingBy,
    ceilingOf,
    standingFloor: floor,
    ...(ceilingOf === 'ScheduleMaximum' && { schedule: scheduled.ceiling!.index }),
  };
}

/** The floor of a schedule comes on top: it takes nothing from what another component has of the floor of all workers. */
function raisedBySchedule(bounds: ComponentBounds, { floor }: ScheduledBounds): ComponentBounds {
  if (floor === undefined || floor.replicas <= bounds.standingFloor) return bounds;
  const { ceiling, ceilingBy } = bounds;
  const { replicas, why } = floor;
  return {
    ...bounds,
    floor: Math.min(replicas, ceiling),
    floorBy: replicas > ceiling ? `${why}, and ${ceilingBy}` : why,
    scheduledFloor: { replicas, why },
  };
}

/**
 * Spreads the floor of all workers together over the queues: one at a time to whichever has the lowest floor and is not
 * at its ceiling, the queues in the order of the spec and sync last, for it draws on Vici's budget.
 */
export function spreadFloor(
  components: readonly Component[],
  bounds: readonly ComponentBounds[],
  { min: total, minBy }: BoundsBy,
  tier: string,
): readonly ComponentBounds[] {
  const order: number[] = [];
  components.forEach(({ role }, index) => role === 'queue' && order.push(index));
  components.forEach(({ role }, index) => role === 'sync' && order.push(index));
  const floors = bounds.map(({ floor }) => floor);
  let sum = 0;
  for (const index of order) sum += floors[index]!;
  if (order.length === 0 || sum >= total) return bounds;
  while (sum < total) {
    let lowest: number | undefined;
    for (const index of order) {
      if (floors[index]! >= bounds[index]!.ceiling) continue;
      if (lowest === undefined || floors[index]! < floors[lowest]!) lowest = index;
    }
    if (lowest === undefined) break;
    floors[lowest] = floors[lowest]! + 1;
    sum += 1;
  }
  return bounds.map((bound, index) =>
    floors[index] === bound.floor
      ? bound
      : {
          ...bound,
          floor: floors[index]!,
          standingFloor: floors[index]!,
          floorBy: `${setBy(minBy, tier)} asks for ${plural(total, 'worker')} over all queues`,
        },
  );
}

const ofAll = new WeakMap<SchedulesInForce, WeakMap<TierBounds, readonly ComponentBounds[]>>();

/**
 * Bounds of all components, the floor over all queues spread among them; worked out once for each tier, and for each time
 * between two windows of their schedules.
 */
export function boundsOfAll(
  spec: LeadPlatformSpec,
  components: readonly Component[],
  scheduled: SchedulesInForce,
  inForce: TierBounds,
  tier: string,
): readonly ComponentBounds[] {
  let byTier = ofAll.get(scheduled);
  if (byTier === undefined) ofAll.set(scheduled, (byTier = new WeakMap()));
  let bounds = byTier.get(inForce);
  if (bounds === undefined) {
    const each = components.map((component, index) =>
      boundsOf(spec, component, scheduled.each[index]!, inForce, tier),
    );
    const standing = spreadFloor(components, each, inForce.workers, tier);
    bounds = standing.map((one, index) => raisedBySchedule(one, scheduled.each[index]!));
    byTier.set(inForce, bounds);
  }
  return bounds;
}
