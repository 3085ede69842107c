/**
 * Elapsed time and timers as an argument, so that whatever waits can be tested without waiting. The time of day, which may
 * jump, is another argument.
 */
export interface Clock {
  /** Milliseconds since some fixed point. Never goes back; says nothing about the time of day. */
  now(): number;
  /** Runs `callback` once after `delayMs`. Returns what stops it. */
  after(delayMs: number, callback: () => void): () => void;
}

/** `setTimeout` takes at most 2^31−1 ms and fires at once for more. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, Math.min(Math.max(0, delayMs), LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
};
