/**
 * What keeps a component from the replicas that its signals ask for, as the Horizontal Pod Autoscaler's condition ScalingLimited
 * tells it; and, which that one does not, the number that would do and where it is set.
 *
 * A load near its limit asks for one replica more at one moment and for none at the next. What limited a component stays told
 * until a whole scale-down window has gone by without it, or the component has what it asked for.
 */
import { own } from '../api/own.ts';
import type { Component } from '../api/components.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import type { History, ComponentDecision } from '../model/decision.ts';
import { ladderOf } from '../ladder/ladder.ts';
import { activePin, pinWords } from '../ladder/pins.ts';
import type { Instant } from '../model/reading.ts';
import { count, plural } from '../text/words.ts';
import type { LimitReason, ScalingLimit } from '../model/scaling-limit.ts';
import { boundedComponentOf, viciCalls } from './bounds.ts';
import { connectionsPerReplica } from './connections.ts';

/** One bound that is in the way. */
export interface Limit {
  readonly by: LimitReason;
  /** A clause with its numbers: who limits, and at what. */
  readonly why: string;
  /** Of what is shared by several components: how much all of them together ask for. */
  readonly total?: number;
  /** Of a schedule: which entry of `schedules` it is. */
  readonly schedule?: number | undefined;
  /** The queue whose jobs it is about. */
  readonly queue?: string;
}

export interface LimitedComponent {
  readonly component: Component;
  readonly replicas: number;
  readonly wanted: number;
  /** Why that many, as a clause. */
  readonly demand: string;
  /** In the order in which they were met: the last one holds lowest. */
  readonly limits: readonly Limit[];
}

/** Undefined where the component has all that it asks for. */
export function limitOfComponent(
  { component, replicas, wanted, demand, limits }: LimitedComponent,
  spec: LeadPlatformSpec,
  tier: string,
  now: Instant,
): ScalingLimit | undefined {
  const lowest = limits.at(-1);
  if (lowest === undefined || wanted <= replicas) return undefined;
  const whys = limits.map(({ why }) => why).join(', and ');
  const short = { component, replicas, wanted };
  const cures = new Set(limits.map((limit) => cureOf(limit, short, spec, tier, now)));
  return {
    by: lowest.by,
    wanted,
    message: `${component.name} gets ${count(replicas)} of ${plural(wanted, 'replica')}: ${demand}, but ${whys}; ${[...cures].join('; ')}`,
  };
}

type Short = Pick<LimitedComponent, 'component' | 'replicas' | 'wanted'>;

/** What to set, and to which number. */
function cureOf(
  { by, total, schedule = 0, queue }: Limit,
  { component, replicas, wanted }: Short,
  spec: LeadPlatformSpec,
  tier: string,
  now: Instant,
): string {
  switch (by) {
    case 'TierMaximum':
      return tierCure(component, wanted, spec, tier, now);
    case 'ReplicasMaximum':
      return `raise ${ownField(component, 'replicas.max')} to ${count(wanted)}`;
    case 'ScheduleMaximum':
      return `raise ${ownField(component, `schedules[${schedule}].replicas.max`)} to ${count(wanted)}`;
    case 'TierWorkersMaximum':
      return `all workers together ask for ${count(total ?? wanted)}: raise components.workers.max of that tier in spec.tiers`;
    case 'ViciBudget': {
      const calls = Math.ceil(wanted * viciCallsOf(component));
      return calls > spec.budgets.viciApiCallsPerHour
        ? `raise budgets.viciApiCallsPerHour to ${count(calls)} if Vici bears it`
        : 'raise budgets.viciApiCallsPerHour if Vici bears it';
    }
    case 'DatabaseConnections':
      return `allow ${count((wanted - replicas) * connectionsPerReplica(component))} connections more, raise budgets.databaseConnections, or lower connectionsPerReplica`;
    case 'WorkersStalled':
      return `see what jobs of ${queue ?? component.name} wait for, such as the database or the dialer, or raise longestJob where they may run for longer`;
    case 'Pinned':
      return `raise that pin to ${count(wanted)}, or take it out of spec.replicasPin`;
  }
}

const viciCallsOf = (component: Component): number => {
  if (component.role === 'sync') return viciCalls(component);
  const sync =
    component.role === 'all-in-one' ? component.workers.find(({ role }) => role === 'sync') : undefined;
  return sync === undefined ? 0 : viciCalls(sync);
};

function ownField(component: Component, field: string): string {
  if (component.role === 'queue') return `${field} of ${component.queue} in components.queues`;
  return `components.${component.role === 'sync' ? 'sync' : 'ingest'}.${field}`;
}

/** The next tier that allows as many, and what keeps the platform from it; or the tier's own bound. */
function tierCure(
  component: Component,
  wanted: number,
  spec: LeadPlatformSpec,
  name: string,
  now: Instant,
): string {
  const ladder = ladderOf(spec);
  const bounded = boundedComponentOf(component);
  const tier = ladder.byName.get(name) ?? ladder.lowest;
  const roomy = ladder.tiers.find(({ index, bounds }) => index > tier.index && bounds[bounded].max >= wanted);
  if (roomy === undefined) {
    return `give the tier ${tier.name} components.${bounded}.max: ${count(wanted)} in spec.tiers`;
  }
  const allows = `tier ${roomy.name} allows ${count(roomy.bounds[bounded].max)}`;
  const pin = activePin(spec.tierPin, now);
  if (pin !== undefined)
    return `${allows}, but spec.tierPin holds ${pin.tier}${pinWords(pin)}; lift that pin`;
  const most = spec.maxTier === undefined ? undefined : ladder.byName.get(spec.maxTier);
  if (most !== undefined && most.index < roomy.index) return `${allows}: raise spec.maxTier to ${roomy.name}`;
  return `${allows}: set spec.minTier to ${roomy.name} to have it at once`;
}

/** What limits each component now, or did within the window and would again. */
export function lastingLimits(
  before: History['limits'],
  components: readonly ComponentDecision[],
  now: Instant,
  window: number,
): { readonly components: readonly ComponentDecision[]; readonly limits: History['limits'] } {
  // Most of the time nothing is limited, and this is asked at every decision.
  if (before === undefined && components.every(({ limit }) => limit === undefined))
    return { components, limits: undefined };
  const limits: Record<string, { readonly limit: ScalingLimit; readonly at: Instant }> = {};
  const lasting = components.map((component) => {
    if (component.limit !== undefined) {
      limits[component.name] = { limit: component.limit, at: now };
      return component;
    }
    const last = own(before, component.name);
    if (last === undefined || !isLasting(last, component, now, window)) return component;
    limits[component.name] = last;
    return { ...component, limit: last.limit };
  });
  return { components: lasting, limits: Object.keys(limits).length > 0 ? limits : undefined };
}

function isLasting(
  { limit, at }: { readonly limit: ScalingLimit; readonly at: Instant },
  { replicas, rule }: ComponentDecision,
  now: Instant,
  window: number,
): boolean {
  return rule !== 'DrivenByOther' && limit.wanted > replicas && at <= now && now - at < window;
}
