/**
 * Replicas of the web side by a signal that more of them lower: its response time, and the CPU of the all-in-one pod.
 * The ratio is the one of the Horizontal Pod Autoscaler (⌈replicas × value / objective⌉, 10 % tolerance), with one
 * difference: a value speaks only of the replicas that were there when it was observed. So it counts once all are ready,
 * for readings from after that, and upwards only when it has lasted; else each slow answer would double what the last
 * one doubled.
 */
import type { ObservedComponent, History, ScaleRule } from '../model/decision.ts';
import { CLOCK_SKEW_MS } from '../signals/fresh.ts';
import { isKnown, type Instant, type Reading } from '../model/reading.ts';
import { count, plural } from '../text/words.ts';
import { atLeast, type Demand } from './demand.ts';

const TOLERANCE = 0.1;
/** At most this many times the replicas at once. */
const STEP = 2;

export interface Stability {
  readonly stable: History['stable'] | undefined;
  readonly overloadedSince: Instant | undefined;
}

const UNSTABLE: Stability = { stable: undefined, overloadedSince: undefined };

/** What is remembered between decisions: since when all replicas are ready, and since when they have been too slow. */
export function stabilityOf(
  { stable, overloadedSince }: Pick<History, 'stable' | 'overloadedSince'>,
  observed: ObservedComponent | undefined,
  now: Instant,
): Stability {
  if (
    observed === undefined ||
    observed.readyReplicas !== observed.desiredReplicas ||
    observed.readyReplicas < 1
  ) {
    return UNSTABLE;
  }
  const { name: component, desiredReplicas: replicas } = observed;
  // A clock that was set back: readings would speak of other replicas until it is there again.
  const isPast = stable !== undefined && stable.since <= now + CLOCK_SKEW_MS;
  if (isPast && stable.component === component && stable.replicas === replicas)
    return { stable, overloadedSince };
  return { stable: { component, replicas, since: now }, overloadedSince: undefined };
}

export interface Overload {
  readonly signal: string;
  readonly unit: string;
  readonly reading: Reading;
  readonly objective: number;
  readonly rule: Extract<ScaleRule, 'ResponseTime' | 'Cpu'>;
}

/** The earliest reading after all replicas were ready that was above its objective, if it still is. */
export function overloadedSinceOf(
  { stable, overloadedSince }: Stability,
  overloads: readonly Overload[],
): Instant | undefined {
  if (stable === undefined) return undefined;
  let since: Instant | undefined;
  for (const { reading, objective } of overloads) {
    if (!isKnown(reading) || reading.at <= stable.since) continue;
    if (reading.value > objective * (1 + TOLERANCE)) since = Math.min(since ?? reading.at, reading.at);
  }
  return since === undefined ? undefined : Math.min(since, overloadedSince ?? since);
}

/**
 * What a pressure asks for, where there are `now` replicas, or those of what a new component takes over from. `lastsFor`
 * milliseconds of it are needed before replicas are added.
 */
export function demandUnder(
  { signal, unit, reading, objective, rule }: Overload,
  { stable, overloadedSince }: Stability,
  now: number,
  lastsFor: number,
): Demand {
  if (!isKnown(reading)) return { ...reading, of: `the ${signal}` };
  const words = `the ${signal} is ${count(reading.value)} ${unit} where ${count(objective)} ${unit} is aimed at`;
  if (stable === undefined || reading.at <= stable.since) {
    return { wanted: now, rule, why: `${words}, measured with other replicas and not used` };
  }
  const ratio = reading.value / objective;
  if (ratio > 1 + TOLERANCE) {
    const lasted = overloadedSince !== undefined && reading.at - overloadedSince >= lastsFor;
    const wanted = lasted ? atLeast(Math.min(STEP, ratio) * now) : now;
    return {
      wanted,
      rule,
      why: lasted
        ? `${words}: ${plural(wanted, 'replica')}`
        : `${words}, which has not lasted for long enough yet`,
    };
  }
  const wanted = ratio >= 1 - TOLERANCE ? now : atLeast(ratio * now);
  return { wanted, rule, why: `${words}: ${plural(wanted, 'replica')}` };
}
