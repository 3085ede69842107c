/** How long the job at the head of a queue has waited. */
import type { Instant } from '../../signals/reading.ts';
import { LARGEST_PAYLOAD, readHead, type JobHead } from './payload.ts';

/** A payload that is too large to parse is not fetched every second either. */
const LARGE_PAUSE_MS = 30_000;
/** One that is larger than any answer may be ends the connection of everybody: it is not asked for again soon. */
const REFUSED_PAUSE_MS = 600_000;

export class JobAge {
  #payload: string | undefined;
  #head: JobHead = {};
  /** Since when this very job has been the head, for payloads that do not tell when it was queued. */
  #since: Instant = 0;
  #notBefore: Instant = 0;

  isWorthReading(now: Instant): boolean {
    return now >= this.#notBefore;
  }

  /** The payload was more than a reply may be. */
  refused(now: Instant): void {
    this.#notBefore = now + REFUSED_PAUSE_MS;
    this.#payload = undefined;
    this.#head = {};
  }

  /**
   * @param waiting Jobs in the list.
   * @param payload Of the job at its head; `null` when there is none, `undefined` when it was not read.
   * @returns Seconds; `undefined` when it cannot be told.
   */
  observe(waiting: number, payload: string | null | undefined, now: Instant): number | undefined {
    if (waiting === 0 || payload === null) {
      this.#payload = undefined;
      this.#head = {};
      return undefined;
    }
    if (payload === undefined) return undefined;
    if (payload.length > LARGEST_PAYLOAD) {
      this.#notBefore = now + LARGE_PAUSE_MS;
      this.#payload = undefined;
      this.#head = {};
      return undefined;
    }
    if (payload !== this.#payload) this.#look(payload, now);
    const { queuedAt, uuid } = this.#head;
    const from = queuedAt ?? (uuid === undefined ? undefined : this.#since);
    // A clock of the application that is ahead of ours makes a job of the future: it has not waited.
    return from === undefined ? undefined : Math.max(0, (now - from) / 1_000);
  }

  #look(payload: string, now: Instant): void {
    const head = readHead(payload);
    // A job that was released comes back with another count of attempts, and is the same job.
    if (head.uuid === undefined || head.uuid !== this.#head.uuid) this.#since = now;
    this.#payload = payload;
    this.#head = head;
  }
}
