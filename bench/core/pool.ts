/** Runs, each on whichever thread is free: as many threads as there are cores. */
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Point } from './points.ts';
import type { Run } from './run.ts';
import type { WorkerData } from './worker.ts';

/** @param onDone Called after each run, with how many are done. */
export async function runAll(
  runs: readonly Run[],
  workerData: WorkerData,
  onDone: (done: number) => void,
): Promise<readonly Point[]> {
  const points: Point[] = [];
  let [next, done] = [0, 0];
  const thread = async (): Promise<void> => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData });
    try {
      for (let index = next++; index < runs.length; index = next++) {
        worker.postMessage(runs[index], []);
        // Rejects where the thread fails.
        const [point] = (await once(worker, 'message')) as [Point];
        points[index] = point;
        done += 1;
        onDone(done);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), runs.length) }, thread));
  return points;
}
