/** How long the job at the head of a queue has waited since it became due. */
import type { Instant } from '../../model/reading.ts';
import { LARGEST_PAYLOAD, readHead, type JobHead } from './payload.ts';

/** A payload that is too large to parse is not fetched every second either. */
const LARGE_PAUSE_MS = 30_000;
/** One that is larger than any answer may be ends the connection for all platforms: it is not asked for again soon. */
const REFUSED_PAUSE_MS = 600_000;

/** Tolerated between the application's clock and ours. A job in the list is due: a time further ahead is not that of this job. */
const SKEW_MS = 60_000;

export class JobAge {
  #payload: string | undefined;
  #head: JobHead = {};
  /** Since when this very job has been the head, for payloads that do not tell when it became due. */
  #since: Instant = 0;
  /** When nothing in the queue was due: what is due now became so later. */
  #idleAt: Instant = 0;
  #notBefore: Instant = 0;

  isWorthReading(now: Instant): boolean {
    return now >= this.#notBefore;
  }

  /** Nothing in the queue is due. */
  idle(now: Instant): void {
    this.#idleAt = now;
    this.#forget();
  }

  /** The payload was more than a reply may be. */
  refused(now: Instant): void {
    this.#notBefore = now + REFUSED_PAUSE_MS;
    this.#forget();
  }

  /**
   * @param waiting Jobs in the list.
   * @param payload Of the job at its head; `null` when there is none, `undefined` when it was not read.
   * @returns Seconds; `undefined` when it cannot be told.
   */
  observe(waiting: number, payload: string | null | undefined, now: Instant): number | undefined {
    if (waiting === 0 || payload === null) {
      this.#forget();
      return undefined;
    }
    if (payload === undefined) return undefined;
    if (payload.length > LARGEST_PAYLOAD) {
      this.#notBefore = now + LARGE_PAUSE_MS;
      this.#forget();
      return undefined;
    }
    if (payload !== this.#payload) this.#look(payload, now);
    const { dueAt, uuid } = this.#head;
    const from = dueAt ?? (uuid === undefined ? undefined : this.#since);
    if (from === undefined) return undefined;
    // Our own clock may have been set back.
    const earliest = this.#idleAt <= now ? this.#idleAt : 0;
    // A clock of the application that is ahead of ours makes a job of the future: it has not waited.
    return Math.max(0, (now - Math.max(from, earliest)) / 1_000);
  }

  /** Seconds for which the job that was observed last has been the head, at least; `undefined` when one cannot be told from another. */
  firstFor(now: Instant): number | undefined {
    const isTold = this.#payload !== undefined && this.#head.uuid !== undefined && this.#since <= now;
    return isTold ? (now - this.#since) / 1_000 : undefined;
  }

  #forget(): void {
    this.#payload = undefined;
    this.#head = {};
  }

  /** Another payload. One that a worker has put back has another count of attempts: the same job, due again. */
  #look(payload: string, now: Instant): void {
    const { dueAt, uuid } = readHead(payload);
    this.#since = now;
    this.#payload = payload;
    // `horizon retry` gives a job a new date and leaves it its delay: it would be due in the future, and yet is in the list.
    const isOfThisJob = dueAt !== undefined && dueAt <= now + SKEW_MS;
    this.#head = { ...(isOfThisJob && { dueAt }), ...(uuid !== undefined && { uuid }) };
  }
}
