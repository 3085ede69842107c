/** The operator as its image runs it: bundled, with the flags of the Dockerfile, in a process of its own. */
import { join } from 'node:path';
import { projectFolder } from '../testbed/folders.ts';
import { type RunningOperator, startOperatorProcess } from '../testbed/operator-process.ts';
import { runProcess } from '../testbed/processes.ts';
import type { World } from './world.ts';

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

export function startOperator(world: World, options: StartOptions = {}): Promise<RunningOperator> {
  const { program = bundledProgram, ...rest } = options;
  // For a profile of it: LEADPLATFORM_BENCH_NODE='--cpu-prof --cpu-prof-dir=…'.
  const nodeOptions = (process.env['LEADPLATFORM_BENCH_NODE'] ?? '').split(' ').filter((word) => word !== '');
  return startOperatorProcess({
    by: 'bench',
    program: [...nodeOptions, '--optimize-for-size', '--max-semi-space-size=16', program],
    args: [`--kubeconfig=${world.operatorKubeconfig}`],
    env: { NODE_ENV: 'production' },
    ...rest,
  });
}
