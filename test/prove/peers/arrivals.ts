/** Puts the jobs of a workload on several queues, each at its time, and a lead for each into the table. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import type { LaravelQueue } from '../../../testbed/demo/jobs.ts';
import type { Workload } from '../../../src/simulate/queue/workload.ts';

const TICK_MS = 50;

export interface ArrivalsOptions {
  readonly workload: Workload;
  readonly queues: readonly LaravelQueue[];
  readonly client: Client;
  readonly table: string;
  /** When each job was put there, in seconds since the epoch: filled here. */
  readonly pushedAt: Float64Array;
  readonly signal: AbortSignal;
  /** Told now and then how many seconds have been played. */
  readonly progress: (seconds: number) => void;
}

export class Arrivals {
  readonly #options: ArrivalsOptions;
  #arrived = 0;

  constructor(options: ArrivalsOptions) {
    this.#options = options;
  }

  /** Jobs that have come so far. */
  get arrived(): number {
    return this.#arrived;
  }

  /** Back when the workload is over. Rejects where Redis or Postgres does, and with the reason of the signal. */
  async play(): Promise<void> {
    const { workload, signal, progress } = this.#options;
    const began = performance.now();
    const seconds = () => (performance.now() - began) / 1_000;
    while (seconds() < workload.seconds) {
      signal.throwIfAborted();
      await this.#push(seconds());
      progress(seconds());
      await delay(TICK_MS);
    }
  }

  async #push(until: number): Promise<void> {
    const { workload, queues, client, table, pushedAt } = this.#options;
    const first = this.#arrived;
    let next = first;
    while (next < workload.arrivals.length && workload.arrivals[next]! <= until) next += 1;
    if (next === first) return;
    const now = Date.now();
    pushedAt.fill(now / 1_000, first, next);
    this.#arrived = next;
    await Promise.all([
      ...queues.map((queue) => queue.push(next - first, now)),
      client.query(`INSERT INTO ${table} (created_at) SELECT now() FROM generate_series(1, $1::int)`, [
        next - first,
      ]),
    ]);
  }
}
