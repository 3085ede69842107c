/** How many replicas the signals ask for, before any bound. */
import type { ScaleRule } from '../model/decision.ts';
import type { Unknown } from '../model/reading.ts';
import type { Limit } from './limits.ts';

/**
 * Replicas are sized so that a busy one works four fifths of its time. In an M/M/c queue the wait grows with
 * 1 / (1 − ρ): it doubles from 80 % to 90 %, and again to 95 % (Kleinrock, Queueing Systems I, 1975, ch. 3).
 */
export const TARGET_UTILISATION = 0.8;

/**
 * The least that one replica is taken to do in a minute: a lead or job in two years. A capacity may be any number above
 * zero, and among those are some whose share of a second is exactly zero.
 */
export const SLOWEST = 1e-6;

/** More are not asked for now, though they are wanted. */
export interface HeldGrowth {
  /** Replicas to which it may grow: never fewer than there are. */
  readonly workers: number;
  /** A clause with its numbers. */
  readonly why: string;
  /** As it is told to people; left out where it is over in a minute. */
  readonly limit?: Limit;
}

export interface Wanted {
  /** A whole number; 0 where nothing is asked for. */
  readonly wanted: number;
  readonly rule: Extract<
    ScaleRule,
    'ArrivalRate' | 'Backlog' | 'PredictedWait' | 'LeadsPerMinute' | 'ResponseTime' | 'Cpu'
  >;
  /** The size down to which it would go now. Default: `wanted`. */
  readonly enough?: number;
  /** For how long a smaller size has to be enough, in milliseconds. Default: the scale-down window. */
  readonly dwell?: number;
  /** A clause with its numbers. */
  readonly why: string;
  /** What keeps it from as many for now. */
  readonly held?: HeldGrowth | undefined;
}

/** As many of those that are wanted as may be asked for now. */
export const grantedOf = ({ wanted, held }: Pick<Wanted, 'wanted' | 'held'>): number =>
  held === undefined ? wanted : Math.min(wanted, held.workers);

/** Of two that come to as many the one that is held back tells why. */
function isMore(one: Wanted, other: Wanted): boolean {
  const difference = grantedOf(one) - grantedOf(other);
  return difference > 0 || (difference === 0 && one.held !== undefined && other.held === undefined);
}

/** What one signal asks of a component, or why it cannot say. */
export type Demand = Wanted | Silent;

/** A signal that could not be read. */
export interface Silent extends Unknown {
  readonly of: string;
  /** Replicas that are kept while it cannot. Default: as many as there are. */
  readonly keep?: number | undefined;
}

export const isWanted = (demand: Demand): demand is Wanted => 'wanted' in demand;

/** Rounds up, but not for what is only the dust of a division: 50.0000000001 is 50. */
export function atLeast(replicas: number): number {
  return Math.max(0, Math.ceil(replicas - 1e-9));
}

/** The first one says why. Who keeps all that there are keeps more than anybody else. */
function bothOf(one: Silent | undefined, other: Silent): Silent {
  if (one === undefined) return other;
  const keep =
    one.keep === undefined || other.keep === undefined ? undefined : Math.max(one.keep, other.keep);
  return { ...one, keep };
}

/** What several needs come to: the most that one asks for, and whether some could not say. */
export interface Combined {
  readonly most: Wanted | undefined;
  /** The least size that is enough for all of them. */
  readonly enough: number;
  /** How long it has to be, in milliseconds: the longest that one of them asks for; undefined where one leaves it to the spec. */
  readonly dwell: number | undefined;
  /** A source that is configured did not answer; what it would have asked for is not known. */
  readonly silent: Silent | undefined;
}

export function combine(demands: readonly Demand[]): Combined {
  let most: Wanted | undefined;
  let silent: Combined['silent'];
  let unconfigured: Combined['silent'];
  let enough = 0;
  let dwell: number | undefined = 0;
  for (const demand of demands) {
    if (isWanted(demand)) {
      if (most === undefined || isMore(demand, most)) most = demand;
      enough = Math.max(enough, demand.enough ?? demand.wanted);
      dwell = dwell === undefined || demand.dwell === undefined ? undefined : Math.max(dwell, demand.dwell);
    } else if (demand.unknown === 'NotConfigured') unconfigured ??= demand;
    else silent = bothOf(silent, demand);
  }
  // A signal without a source asks for nothing, as long as another can be asked.
  // Who has only heard of silence goes nowhere sooner than the spec says.
  if (most === undefined) dwell = undefined;
  return { most, enough, dwell, silent: silent ?? (most === undefined ? unconfigured : undefined) };
}
