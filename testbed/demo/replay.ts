/** Leads as they arrive over a number of days: what the generator makes up, or what a CSV recorded. */

/** Leads that arrive, evenly, during `[from, from + length)`. Both in days since the beginning. */
export interface Bucket {
  readonly from: number;
  readonly length: number;
  readonly leads: number;
}

export interface Replay {
  /** How many days it takes. */
  readonly days: number;
  /** Leads that have arrived by `day`, counted in days since the beginning; never falls. */
  leadsBy(day: number): number;
}

/** Plays buckets one after the other. They must be in order and not overlap; between two of them nothing arrives. */
export function replayOf(buckets: readonly Bucket[]): Replay {
  const before: number[] = [];
  let total = 0;
  for (const { leads } of buckets) {
    before.push(total);
    total += leads;
  }
  const last = buckets.at(-1);
  return {
    days: last === undefined ? 0 : last.from + last.length,
    leadsBy: (day) => {
      const index = lastBeginningBy(buckets, day);
      const bucket = buckets[index];
      if (bucket === undefined) return 0;
      const share = Math.min(1, (day - bucket.from) / bucket.length);
      return before[index]! + share * bucket.leads;
    },
  };
}

/** Index of the last bucket that begins at `day` or earlier, -1 when none does. */
function lastBeginningBy(buckets: readonly Bucket[], day: number): number {
  let [low, high] = [0, buckets.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (buckets[middle]!.from <= day) low = middle + 1;
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
