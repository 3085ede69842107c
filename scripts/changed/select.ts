/** `npm test -- --changed`: in its place come the test files that a change concerns and that run within three minutes. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readDurations } from '../durations.ts';
import { closingLine } from '../results.ts';
import { changeSince, ChangedUsageError } from './base.ts';
import { type Budget, type Checkout, kindOf, planChanged } from './plan.ts';
import { referencesOf } from './references.ts';
import { changedReport } from './report.ts';

const LIMIT_SECONDS = 180;
const BUDGET: Budget = {
  // The rest is for a machine that is busier than it was the last time.
  seconds: LIMIT_SECONDS - 30,
  startSeconds: 25,
  lanes: { unit: Math.min(2, availableParallelism()), integration: 3 },
  // Rather too long: the run must end in time.
  guess: { unit: 0.3, integration: 60, e2e: 120 },
  loading: { unit: 0.5, integration: 2, e2e: 2 },
};
const CODE = /^(src|controller|testbed|bench|scripts|test|examples|bin)\/.*\.(ts|js|mjs)$/;

/**
 * The arguments of a run: with `--changed` the chosen files, after a report of what was chosen and what is left out. Where
 * nothing is to be run, or the arguments are wrong, the process ends here.
 */
export async function argumentsOfRun(args: readonly string[], root: string): Promise<readonly string[]> {
  const flag = args.find(isFlag);
  if (flag === undefined) return args;
  try {
    const [, ref] = /^--changed=(.*)$/.exec(flag) ?? [];
    const others = args.filter((arg) => !isFlag(arg));
    const named = others.find((arg, index) => !arg.startsWith('-') && !others[index - 1]?.startsWith('-'));
    if (named !== undefined) {
      throw new ChangedUsageError(
        `--changed chooses the files: leave out "${named}", or name the base as --changed=REF`,
      );
    }
    const change = await changeSince(root, ref);
    const plan = planChanged(change.files, await readCheckout(root), await readDurations(root), BUDGET);
    process.stdout.write(changedReport(change, plan, LIMIT_SECONDS));
    if (plan.run.length > 0) return [...others, ...plan.run];
    process.stdout.write(`\n${closingLine({ passed: 0, failed: 0, skipped: 0 })}\n`);
    process.exit(0);
  } catch (error) {
    if (!(error instanceof ChangedUsageError)) throw error;
    process.stderr.write(`test: ${error.message}\n`);
    process.exit(2);
  }
}

const isFlag = (arg: string): boolean => arg === '--changed' || arg.startsWith('--changed=');

async function readCheckout(root: string): Promise<Checkout> {
  const { stdout } = await promisify(execFile)(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', '-z'],
    { cwd: root, maxBuffer: 2 ** 26 },
  );
  const files = new Set(stdout.split('\0').filter((path) => path !== ''));
  const references = new Map<string, readonly string[]>();
  const tests: string[] = [];
  for (const path of [...files].filter((one) => CODE.test(one))) {
    // One that was deleted is still listed.
    const text = await readFile(join(root, path), 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    const found = referencesOf(path, text, (name) => files.has(name));
    if (path.endsWith('.test.ts')) {
      tests.push(path);
      // What vitest.config.ts runs before them: their servers, which they get at without an import.
      const kind = kindOf(path);
      if (kind !== 'unit') found.push(`test/${kind}/setup.ts`);
    }
    references.set(path, found);
  }
  return { references, tests };
}
