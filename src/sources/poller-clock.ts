/** The two clocks of a poller, as an argument: readings carry the time of day, waiting goes by one that never jumps. */
import type { Instant } from '../model/reading.ts';

export interface PollerClock {
  /** The time of day, in milliseconds since the epoch. */
  now(): Instant;
  /** Milliseconds since some fixed point; never goes back. */
  elapsed(): number;
  /** Runs `callback` once after `delayMs`. Returns what stops it. */
  after(delayMs: number, callback: () => void): () => void;
}

/** `setTimeout` takes at most 2^31−1 ms and fires at once for more. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemPollerClock: PollerClock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, Math.min(Math.max(0, delayMs), LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
};
