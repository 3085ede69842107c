/** Counts of leads/day, held against the one before: what is wrong once changes nothing. */
import { isKnown, unknown, type Reading } from '../model/reading.ts';
import type { DayCounts } from '../model/witness.ts';
import { count } from '../text/words.ts';
import { CLOCK_SKEW_MS } from './fresh.ts';

/** From one look to the next there are hardly more than so many times as many, and never wondered at is less than so many. */
const JUMP = 2;
const FEWEST = 1_000;
/** Two counts agree where neither is more than so many times the other. */
const AGREEMENT = 1.5;
const DAY_MS = 86_400_000;

export interface CountedDay {
  readonly reading: Reading;
  readonly counts: DayCounts | undefined;
}

/** After one more count. One that is far beyond what was believed waits for another one. */
export function countDay(before: DayCounts | undefined, reading: Reading): CountedDay {
  if (!isKnown(reading)) return { reading, counts: before };
  const { value, at } = reading;
  // One from long before the last one: a clock was set back.
  if (before === undefined || at < before.at - CLOCK_SKEW_MS)
    return { reading, counts: { at, last: value, agreed: 0, believed: value, believedAt: at } };
  // The same count once more.
  if (at <= before.at)
    return {
      reading: before.believedAt < before.at ? doubted(before.last, before) : reading,
      counts: before,
    };
  const counts = { ...before, at, last: value, agreed: Math.min(before.last, value) };
  const isUsual = value <= JUMP * Math.max(FEWEST, before.believed) || at - before.believedAt >= DAY_MS;
  const isBorneOut = value <= AGREEMENT * before.last && before.last <= AGREEMENT * value;
  if (!isUsual && !isBorneOut) return { reading: doubted(value, before), counts };
  return { reading, counts: { ...counts, believed: value, believedAt: at } };
}

const doubted = (value: number, { believed }: DayCounts) =>
  unknown('NotYetCompared', `${count(value)} were counted after ${count(believed)}; another count will tell`);
