/** How long to wait between attempts: doubles from `baseMs` up to `maxMs`. */
export interface Backoff {
  readonly baseMs: number;
  readonly maxMs: number;
}

/**
 * The wait before attempt number `attempt` (0 is the first repeat), in milliseconds.
 *
 * Between half of the nominal wait and all of it, evenly: many clients that failed together do not come back together,
 * and none comes back at once. With base 1 s: 0.5–1 s, 1–2 s, 2–4 s, …
 */
export function backoffMs(backoff: Backoff, attempt: number, random: () => number = Math.random): number {
  // 2^31 is beyond every sensible maximum; without the bound 2^1024 would be Infinity, and Infinity · 0 is NaN.
  const nominal = Math.min(backoff.maxMs, backoff.baseMs * 2 ** Math.min(Math.max(0, attempt), 31));
  return nominal / 2 + (nominal / 2) * random();
}
