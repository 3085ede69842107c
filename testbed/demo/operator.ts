/** The operator of the demo, in the namespace of the demo alone. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { projectFolder } from '../folders.ts';
import { OPEN_LOOPBACK } from '../loopback.ts';
import { type RunningOperator, startOperatorProcess } from '../operator-process.ts';

export function startOperator(options: {
  readonly kubeconfigPath: string;
  readonly namespace: string;
}): Promise<RunningOperator> {
  const { kubeconfigPath, namespace } = options;
  return startOperatorProcess({
    by: 'demo',
    program: [join(projectFolder, 'bin', 'leadplatform.js')],
    args: [
      `--kubeconfig=${kubeconfigPath}`,
      `--namespace=${namespace}`,
      `--lease-namespace=${namespace}`,
      ...OPEN_LOOPBACK,
    ],
  });
}

/** Nobody needs the log of a demo that went well. */
export async function discardLog({ logFile }: RunningOperator): Promise<void> {
  await rm(logFile, { force: true });
}
