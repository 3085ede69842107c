/**
 * What keeps a part from the replicas that its signals ask for, as the Horizontal Pod Autoscaler's condition ScalingLimited
 * tells it; and, which that one does not, the number that would do and where it is set.
 *
 * A load near its limit asks for one replica more at one moment and for none at the next. What limited a part stays told
 * until a whole scale-down window has gone by without it, or the part has what it asked for.
 */
import { own } from '../api/own.ts';
import type { Part } from '../api/parts.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import type { History, PartDecision } from '../model/decision.ts';
import { ladderOf } from '../ladder/ladder.ts';
import { held, pinWords } from '../ladder/pins.ts';
import type { Instant } from '../model/reading.ts';
import { count, plural } from '../text/words.ts';
import type { LimitReason, ScalingLimit } from '../model/scaling-limit.ts';
import { componentOf, viciCalls } from './bounds.ts';
import { connectionsPerReplica } from './connections.ts';

/** One bound that is in the way. */
export interface Limit {
  readonly by: LimitReason;
  /** A clause with its numbers: who limits, and at what. */
  readonly why: string;
  /** Of what is shared by several parts: how much all of them together ask for. */
  readonly total?: number;
}

export interface LimitedPart {
  readonly part: Part;
  readonly replicas: number;
  readonly wanted: number;
  /** Why that many, as a clause. */
  readonly demand: string;
  /** In the order in which they were met: the last one holds lowest. */
  readonly limits: readonly Limit[];
}

/** Undefined where the part has all that it asks for. */
export function limitOfPart(
  { part, replicas, wanted, demand, limits }: LimitedPart,
  spec: LeadPlatformSpec,
  tier: string,
  now: Instant,
): ScalingLimit | undefined {
  const lowest = limits.at(-1);
  if (lowest === undefined || wanted <= replicas) return undefined;
  const whys = limits.map(({ why }) => why).join(', and ');
  const short = { part, replicas, wanted };
  const cures = new Set(limits.map((limit) => cureOf(limit, short, spec, tier, now)));
  return {
    by: lowest.by,
    wanted,
    message: `${part.name} gets ${count(replicas)} of ${plural(wanted, 'replica')}: ${demand}, but ${whys}; ${[...cures].join('; ')}`,
  };
}

type Short = Pick<LimitedPart, 'part' | 'replicas' | 'wanted'>;

/** What to set, and to which number. */
function cureOf(
  { by, total }: Limit,
  { part, replicas, wanted }: Short,
  spec: LeadPlatformSpec,
  tier: string,
  now: Instant,
): string {
  switch (by) {
    case 'TierMaximum':
      return tierCure(part, wanted, spec, tier, now);
    case 'ReplicasMaximum':
      return `raise ${ownMaximum(part)} to ${count(wanted)}`;
    case 'TierWorkersMaximum':
      return `all workers together ask for ${count(total ?? wanted)}: raise components.workers.max of that tier in spec.tiers`;
    case 'ViciBudget': {
      const calls = Math.ceil(wanted * viciCallsOf(part));
      return calls > spec.budgets.viciApiCallsPerHour
        ? `raise budgets.viciApiCallsPerHour to ${count(calls)} if Vici bears it`
        : 'raise budgets.viciApiCallsPerHour if Vici bears it';
    }
    case 'DatabaseConnections':
      return `allow ${count((wanted - replicas) * connectionsPerReplica(part))} connections more, raise budgets.databaseConnections, or lower connectionsPerReplica`;
    case 'Pinned':
      return `raise that pin to ${count(wanted)}, or take it out of spec.replicasPin`;
  }
}

const viciCallsOf = (part: Part): number => {
  if (part.role === 'sync') return viciCalls(part);
  const sync = part.role === 'all-in-one' ? part.workers.find(({ role }) => role === 'sync') : undefined;
  return sync === undefined ? 0 : viciCalls(sync);
};

function ownMaximum(part: Part): string {
  if (part.role === 'queue') return `replicas.max of ${part.queue} in components.queues`;
  return `components.${part.role === 'sync' ? 'sync' : 'ingest'}.replicas.max`;
}

/** The next tier that allows as many, and what keeps the platform from it; or the tier's own bound. */
function tierCure(part: Part, wanted: number, spec: LeadPlatformSpec, name: string, now: Instant): string {
  const ladder = ladderOf(spec);
  const component = componentOf(part);
  const tier = ladder.byName.get(name) ?? ladder.lowest;
  const roomy = ladder.tiers.find(
    ({ index, bounds }) => index > tier.index && bounds[component].max >= wanted,
  );
  if (roomy === undefined) {
    return `give the tier ${tier.name} components.${component}.max: ${count(wanted)} in spec.tiers`;
  }
  const allows = `tier ${roomy.name} allows ${count(roomy.bounds[component].max)}`;
  const pin = held(spec.tierPin, now);
  if (pin !== undefined)
    return `${allows}, but spec.tierPin holds ${pin.tier}${pinWords(pin)}; lift that pin`;
  const most = spec.maxTier === undefined ? undefined : ladder.byName.get(spec.maxTier);
  if (most !== undefined && most.index < roomy.index) return `${allows}: raise spec.maxTier to ${roomy.name}`;
  return `${allows}: set spec.minTier to ${roomy.name} to have it at once`;
}

/** What limits each part now, or did within the window and would again. */
export function lastingLimits(
  before: History['limits'],
  parts: readonly PartDecision[],
  now: Instant,
  window: number,
): { readonly parts: readonly PartDecision[]; readonly limits: History['limits'] } {
  // Most of the time nothing is limited, and this is asked at every decision.
  if (before === undefined && parts.every(({ limit }) => limit === undefined))
    return { parts, limits: undefined };
  const limits: Record<string, { readonly limit: ScalingLimit; readonly at: Instant }> = {};
  const lasting = parts.map((part) => {
    if (part.limit !== undefined) {
      limits[part.name] = { limit: part.limit, at: now };
      return part;
    }
    const last = own(before, part.name);
    if (last === undefined || !isLasting(last, part, now, window)) return part;
    limits[part.name] = last;
    return { ...part, limit: last.limit };
  });
  return { parts: lasting, limits: Object.keys(limits).length > 0 ? limits : undefined };
}

function isLasting(
  { limit, at }: { readonly limit: ScalingLimit; readonly at: Instant },
  { replicas, rule }: PartDecision,
  now: Instant,
  window: number,
): boolean {
  return rule !== 'DrivenByOther' && limit.wanted > replicas && at <= now && now - at < window;
}
