/**
 * Workers of one queue that are not there: each takes a job, holds it for as long as a job takes, and deletes it. There are
 * exactly as many as it is told, which are the Ready replicas that serve the queue.
 */
import type { LaravelQueue } from './jobs.ts';

/** How long a worker with nothing to do waits before it asks again. Laravel's default is 3 s. */
const IDLE_MS = 100;

/** By the global timer, which a test can play. */
const delay = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

export interface WorkersOptions {
  readonly queue: LaravelQueue;
  /** How long one job takes on average, in ms. */
  readonly serviceMs: number;
  /** In [0, 1): how much longer or shorter each job takes. */
  readonly random: () => number;
  /** A worker failed, so that no job can be counted on any more. Called once. */
  readonly onError: (error: unknown) => void;
}

export class SimulatedWorkers {
  readonly #options: WorkersOptions;
  readonly #running = new Map<number, Promise<void>>();
  #size = 0;
  #done = 0;
  #longestWaitMs = 0;
  #failed = false;

  constructor(options: WorkersOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#size;
  }

  /** Jobs that were finished. */
  get done(): number {
    return this.#done;
  }

  /** The longest that a job waited before a worker took it, in ms, from when it was put on the queue. */
  get longestWaitMs(): number {
    return this.#longestWaitMs;
  }

  /** New workers begin at once; those that are too many finish their job first, as on SIGTERM. */
  resize(size: number): void {
    this.#size = size;
    if (this.#failed) return;
    for (let index = 0; index < size; index += 1) {
      if (this.#running.has(index)) continue;
      const work = this.#work(index).catch((error: unknown) => {
        if (!this.#failed) this.#options.onError(error);
        this.#failed = true;
        this.#size = 0;
        this.#running.delete(index);
      });
      this.#running.set(index, work);
    }
  }

  /** Sends all home; back when no job is held any more. */
  async stop(): Promise<void> {
    this.resize(0);
    await Promise.all(this.#running.values());
  }

  async #work(index: number): Promise<void> {
    const { queue, serviceMs, random } = this.#options;
    // What taking and deleting a job takes is a part of its time: a worker that finishes fewer jobs than is said of it looks
    // like jobs that arrive. Behind by more than one job it does not hurry.
    let busyUntil = Date.now();
    while (index < this.#size) {
      const job = await queue.pop(Date.now());
      if (job === undefined) {
        await delay(IDLE_MS);
        busyUntil = Date.now();
        continue;
      }
      this.#longestWaitMs = Math.max(this.#longestWaitMs, Date.now() - job.pushedAt);
      busyUntil = Math.max(busyUntil + serviceMs * (0.75 + 0.5 * random()), Date.now());
      await delay(busyUntil - Date.now());
      if (await queue.delete(job)) this.#done += 1;
    }
    // In the turn of the check, so that a worker that is wanted again is either still going on or begun anew.
    this.#running.delete(index);
  }
}
