/**
 * After how long the application gives a job to another worker, read off what it reserves. The score of a reserved job is
 * when it was reserved and `retry_after`, in seconds. When it was reserved does not stand there; but one that is new since
 * the last look was reserved between that look and this one:
 *
 *   10:00:00   the highest score is 10:01:12
 *   10:00:01   another one is at 10:01:31   reserved between :00 and :01, so retry_after is 90 or 91 s
 *
 * A look at the highest score brings the payload of its job along; so there are two of them a time, and then a pause.
 */
import type { Instant } from '../../model/reading.ts';
import { timeoutIn } from './payload.ts';

/** What a look can ask for. */
export interface ReservedJobs {
  /** The highest score, and the payload of its job; `undefined` when there is none any more. */
  readonly highest: () => Promise<{ readonly score: number; readonly payload: string } | undefined>;
  /** How many have a higher score than this. */
  readonly above: (score: number) => Promise<number>;
}

/** Between two times of looking. */
const PAUSE_MS = 30_000;
/** Looks that are further apart than this tell too little. */
const MOST_APART_MS = 10_000;
/** After a payload that was larger than any answer may be. */
const REFUSED_PAUSE_MS = 600_000;
/** Laravel cuts its clock to seconds. */
const CUT_SECONDS = 1;

export class RetryAfter {
  #last: { readonly score: number; readonly at: Instant } | undefined;
  #notBefore: Instant = 0;
  #atLeast = -Infinity;
  #atMost = Infinity;

  /** Nothing is reserved: what is so at the next look is new. */
  empty(now: Instant): void {
    this.#last = { score: -Infinity, at: now };
  }

  refused(now: Instant): void {
    this.#last = undefined;
    this.#notBefore = now + REFUSED_PAUSE_MS;
  }

  /**
   * @param reserved Jobs in the set, expired ones too.
   * @returns Whole seconds that it is at most; `undefined` until a job was seen to be reserved.
   */
  async observe(reserved: number, now: Instant, jobs: ReservedJobs): Promise<number | undefined> {
    if (now >= this.#notBefore) await this.#look(reserved, now, jobs);
    return Number.isFinite(this.#atMost) ? Math.ceil(this.#atMost) : undefined;
  }

  async #look(reserved: number, now: Instant, { highest, above }: ReservedJobs): Promise<void> {
    const last = this.#last;
    const isRecent = last !== undefined && now > last.at && now - last.at <= MOST_APART_MS;
    if (reserved === 0) return this.empty(now);
    if (!isRecent) {
      const top = await highest();
      this.#last = top === undefined ? undefined : { score: top.score, at: now };
      return;
    }
    const isNew = last.score === -Infinity || (await above(last.score)) > 0;
    const top = isNew ? await highest() : undefined;
    if (top === undefined) {
      this.#last = { ...last, at: now };
      return;
    }
    const [atLeast, atMost] = [top.score - now / 1_000, top.score - last.at / 1_000];
    // Newer versions of Laravel reserve a job for as long as its own time-out: it is over by then, and says nothing of others.
    const timeout = timeoutIn(top.payload);
    if (timeout === undefined || timeout > atMost) this.#note(atLeast, atMost);
    this.#last = undefined;
    this.#notBefore = now + PAUSE_MS;
  }

  /** What was found before holds, unless it and this cannot both be: then the application has changed it. */
  #note(atLeast: number, atMost: number): void {
    // No application gives a job away as it takes it: its clock is behind ours.
    if (atMost <= 0) return;
    const agrees = atLeast - CUT_SECONDS <= this.#atMost && atMost + CUT_SECONDS >= this.#atLeast;
    this.#atLeast = agrees ? Math.max(this.#atLeast, atLeast) : atLeast;
    this.#atMost = agrees ? Math.min(this.#atMost, atMost) : atMost;
  }
}
