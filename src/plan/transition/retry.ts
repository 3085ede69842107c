/** How long after an attempt that failed the next one comes. */
import type { Transitions } from '../../api/schema/ladder.ts';
import { nominalWaitMs } from '../../model/backoff.ts';
import type { Instant } from '../../model/reading.ts';
import { isoTime } from '../../text/time.ts';

/** The longest wait, unless `retryAfter` itself is longer. */
const LONGEST_WAIT_MS = 6 * 3_600_000;
/** The first wait of who wants none: nothing would grow to nothing, and every pass an attempt. */
const LEAST_WAIT_MS = 1_000;

/** How long to wait, in ms, after so many attempts in a row (from 1) that failed. */
export function retryWait(retryAfter: number, attempts: number): number {
  const first = Math.max(retryAfter, LEAST_WAIT_MS);
  return nominalWaitMs({ baseMs: first, maxMs: Math.max(retryAfter, LONGEST_WAIT_MS) }, attempts - 1);
}

export interface Attempts {
  /** The generation of the spec that was tried. */
  readonly generation?: number | undefined;
  /** Attempts in a row that failed. */
  readonly attempts?: number | undefined;
}

/** One more attempt of this generation that failed now: `retryAfter`, growing with each. */
export function failedOnceMore(
  before: Attempts | undefined,
  generation: number,
  { retryAfter }: Pick<Transitions, 'retryAfter'>,
  now: Instant,
): { readonly generation: number; readonly attempts: number; readonly retryAt: string } {
  const attempts = before?.generation === generation ? (before.attempts ?? 0) + 1 : 1;
  return { generation, attempts, retryAt: isoTime(now + retryWait(retryAfter, attempts)) };
}
