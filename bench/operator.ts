/** The operator as its image runs it: bundled, with the flags of the Dockerfile, in a process of its own. */
import { join } from 'node:path';
import { projectFolder } from '../testbed/folders.ts';
import { freePort } from '../testbed/ports.ts';
import { type ManagedProcess, runProcess, startProcess, waitUntilReady } from '../testbed/processes.ts';
import type { World } from './world.ts';

export interface RunningOperator {
  readonly process: ManagedProcess;
  readonly url: string;
  readonly logFile: string;
  /** When its process was started, in ms since the epoch. */
  readonly startedAt: number;
  stop(): Promise<void>;
}

/** What the image runs. */
export const bundledProgram = join(projectFolder, 'dist', 'leadplatform.mjs');

interface StartOptions {
  /** What Node runs; the bundle when left out. */
  readonly program?: string;
  /** Back only when it is ready, as is the default. */
  readonly waitUntilReady?: boolean;
}

/** Makes the files that the image holds. */
export async function buildOperator(world: World): Promise<void> {
  await runProcess({
    name: 'bundling the operator',
    command: process.execPath,
    args: [join(projectFolder, 'scripts', 'bundle.ts')],
    cwd: projectFolder,
    logFile: join(world.folder.path, 'bundle.log'),
  });
}

export async function startOperator(world: World, options: StartOptions = {}): Promise<RunningOperator> {
  const { program = bundledProgram } = options;
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
      '--optimize-for-size',
      '--max-semi-space-size=16',
      program,
      'run',
      `--kubeconfig=${world.operatorKubeconfig}`,
      `--http-address=${address}`,
      '--log-format=json',
    ],
    env: { ...process.env, NODE_ENV: 'production' },
    logFile,
  });
  const url = `http://${address}`;
  try {
    if (options.waitUntilReady ?? true) {
      await waitUntilReady('the operator is ready', [child], async () => (await fetch(`${url}/readyz`)).ok);
    }
  } catch (error) {
    await child.stop();
    throw error;
  }
  return { process: child, url, logFile, startedAt, stop: () => child.stop(15_000) };
}
