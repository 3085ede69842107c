/**
 * How many jobs left a line between two looks, by the age of the first in it. A line is taken from in its order (FIFO): whatever came
 * before the first that still waits has been picked up, and what came since is what waits. So jobs that were counted when the first
 * in line came tell how many were picked up since, and no rate has to be known for it.
 */
import type { Departures } from '../../model/queue-history.ts';
import type { Instant } from '../../model/reading.ts';

export interface LineLook {
  readonly at: Instant;
  readonly ready: number;
  readonly inFlight: number;
  /** Seconds that the first in line has waited. */
  readonly age: number;
}

/** What was expected to happen since the look before. */
export interface ExpectedFlow {
  readonly arrivals: number;
  readonly completions: number;
}

const MOST_SEEN = 64;
/** Parts of the wait of the first in line for each of which one look is kept. */
const RESOLUTION = 32;
const SHORTEST_MS = 1_000;
/** Ages that make so many times as many finished jobs as workers can have done are those of something else. */
const BEYOND = { times: 8, jobs: 16 };

export function beginLine({ at, ready, inFlight, age }: LineLook): Departures {
  const head = at - 1_000 * age;
  const line = [{ at: head, arrived: 0 }];
  return { at, ready, inFlight, head, arrived: ready, picked: 0, line, isBlind: false };
}

/** After one more look at a line that was not empty since the one before. @returns also the jobs that were finished meanwhile */
export function observeDepartures(
  before: Departures,
  { at, ready, inFlight, age }: LineLook,
  expected: ExpectedFlow,
): { readonly departures: Departures; readonly finished: number } {
  const told = at - 1_000 * age;
  const isSame = Math.abs(told - before.head) < SHORTEST_MS;
  const head = isSame ? before.head : told;
  const arrivedAtLeast = Math.max(before.picked, before.arrived - ready);
  // Of many that came all at once the first may be any: they are taken, though the age is that of the same moment.
  const isOfMany = isSame && ready + inFlight < before.ready + before.inFlight;
  const byAge = isSame ? before.picked : countAt(before, head);
  const picked = Math.max(arrivedAtLeast, isOfMany ? before.arrived + expected.arrivals - ready : byAge);
  const finished = picked - before.picked - (inFlight - before.inFlight);
  const arrived = Math.max(before.arrived, picked + ready);
  return {
    departures: {
      ...{ at, ready, inFlight, head, arrived, picked },
      line: keptLine(before, at, head),
      isBlind: before.isBlind || finished > BEYOND.times * expected.completions + BEYOND.jobs + inFlight,
    },
    finished,
  };
}

type Line = Departures['line'];

/** Between two looks jobs are taken to have come evenly. The last one is that of `at`. */
function countAt(departures: Pick<Departures, 'at' | 'arrived' | 'line'>, at: Instant): number {
  const { line } = departures;
  let index = line.length - 1;
  while (index > 0 && line[index]!.at > at) index -= 1;
  const one = line[index]!;
  const next = line[index + 1] ?? departures;
  if (at <= one.at || next.at <= one.at) return one.arrived;
  return at >= next.at
    ? next.arrived
    : one.arrived + ((at - one.at) / (next.at - one.at)) * (next.arrived - one.arrived);
}

/** One look for each part of the wait, and one from before the first in line came; the look before is kept where it is far from the last. */
function keptLine({ at, arrived, line }: Departures, now: Instant, head: Instant): Line {
  let first = 0;
  while (first + 1 < line.length && line[first + 1]!.at <= head) first += 1;
  const spacing = Math.max(SHORTEST_MS, (now - head) / RESOLUTION);
  const isFar = at - line.at(-1)!.at >= spacing;
  if (first === 0 && !isFar) return line;
  const kept = line.slice(first);
  if (isFar) kept.push({ at, arrived });
  return kept.length > MOST_SEEN
    ? kept.filter((_, index) => index % 2 === 0 || index >= kept.length - 2)
    : kept;
}
