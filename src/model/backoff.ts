/** Exponential back-off: how long to wait between attempts that failed. */
export interface Backoff {
  readonly baseMs: number;
  readonly maxMs: number;
}

/** 2^31 is beyond every sensible maximum; without the bound 2^1024 would be Infinity, and Infinity · 0 is NaN. */
const MOST_DOUBLINGS = 31;

/** The wait before attempt number `attempt` (0 is the first repeat), in milliseconds: base, twice the base, four times … */
export function nominalWaitMs({ baseMs, maxMs }: Backoff, attempt: number): number {
  return Math.min(maxMs, baseMs * 2 ** Math.min(Math.max(0, attempt), MOST_DOUBLINGS));
}

/**
 * Between a share of a wait and all of it, evenly: many clients that failed together do not come back together, and none comes
 * back at once.
 * @param least The share, from 0 to 1. Default: half.
 */
export function jitteredMs(waitMs: number, random: () => number, least = 0.5): number {
  return waitMs * (least + (1 - least) * random());
}
