/** A thread of the core bench: makes the jobs of each run it is given, and answers with what came of it. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Workload } from '../../src/simulate/queue/workload.ts';
import { workloadFor } from './cases.ts';
import { loadReference } from './reference.ts';
import { pointOf, type Run } from './run.ts';
import { readTraces } from './traces.ts';

export interface WorkerData {
  readonly traces: string | undefined;
  readonly reference: string | undefined;
}

const { traces: folder, reference: referenceFolder } = workerData as WorkerData;
const traces = await readTraces(folder);
const reference = referenceFolder === undefined ? undefined : await loadReference(referenceFolder);

/** Runs of one case follow one another, and its jobs take longer to make than some policies to run. */
let last: { readonly key: string; readonly workload: Workload } | undefined;

function workloadOfRun({ of: one, seed }: Run): Workload {
  const key = JSON.stringify([one, seed]);
  if (last?.key !== key) last = { key, workload: workloadFor(one, traces, seed) };
  return last.workload;
}

parentPort?.on('message', (run: Run) =>
  parentPort?.postMessage(pointOf(run, workloadOfRun(run), reference), []),
);
