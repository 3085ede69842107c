import { glob } from 'node:fs/promises';
import { relative } from 'node:path';

/**
 * The runs of vitest that `npm test` is made of. `unit` needs nothing but Node; `integration` a control plane, Postgres and
 * Redis; `e2e` a cluster with real pods.
 */
export const STAGES = ['unit', 'integration', 'e2e'] as const;
export type Stage = (typeof STAGES)[number];

const FILES: Readonly<Record<Stage, string>> = {
  unit: 'test/{unit,property,golden}/**/*.test.ts',
  integration: 'test/integration/**/*.test.ts',
  e2e: 'test/e2e/**/*.test.ts',
};

/** Two quick cores that do nothing else take a minute for the unit tests, and some more beside a build. */
const QUICK_UNIT_SECONDS = 110;

/**
 * Whether integration and e2e run side by side. Both wait for most of their time, and on two quick cores neither notices the other.
 * On slower ones, or beside other work, they starve each other until tests time out; one after the other takes longer, and passes.
 * @param unitSeconds How long the unit tests took; undefined where they did not run
 */
export function runSideBySide(unitSeconds: number | undefined): boolean {
  return unitSeconds === undefined || unitSeconds <= QUICK_UNIT_SECONDS;
}

/** The arguments of `npm test`, taken apart. */
export interface Chosen {
  readonly stages: readonly Stage[];
  /** What goes to vitest: names of files, options; no `--project`. */
  readonly args: readonly string[];
}

/**
 * `--project` chooses stages by name. Names of files choose by what they match: nobody who asks for one unit test wants to
 * wait for a cluster.
 * @throws Error for a project that there is none of.
 */
export async function chooseStages(args: readonly string[], root: string): Promise<Chosen> {
  const projects: string[] = [];
  const others: string[] = [];
  for (const [index, arg] of args.entries()) {
    if (arg.startsWith('--project=')) projects.push(arg.slice('--project='.length));
    else if (args[index - 1] === '--project') projects.push(arg);
    else if (arg !== '--project') others.push(arg);
  }
  const unknown = projects.find((name) => !STAGES.some((stage) => stage === name));
  if (unknown !== undefined)
    throw new Error(`unknown project "${unknown}"; projects are: ${STAGES.join(', ')}`);
  const named = projects.length === 0 ? STAGES : STAGES.filter((stage) => projects.includes(stage));
  const filters = others
    .filter((arg, index) => !arg.startsWith('-') && others[index - 1]?.startsWith('-') !== true)
    .map((arg) => relative(root, arg));
  if (filters.length === 0) return { stages: named, args: others };
  const matches = await Promise.all(named.map(async (stage) => matchesAny(FILES[stage], filters, root)));
  const stages = named.filter((_, index) => matches[index] === true);
  // vitest itself says that there is no such file.
  return { stages: stages.length > 0 ? stages : ['unit'], args: others };
}

async function matchesAny(pattern: string, filters: readonly string[], root: string): Promise<boolean> {
  for await (const file of glob(pattern, { cwd: root })) {
    if (filters.some((filter) => file.includes(filter))) return true;
  }
  return false;
}
