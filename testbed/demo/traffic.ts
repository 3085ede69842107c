/** Turns a plan into rows in Postgres and jobs in Redis, as its days go by. */
import { setTimeout as delay } from 'node:timers/promises';
import { Calendar } from './calendar.ts';
import type { LaravelQueue } from './jobs.ts';
import type { LeadsTable } from './leads.ts';
import type { Hold, TrafficPlan } from './plan.ts';

const TICK_MS = 100;
/**
 * Leads are put into the table this long before the instant that they are stamped with, and are counted from then on. A
 * count that is taken while a busy machine holds us up for a second would otherwise miss a fifth of a day.
 */
const AHEAD_MS = 2_000;
/** Every so many jobs one is for later, as a retry or a reminder is. */
const DELAYED_EVERY = 50;
const DELAY_MS = 2_000;

/** Jobs that a thousand leads bring to a queue. */
export interface JobStream {
  readonly queue: LaravelQueue;
  readonly jobsPerThousandLeads: number;
}

export interface TrafficOptions {
  readonly plan: TrafficPlan;
  /** How long a day takes, in ms. */
  readonly dayMs: number;
  readonly leads: LeadsTable;
  readonly streams: readonly JobStream[];
  readonly mayPass: (hold: Hold) => boolean;
  readonly goOn: boolean;
  /** Something out of the ordinary begins. */
  readonly onBurst: (what: string) => void;
}

/** How far the plan is at some instant. */
interface Arrival {
  readonly at: number;
  /** Leads in all. */
  readonly leads: number;
  /** Day of the plan. */
  readonly day: number;
}

export class Traffic {
  readonly #options: TrafficOptions;
  readonly #calendar: Calendar;
  readonly #pushed = new Map<string, number>();
  readonly #announced = new Set<string>();
  /** Leads whose instant is still to come, oldest first. */
  readonly #ahead: Arrival[] = [];
  #ending = new AbortController();
  #startedAt: number | undefined;
  /** The instant at which the plan ends, once it is known. */
  #overAt: number | undefined;

  constructor(options: TrafficOptions) {
    this.#options = options;
    this.#calendar = new Calendar(options);
  }

  /** Days that have gone by since the beginning, those of holds among them; 0 before. */
  day(now: number): number {
    return this.#startedAt === undefined ? 0 : (now - this.#startedAt) / this.#options.dayMs;
  }

  /** All of the plan has been played, what was put in ahead of its time included. */
  get isOver(): boolean {
    return this.#overAt !== undefined && Date.now() >= this.#overAt;
  }

  /** Jobs that were put on a queue. */
  pushed(queue: string): number {
    return this.#pushed.get(queue) ?? 0;
  }

  /**
   * Plays the plan until its end, `end()`, or an abort, and goes on from there when called again. What could not be kept
   * up with is made good for.
   */
  async run(stop: AbortSignal): Promise<void> {
    this.#ending = new AbortController();
    const signal = AbortSignal.any([stop, this.#ending.signal]);
    let last = Date.now();
    this.#startedAt ??= last;
    while (!signal.aborted) {
      const now = Date.now();
      const until = now + AHEAD_MS;
      await this.#bringLeads(last, until);
      last = until;
      await this.#bringJobs(now);
      if (this.isOver && !this.#options.goOn) return;
      await delay(Math.max(0, now + TICK_MS - Date.now()), undefined, { signal }).catch(() => undefined);
    }
  }

  /** No more leads: `run` comes back soon. */
  end(): void {
    this.#ending.abort();
  }

  async #bringLeads(since: number, until: number): Promise<void> {
    const { leads, dayMs } = this.#options;
    this.#calendar.advance((until - since) / dayMs);
    if (this.#calendar.isOver) this.#overAt ??= until;
    const due = Math.floor(this.#calendar.due);
    await leads.insert(due - leads.inserted, since, until);
    this.#ahead.push({ at: until, leads: due, day: this.#calendar.day });
  }

  /** What leads bring comes with them, on time. */
  async #bringJobs(now: number): Promise<void> {
    const { plan, streams, onBurst } = this.#options;
    const arrived = this.#ahead.findLastIndex(({ at }) => at <= now);
    const arrival = this.#ahead.splice(0, arrived + 1).at(-1);
    if (arrival === undefined) return;
    for (const { at, what } of [...plan.leadBursts, ...plan.jobBursts]) {
      if (arrival.day < at || this.#announced.has(what)) continue;
      this.#announced.add(what);
      onBurst(what);
    }
    for (const { queue, jobsPerThousandLeads } of streams) {
      const bursts = plan.jobBursts.filter(({ at, queue: name }) => name === queue.name && at <= arrival.day);
      const extra = bursts.reduce((sum, { jobs }) => sum + jobs, 0);
      await this.#push(queue, Math.floor((arrival.leads * jobsPerThousandLeads) / 1_000) + extra, now);
    }
  }

  /** Brings the jobs of a queue up to `due` in all. */
  async #push(queue: LaravelQueue, due: number, now: number): Promise<void> {
    const before = this.pushed(queue.name);
    if (due <= before) return;
    const later = Math.floor(due / DELAYED_EVERY) - Math.floor(before / DELAYED_EVERY);
    await queue.push(due - before - later, now);
    await queue.later(later, now, now + DELAY_MS);
    this.#pushed.set(queue.name, due);
  }
}
