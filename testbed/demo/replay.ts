/** Leads as they arrive over a number of days: what the generator makes up, or what a CSV recorded. */

import type { Bucket, Trace } from '../../src/simulate/trace.ts';

const DAY_MS = 86_400_000;

export interface Replay {
  /** How many days it takes. */
  readonly days: number;
  /** Leads that have arrived by `day`, counted in days since the beginning; never falls. */
  leadsBy(day: number): number;
}

/**
 * Plays buckets of `lengthMs` one after the other. They must be in order and not overlap; between two of them nothing
 * arrives.
 */
export function replayOf(buckets: readonly Bucket[], lengthMs: number): Replay {
  const before: number[] = [];
  let total = 0;
  for (const { leads } of buckets) {
    before.push(total);
    total += leads;
  }
  const start = buckets[0]?.at ?? 0;
  const end = (buckets.at(-1)?.at ?? 0) + lengthMs;
  return {
    days: buckets.length === 0 ? 0 : (end - start) / DAY_MS,
    leadsBy: (day) => {
      const at = start + day * DAY_MS;
      const index = lastBeginningBy(buckets, at);
      const bucket = buckets[index];
      if (bucket === undefined) return 0;
      return before[index]! + Math.min(1, (at - bucket.at) / lengthMs) * bucket.leads;
    },
  };
}

/** Plays a recording. In a gap between two buckets nothing arrives. */
export function replayOfTrace({ buckets, bucketMs }: Trace): Replay {
  return replayOf(buckets, Math.max(1, bucketMs));
}

/** Index of the last bucket that begins at an instant or earlier, -1 when none does. */
function lastBeginningBy(buckets: readonly Bucket[], at: number): number {
  let [low, high] = [0, buckets.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (buckets[middle]!.at <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Leads of the first `held` days of a time in which the day before `day` happens over and over again. */
export function leadsOfHold(replay: Replay, day: number, held: number): number {
  const before = Math.max(0, day - 1);
  const length = day - before;
  if (length === 0) return 0;
  const start = replay.leadsBy(before);
  const rounds = Math.floor(held / length);
  const rest = held - rounds * length;
  return rounds * (replay.leadsBy(day) - start) + replay.leadsBy(before + rest) - start;
}
