/**
 * How long the job at the head of a queue of RabbitMQ has waited, at least. Messages bear no time of their own, but a queue is
 * first in, first out, and the server counts what it gave out. So what lay in the queue when `given` jobs had left it is all
 * gone once `given + ready` have:
 *
 *   10:00  given 100, ready 20   the last of them leaves as number 120
 *   10:05  given 110, ready 30   ten of 10:00 are still there: the head has waited for 5 min at least
 *   10:06  given 125, ready 15   they are gone; the head was there at 10:05, so 1 min
 *
 * The time since when a queue has not been empty would not do: a busy queue is never empty, though no job waits for long.
 */
import type { Instant } from '../../model/reading.ts';

interface Mark {
  readonly at: Instant;
  /** The number under which the last job of then leaves. */
  readonly last: number;
}

/** Beyond this the one between the nearest neighbours is forgotten: the age is then a little less than it could be. */
const MOST_MARKS = 64;

export class QueueAge {
  #marks: Mark[] = [];
  #given = 0;

  /**
   * @param given Jobs that the server ever gave out; `undefined` where it does not say.
   * @returns Seconds; `undefined` while nothing waits, or where it cannot be told.
   */
  observe(ready: number, given: number | undefined, now: Instant): number | undefined {
    // A server that was started again counts from nothing.
    if (ready === 0 || given === undefined || given < this.#given) this.#marks = [];
    this.#given = given ?? 0;
    if (ready === 0 || given === undefined) return undefined;
    this.#marks = this.#marks.filter(({ last }) => last > given);
    if (given + ready > (this.#marks.at(-1)?.last ?? given)) {
      this.#marks.push({ at: now, last: given + ready });
      if (this.#marks.length > MOST_MARKS) this.#marks.splice(densest(this.#marks), 1);
    }
    return Math.max(0, now - (this.#marks[0]?.at ?? now)) / 1_000;
  }
}

/** Neither the first nor the last. */
function densest(marks: readonly Mark[]): number {
  let [best, narrowest] = [1, Infinity];
  for (let index = 1; index < marks.length - 1; index += 1) {
    const gap = (marks[index + 1]?.at ?? 0) - (marks[index - 1]?.at ?? 0);
    if (gap < narrowest) [best, narrowest] = [index, gap];
  }
  return best;
}
