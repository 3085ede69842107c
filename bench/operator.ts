/** The operator as it runs anywhere: a process of its own, started by its command line. */
import { join } from 'node:path';
import { projectFolder } from '../testbed/folders.ts';
import { freePort } from '../testbed/ports.ts';
import { type ManagedProcess, startProcess, waitUntilReady } from '../testbed/processes.ts';
import type { World } from './world.ts';

export interface RunningOperator {
  readonly process: ManagedProcess;
  readonly url: string;
  readonly logFile: string;
  /** When its process was started, in ms since the epoch. */
  readonly startedAt: number;
  stop(): Promise<void>;
}

export async function startOperator(world: World): Promise<RunningOperator> {
  const address = `127.0.0.1:${await freePort()}`;
  const logFile = join(projectFolder, '.tmp', `bench-operator-${process.pid}.log`);
  const startedAt = Date.now();
  // For a profile of it: LEADPLATFORM_BENCH_NODE='--cpu-prof --cpu-prof-dir=…'.
  const nodeOptions = (process.env['LEADPLATFORM_BENCH_NODE'] ?? '').split(' ').filter((word) => word !== '');
  const child = await startProcess({
    name: 'leadplatform run',
    command: process.execPath,
    args: [
      ...nodeOptions,
      join(projectFolder, 'bin', 'leadplatform.js'),
      'run',
      `--kubeconfig=${world.operatorKubeconfig}`,
      `--http-address=${address}`,
      '--log-format=json',
    ],
    cwd: projectFolder,
    logFile,
  });
  const url = `http://${address}`;
  try {
    await waitUntilReady('the operator is ready', [child], async () => (await fetch(`${url}/readyz`)).ok);
  } catch (error) {
    await child.stop();
    throw error;
  }
  return { process: child, url, logFile, startedAt, stop: () => child.stop(15_000) };
}
