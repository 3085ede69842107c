/** What was measured so far, by what was run. */
import type { Log } from '../../testbed/progress.ts';
import type { Point } from './points.ts';
import { runAll } from './pool.ts';
import type { Run } from './run.ts';
import type { WorkerData } from './worker.ts';

/** Runs between two lines of progress, as a share of all. */
const TOLD_SHARE = 0.1;

export class Measured {
  readonly #points = new Map<string, Point>();
  readonly #data: WorkerData;
  readonly #log: Log;

  constructor(data: WorkerData, log: Log) {
    this.#data = data;
    this.#log = log;
  }

  /** Runs what was not run before. */
  async measure(what: string, runs: readonly Run[]): Promise<void> {
    const missing = new Map(runs.map((run) => [keyOf(run), run] as const));
    for (const key of this.#points.keys()) missing.delete(key);
    const total = missing.size;
    this.#log(`core: ${what}, ${total} runs`);
    let told = 0;
    const points = await runAll([...missing.values()], this.#data, (done) => {
      if (done - told < TOLD_SHARE * total || done === total) return;
      told = done;
      this.#log(`core: ${what}, ${done} of ${total}`);
    });
    for (const [index, key] of [...missing.keys()].entries()) this.#points.set(key, points[index]!);
  }

  /** @throws Error where it was not run */
  of(run: Run): Point {
    const point = this.#points.get(keyOf(run));
    if (point === undefined) throw new Error(`${keyOf(run)} was not run`);
    return point;
  }
}

const keyOf = (run: Run): string => JSON.stringify(run);
