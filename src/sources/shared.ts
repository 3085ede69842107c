/** One answer for all callers that ask the same at about the same time. */
import type { Instant } from '../model/reading.ts';

interface Entry {
  readonly answer: Promise<unknown>;
  readonly at: Instant;
  /** Kept until then; while the answer is under way, for ever. */
  until: Instant;
}

/** Below this many entries there is no point in looking for old ones. */
const SWEEP_ABOVE = 256;

export class Shared {
  readonly #entries = new Map<string, Entry>();
  #sweepAbove = SWEEP_ABOVE;

  /**
   * The answer to `question`: one that is under way, or not older than `maxAge`, else what `ask` finds. Failures are
   * shared only while they are under way. `ask` must end by itself: it runs for all of them, so no caller's end stops it.
   */
  get<T>(
    question: string,
    now: Instant,
    maxAge: number,
    ask: () => Promise<T>,
    keep: (answer: T) => boolean = () => true,
  ): Promise<T> {
    const entry = this.#entries.get(question);
    // Under way counts as fresh; of two callers with clocks apart by some milliseconds either may be the later one.
    // After a clock was set back an answer of the future is as wrong as one that is too old.
    if (entry !== undefined && (entry.until === Infinity || Math.abs(now - entry.at) <= maxAge)) {
      return entry.answer as Promise<T>;
    }
    this.#sweep(now);
    const answer = ask();
    const mine: Entry = { answer, at: now, until: Infinity };
    this.#entries.set(question, mine);
    const forget = () => {
      if (this.#entries.get(question) === mine) this.#entries.delete(question);
    };
    answer.then((value) => {
      if (keep(value)) mine.until = now + maxAge;
      else forget();
    }, forget);
    return answer;
  }

  #sweep(now: Instant): void {
    if (this.#entries.size < this.#sweepAbove) return;
    for (const [question, { until }] of this.#entries) {
      if (until < now) this.#entries.delete(question);
    }
    this.#sweepAbove = Math.max(SWEEP_ABOVE, 2 * this.#entries.size);
  }
}
