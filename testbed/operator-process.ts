/** The operator, as it runs anywhere: a process of its own, started by its command line. */
import { join } from 'node:path';
import { projectFolder } from './folders.ts';
import { freePort } from './ports.ts';
import { type ManagedProcess, startProcess, waitUntilReady } from './processes.ts';

export interface RunningOperator {
  readonly process: ManagedProcess;
  /** Where its readiness and metrics are. */
  readonly url: string;
  /** Where its live numbers are. */
  readonly liveUrl: string;
  readonly logFile: string;
  /** When its process was started, in ms since the epoch. */
  readonly startedAt: number;
  stop(): Promise<void>;
}

export interface OperatorProcessOptions {
  /** Who starts it; part of the name of its log. */
  readonly by: string;
  /** What Node runs, after options of Node's own. */
  readonly program: readonly string[];
  /** Of `leadplatform run`. */
  readonly args: readonly string[];
  /** Beside ours. */
  readonly env?: NodeJS.ProcessEnv;
  /** Back only when it is ready, as is the default. */
  readonly waitUntilReady?: boolean;
}

export async function startOperatorProcess(options: OperatorProcessOptions): Promise<RunningOperator> {
  const { by, program, args, env = {} } = options;
  const address = `127.0.0.1:${await freePort()}`;
  const liveAddress = `127.0.0.1:${await freePort()}`;
  // Not in a folder that goes at the end: whoever reads of a failure wants to read this.
  const logFile = join(projectFolder, '.tmp', `${by}-operator-${process.pid}.log`);
  const startedAt = Date.now();
  const child = await startProcess({
    name: 'leadplatform run',
    command: process.execPath,
    args: [
      ...program,
      'run',
      ...args,
      `--http-address=${address}`,
      '--health-address=127.0.0.1:0',
      `--live-address=${liveAddress}`,
      '--log-format=json',
    ],
    cwd: projectFolder,
    env: { ...process.env, ...env },
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
  // It drains for up to ten seconds.
  const liveUrl = `http://${liveAddress}`;
  return { process: child, url, liveUrl, logFile, startedAt, stop: () => child.stop(15_000) };
}
