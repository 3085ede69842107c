/** Turns a plan into rows in Postgres and jobs in Redis, as its days go by. */
import { setTimeout as delay } from 'node:timers/promises';
import type { LaravelQueue } from './jobs.ts';
import type { LeadsTable } from './leads.ts';
import type { TrafficPlan } from './plan.ts';

const TICK_MS = 100;
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
  /** Something out of the ordinary begins. */
  readonly onBurst: (what: string) => void;
}

export class Traffic {
  readonly #options: TrafficOptions;
  readonly #pushed = new Map<string, number>();
  readonly #announced = new Set<string>();
  readonly #ending = new AbortController();
  #startedAt: number | undefined;

  constructor(options: TrafficOptions) {
    this.#options = options;
  }

  /** Days that have gone by since the beginning; 0 before. */
  day(now: number): number {
    return this.#startedAt === undefined ? 0 : (now - this.#startedAt) / this.#options.dayMs;
  }

  /** Jobs that were put on a queue. */
  pushed(queue: string): number {
    return this.#pushed.get(queue) ?? 0;
  }

  /** Plays the whole plan; ends early when the signal aborts. What could not be kept up with is made good for. */
  async run(stop: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([stop, this.#ending.signal]);
    this.#startedAt = Date.now();
    const { plan } = this.#options;
    while (!signal.aborted) {
      const now = Date.now();
      const day = this.day(now);
      await this.#catchUp(Math.min(day, plan.replay.days), now);
      if (day >= plan.replay.days) return;
      await delay(Math.max(0, now + TICK_MS - Date.now()), undefined, { signal }).catch(() => undefined);
    }
  }

  /** No more leads: `run` comes back soon. */
  end(): void {
    this.#ending.abort();
  }

  async #catchUp(day: number, now: number): Promise<void> {
    const { plan, leads, streams, onBurst } = this.#options;
    for (const { at, what } of [...plan.leadBursts, ...plan.jobBursts]) {
      if (day < at || this.#announced.has(what)) continue;
      this.#announced.add(what);
      onBurst(what);
    }
    const due = Math.floor(plan.replay.leadsBy(day));
    await leads.insert(due - leads.inserted, now);
    for (const { queue, jobsPerThousandLeads } of streams) {
      const bursts = plan.jobBursts.filter(({ at, queue: name }) => name === queue.name && at <= day);
      const jobs =
        Math.floor((due * jobsPerThousandLeads) / 1_000) + bursts.reduce((sum, { jobs }) => sum + jobs, 0);
      await this.#push(queue, jobs, now);
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
