/**
 * The rate at which jobs come: the mean over the longest window that agrees with every shorter one within some standard errors.
 * While nothing changes that is a long one, and exact; after a change a short one, and quick.
 */
import type { ArrivalRate } from '../../model/queue-history.ts';

/** Length of one count, in seconds. */
export const INTERVAL_S = 15;
export const NO_RATE: ArrivalRate = { rate: 0, span: INTERVAL_S };

/** The shortest window of the rate that sizes workers, in seconds; twice and four times as long are the others. */
export const LONGEST_WINDOW_S = 240;
/** The standard errors within which they have to agree. */
const AGREEMENT = 5;
/** The same where a Pod takes so long to start that a burst cannot be waited out. */
const QUICK_WINDOWS = [60, 120, 300, 600];
const QUICK_AGREEMENT = 2;

/**
 * One interval counts for at most so many times what one of its neighbours has: jobs that come all at once are a backlog, which is
 * seen as it is, and not a rate.
 */
const BURST = 8;

/** @param window Of the shortest, in seconds: at most 240. */
export const steadyRate = (counts: readonly number[], window = LONGEST_WINDOW_S): ArrivalRate =>
  rateOver(counts, [window, 2 * window, 4 * window], AGREEMENT);
export const recentRate = (counts: readonly number[]): ArrivalRate =>
  rateOver(counts, QUICK_WINDOWS, QUICK_AGREEMENT);

function rateOver(counts: readonly number[], windows: readonly number[], agreement: number): ArrivalRate {
  let [low, high] = [0, Infinity];
  let found = NO_RATE;
  let index = counts.length;
  let sum = 0;
  for (const window of windows) {
    const intervals = Math.min(counts.length, Math.max(1, Math.round(window / INTERVAL_S)));
    if (intervals === 0) break;
    while (counts.length - index < intervals) {
      index -= 1;
      sum += countedAt(counts, index);
    }
    const span = intervals * INTERVAL_S;
    const rate = sum / span;
    if (rate < low || rate > high) break;
    found = { rate, span };
    const error = (agreement * Math.sqrt(sum + 1)) / span;
    low = Math.max(low, rate - error);
    high = Math.min(high, rate + error);
    if (intervals === counts.length) break;
  }
  return found;
}

/** What an interval counts for. */
function countedAt(counts: readonly number[], index: number): number {
  const neighbour = Math.max(counts[index - 1] ?? 0, counts[index + 1] ?? 0, 1);
  return Math.min(counts[index]!, BURST * neighbour);
}
