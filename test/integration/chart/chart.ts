/** The chart in tests: Helm and its friends, and what they make of it. */
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { obtainHelm, obtainKubeconform, obtainPrometheusDefinitions } from '../../../testbed/chart-tools.ts';
import { isTestbedUnavailable } from '../../../testbed/errors.ts';
import { projectFolder } from '../../../testbed/folders.ts';
import { ensureDebianCommand } from '../../../testbed/packages.ts';
import { logToStderr } from '../../../testbed/progress.ts';

export const CHART = join(projectFolder, 'charts', 'leadplatform-operator');
/** Of this process alone; nothing of Helm's is written into the home folder. */
export const SCRATCH = join(projectFolder, '.tmp', `chart-${process.pid}`);

export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Record<string, string>;
  };
}

export interface ChartTools {
  readonly helm: string;
  readonly kubeconform: string;
  readonly promtool: string;
  /** A folder with the CRDs of the Prometheus operator. */
  readonly prometheusDefinitions: string;
}

/** All of them, or why not. */
async function chartTools(): Promise<ChartTools | string> {
  try {
    return {
      helm: await obtainHelm(),
      kubeconform: await obtainKubeconform(),
      prometheusDefinitions: await obtainPrometheusDefinitions(),
      promtool: await ensureDebianCommand('promtool', 'prometheus', logToStderr),
    };
  } catch (error) {
    if (!isTestbedUnavailable(error)) throw error;
    return error.message;
  }
}

/** A suite that is skipped, with the reason in its name, where a tool is missing; never in CI. */
export async function describeWithTools(name: string, tests: (tools: ChartTools) => void): Promise<void> {
  const tools = await chartTools();
  if (typeof tools !== 'string') describe(name, () => tests(tools));
  else if (process.env['CI'] === 'true') throw new Error(`${name}: ${tools} In CI nothing is skipped.`);
  else describe.skip(`${name} [skipped: ${tools}]`, () => undefined);
}

/** Runs a command; rejects with what it wrote. */
export async function run(command: string, args: readonly string[], input = ''): Promise<string> {
  await mkdir(SCRATCH, { recursive: true });
  const env = {
    ...process.env,
    KUBECONFIG: '',
    HELM_CACHE_HOME: join(SCRATCH, 'cache'),
    HELM_CONFIG_HOME: join(SCRATCH, 'config'),
    HELM_DATA_HOME: join(SCRATCH, 'data'),
  };
  return new Promise((resolve, reject) => {
    const child = execFile(
      command,
      args,
      { env, timeout: 180_000, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(`${args[0] ?? ''}: ${stderr}${stdout}${error.killed ? ' (timed out)' : ''}`));
      },
    );
    child.stdin?.on('error', () => undefined); // it ended before it read all: its own error says why
    child.stdin?.end(input);
  });
}

export interface RenderOptions {
  readonly release?: string;
  readonly namespace?: string;
  readonly values?: object;
}

/** What `helm template` writes; rejects with its words. */
export function renderText(
  { helm }: Pick<ChartTools, 'helm'>,
  { release = 'lp', namespace = 'leads', values = {} }: RenderOptions = {},
): Promise<string> {
  const args = ['template', release, CHART, '--namespace', namespace, '--values', '-'];
  return run(helm, args, JSON.stringify(values));
}

export function objectsOf(text: string): KubeObject[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as KubeObject | null)
    .filter((object) => object !== null);
}

export async function render(
  tools: Pick<ChartTools, 'helm'>,
  options: RenderOptions = {},
): Promise<KubeObject[]> {
  return objectsOf(await renderText(tools, options));
}
