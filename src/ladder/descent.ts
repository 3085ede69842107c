/** Whether the platform may go one tier down: by its busiest day, with a margin, and not too soon after the last tier. */
import { formatDuration } from '../api/quantity.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import type { History, TierRule } from '../model/decision.ts';
import type { Instant } from '../model/reading.ts';
import { count, instant } from '../text/words.ts';
import type { Ladder, Tier } from './ladder.ts';
import { busiestOver, resolutionOf } from './load.ts';

export interface Descent {
  /** The tier that the look-back still calls for; the current one while too little of it was seen. */
  readonly stays: Tier;
  /** Absent when nothing speaks for a descent. */
  readonly rule?: Extract<
    TierRule,
    'QuietLongEnough' | 'WaitingBetweenTiers' | 'BusyDayRemembered' | 'HistoryTooShort'
  >;
  readonly why: string;
  readonly requeueAt?: Instant;
}

interface DescentInput {
  readonly spec: LeadPlatformSpec;
  readonly ladder: Ladder;
  readonly history: History;
  readonly isRehearsed: boolean;
  readonly now: Instant;
}

/**
 * A worked example with the defaults: on `scaled` (from 15,000) the busiest of seven days must be below 13,500. A weekend
 * of 4,000 between weeks of 16,000 changes nothing; a week of 13,000 takes the platform to `separated`.
 */
export function descent(
  { spec, ladder, history, isRehearsed, now }: DescentInput,
  current: Tier,
  leadsPerDay: number,
): Descent {
  const { lookback, margin, wait } = spec.scaling.demote;
  if (current === ladder.lowest) return { stays: current, why: '' };
  const busiest = busiestOver(history.load, now, lookback, resolutionOf(spec).descentGap);
  if (busiest === undefined) return { stays: current, why: '' };
  const kept = 1 - margin / 100;
  const below = current.from * kept;
  if (busiest.coveredSince > now - lookback) {
    if (leadsPerDay >= below) return { stays: current, why: '' };
    return {
      stays: current,
      rule: 'HistoryTooShort',
      why: `${count(leadsPerDay)} leads/day is below ${current.name}, but only ${formatDuration(Math.max(0, now - busiest.coveredSince))} of the ${formatDuration(lookback)} that a descent looks back on were seen`,
      requeueAt: busiest.coveredSince + lookback,
    };
  }
  const stays =
    ladder.tiers.findLast(({ from, index }) => index <= current.index && busiest.value >= from * kept) ??
    ladder.lowest;
  if (stays === current) {
    if (leadsPerDay >= below) return { stays, why: '' };
    return {
      stays,
      rule: 'BusyDayRemembered',
      why: `${count(leadsPerDay)} leads/day is below ${current.name}, but it was ${count(busiest.value)} ${isRehearsed ? 'not long ago' : `as late as ${instant(busiest.at)}`}; the busiest of ${formatDuration(lookback)} has to be below ${count(below)}`,
      // A millisecond later it is no longer among them.
      requeueAt: busiest.at + lookback + 1,
    };
  }
  const quiet = `the busiest of the last ${formatDuration(lookback)} was ${count(busiest.value)} leads/day, below ${count(below)} (${current.name} less ${margin} %)`;
  const due = (history.tierSince ?? now) + wait;
  if (due > now) {
    return {
      stays,
      rule: 'WaitingBetweenTiers',
      why: `${quiet}, but there are ${formatDuration(wait)} between two tiers on the way down${isRehearsed ? '' : `; the earliest is ${instant(due)}`}`,
      requeueAt: due,
    };
  }
  return { stays, rule: 'QuietLongEnough', why: quiet };
}
