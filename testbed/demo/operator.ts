/** The operator, as it runs anywhere: a process of its own, started by its command line. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { projectFolder } from '../folders.ts';
import { freePort } from '../ports.ts';
import { type ManagedProcess, startProcess, waitUntilReady } from '../processes.ts';

export interface RunningOperator {
  readonly process: ManagedProcess;
  /** Where its health, metrics and live numbers are. */
  readonly url: string;
  readonly logFile: string;
  stop(): Promise<void>;
}

export async function startOperator(options: {
  readonly kubeconfigPath: string;
  readonly namespace: string;
}): Promise<RunningOperator> {
  const { kubeconfigPath, namespace } = options;
  const address = `127.0.0.1:${await freePort()}`;
  // Not in a folder that goes at the end: whoever reads of a failure wants to read this.
  const logFile = join(projectFolder, '.tmp', `demo-operator-${process.pid}.log`);
  const child = await startProcess({
    name: 'leadplatform run',
    command: process.execPath,
    args: [
      join(projectFolder, 'bin', 'leadplatform.js'),
      'run',
      `--kubeconfig=${kubeconfigPath}`,
      `--namespace=${namespace}`,
      `--lease-namespace=${namespace}`,
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
  // It drains for up to ten seconds.
  return { process: child, url, logFile, stop: () => child.stop(15_000) };
}

/** Nobody needs the log of a demo that went well. */
export async function discardLog({ logFile }: RunningOperator): Promise<void> {
  await rm(logFile, { force: true });
}
