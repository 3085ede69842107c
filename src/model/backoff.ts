/** Exponential back-off: how long to wait between attempts that failed. */
export interface Backoff {
  readonly baseMs: number;
  readonly maxMs: number;
}

/** How many times as long each wait is as the one before: the growth of every back-off there is. */
export const GROWTH = 2;
/** Beyond every sensible maximum; without the bound the power would be Infinity, and Infinity · 0 is NaN. */
const MOST_STEPS = 31;

/** The wait before attempt number `attempt` (0 is the first repeat), in milliseconds: the base, and each time grown. */
export function nominalWaitMs({ baseMs, maxMs }: Backoff, attempt: number): number {
  return Math.min(maxMs, baseMs * GROWTH ** Math.min(Math.max(0, attempt), MOST_STEPS));
}

/**
 * Between a share of a wait and all of it, evenly: many clients that failed together do not come back together, and none comes
 * back at once.
 * @param least The share, from 0 to 1. Default: half.
 */
export function jitteredMs(waitMs: number, random: () => number, least = 0.5): number {
  return waitMs * (least + (1 - least) * random());
}
