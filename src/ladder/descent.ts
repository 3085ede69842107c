/**
 * Whether the platform goes one tier down, and what it waits for: the busiest day of the look-back, with a margin; the time between
 * two tiers; a red signal; minTier; a need that the tier below would not carry. A window comes after all of these (see `tier.ts`), for it
 * holds up a climb as well.
 */
import { formatDuration } from '../api/quantity.ts';
import { count, instant } from '../text/words.ts';
import { isKnown } from '../model/reading.ts';
import { higher, tierAt, type Tier } from './ladder.ts';
import { busiestOver, resolutionOf } from './load.ts';
import type { Move, TierInput } from './move.ts';
import { redWords } from './raise.ts';
import { areNeedsKnown, heldByNeed } from './raise-by-need.ts';

export interface Descent {
  /** The tier that the look-back still calls for; the current one while too little of it was seen. */
  readonly stays: Tier;
  /** One tier down, or why it waits; absent when nothing speaks for a descent. */
  readonly move?: Move;
}

/** @param lowest The lowest tier that the spec allows. */
export function descent(input: TierInput, current: Tier, leadsPerDay: number, lowest: Tier): Descent {
  const { stays, move } = byLoad(input, current, leadsPerDay);
  if (move === undefined || move.to === current) return move === undefined ? { stays } : { stays, move };
  return { stays, move: heldBack(input, current, lowest, move) ?? move };
}

/** What keeps the platform on its tier though the load speaks for one below. */
function heldBack(input: TierInput, current: Tier, lowest: Tier, { to, why }: Move): Move | undefined {
  const [blocking] = input.red;
  if (blocking !== undefined) {
    return {
      to: current,
      rule: 'HealthRed',
      why: `${redWords(blocking, input)}, which keeps the platform on ${current.name}; ${why}`,
    };
  }
  if (current.index <= lowest.index) {
    return {
      to: current,
      rule: 'Bounded',
      why: `minTier keeps the platform on ${current.name}; ${why}`,
      clamp: `minTier is ${lowest.name}.`,
    };
  }
  return heldByNeed(input, current, to, why);
}

/**
 * A worked example with the defaults: on `scaled` (from 15,000) the busiest of seven days must be below 13,500. A weekend
 * of 4,000 between weeks of 16,000 changes nothing; a week of 13,000 takes the platform to `separated`.
 */
function byLoad(input: TierInput, current: Tier, leadsPerDay: number): Descent {
  const { spec, ladder, history, isRehearsed, now } = input;
  const { lookback, margin } = spec.scaling.demote;
  if (current === ladder.lowest) return { stays: current };
  const busiest = busiestOver(history.load, now, lookback, resolutionOf(spec).descentGap);
  if (busiest === undefined) return { stays: current };
  // The margin is for a tier that leads/day has asked for, and not for one that a need alone has raised the platform to.
  const own = history.dataUpTo === undefined ? undefined : ladder.byName.get(history.dataUpTo);
  const marginOf = ({ index }: Tier) => (index > (own?.index ?? Infinity) ? 0 : margin);
  const belowOf = (tier: Tier) => tier.from * (1 - marginOf(tier) / 100);
  const below = belowOf(current);
  if (busiest.coveredSince > now - lookback) {
    if (leadsPerDay >= below) return { stays: current };
    const move: Move = {
      to: current,
      rule: 'HistoryTooShort',
      why: `${count(leadsPerDay)} leads/day is below ${current.name}, but only ${formatDuration(Math.max(0, now - busiest.coveredSince))} of the ${formatDuration(lookback)} that a descent looks back on were seen`,
      requeueAt: busiest.coveredSince + lookback,
    };
    return { stays: current, move };
  }
  const stays =
    ladder.tiers.findLast((tier) => tier.index <= current.index && busiest.value >= belowOf(tier)) ??
    ladder.lowest;
  if (stays === current) {
    if (leadsPerDay >= below) return { stays };
    const move: Move = {
      to: current,
      rule: 'BusyDayRemembered',
      why: `${count(leadsPerDay)} leads/day is below ${current.name}, but it was ${count(busiest.value)} ${isRehearsed ? 'not long ago' : `as late as ${instant(busiest.at)}`}; the busiest of ${formatDuration(lookback)} has to be below ${count(below)}`,
      // A millisecond later it is no longer among them.
      requeueAt: busiest.at + lookback + 1,
    };
    return { stays, move };
  }
  const quiet = `the busiest of the last ${formatDuration(lookback)} was ${count(busiest.value)} leads/day, below ${count(below)} (${current.name}${marginOf(current) === 0 ? '' : ` less ${margin} %`})`;
  return { stays, move: down(input, current, quiet) };
}

/** One tier down, or the time between two tiers before that. */
function down({ spec, ladder, history, isRehearsed, now }: TierInput, current: Tier, why: string): Move {
  const { wait } = spec.scaling.demote;
  const due = (history.tierSince ?? now) + wait;
  if (due <= now) return { to: tierAt(ladder, current.index - 1), rule: 'QuietLongEnough', why };
  return {
    to: current,
    rule: 'WaitingBetweenTiers',
    why: `${why}, but there are ${formatDuration(wait)} between two tiers on the way down${isRehearsed ? '' : `; the earliest is ${instant(due)}`}`,
    requeueAt: due,
  };
}

/**
 * Where leads/day has no source, a platform that a need has raised goes down as well: to the previous tier, once the tiers in between
 * would have carried what was needed for the look-back.
 */
export function descentWithoutLoad(input: TierInput, current: Tier, lowest: Tier): Move | undefined {
  const { ladder, history, leadsPerDay } = input;
  if (isKnown(leadsPerDay) || leadsPerDay.unknown !== 'NotConfigured') return undefined;
  const own = history.dataUpTo === undefined ? undefined : ladder.byName.get(history.dataUpTo);
  if (own === undefined || higher(own, lowest).index >= current.index || !areNeedsKnown(input))
    return undefined;
  const why = `leads/day has no source, and a need alone raised the platform above ${own.name}`;
  const move = down(input, current, why);
  return move.to === current ? move : (heldBack(input, current, lowest, move) ?? move);
}
