/** The operator as its image runs it: bundled, with the flags of the Dockerfile, in a process of its own. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectFolder } from '../testbed/folders.ts';
import { OPEN_LOOPBACK } from '../testbed/loopback.ts';
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
  /** Of `leadplatform run`, beside that of the cluster. */
  readonly flags?: readonly string[];
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

/** Options of Node, and what of its environment the image sets. */
export async function settingsOfImage(): Promise<{
  readonly options: string[];
  readonly env: NodeJS.ProcessEnv;
}> {
  const text = await readFile(join(projectFolder, 'Dockerfile'), 'utf8');
  const [, entrypoint = '[]'] = /^ENTRYPOINT (.*)$/m.exec(text) ?? [];
  const options = (JSON.parse(entrypoint) as string[]).filter((word) => word.startsWith('--'));
  const malloc = [...text.matchAll(/\b(MALLOC_\w+)=(\d+)/g)].map(([, name = '', value]) => [name, value]);
  if (options.length === 0 || malloc.length === 0) throw new Error('the Dockerfile sets no options of Node');
  return { options, env: { NODE_ENV: 'production', ...Object.fromEntries(malloc) } };
}

/** As its Deployment has it: the status of each platform names the Pod, which is another one at each start. */
function podOfItsOwn(): NodeJS.ProcessEnv {
  const uid = randomUUID();
  return {
    OPERATOR_NAMESPACE: 'leadplatform-system',
    OPERATOR_POD: `leadplatform-operator-${uid.slice(0, 8)}`,
    OPERATOR_POD_UID: uid,
  };
}

export async function startOperator(world: World, options: StartOptions = {}): Promise<RunningOperator> {
  const { program = bundledProgram, flags = [], ...rest } = options;
  // For a profile of it: LEADPLATFORM_BENCH_NODE='--cpu-prof --cpu-prof-dir=…'.
  const nodeOptions = (process.env['LEADPLATFORM_BENCH_NODE'] ?? '').split(' ').filter((word) => word !== '');
  const image = await settingsOfImage();
  return startOperatorProcess({
    by: 'bench',
    program: [...nodeOptions, ...image.options, program],
    args: [`--kubeconfig=${world.operatorKubeconfig}`, ...OPEN_LOOPBACK, ...flags],
    env: { ...image.env, ...podOfItsOwn() },
    ...rest,
  });
}
