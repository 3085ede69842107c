import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Proof, ProofContext, ProofResult } from '../../scripts/prove-contract.ts';
import type { Results } from '../../scripts/results.ts';
import { runHere } from '../../scripts/vitest.ts';
import { FAULTS } from './mutations/list.ts';
import { mutate, type Mutation, type Verdict, verdictOf } from './mutations/mutation.ts';
import { pageOf } from './mutations/page.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** What a copy does not need, or shares. */
const LEFT_OUT = new Set(['.git', '.tmp', 'node_modules']);
const MUTATIONS = FAULTS.flatMap(({ mutations }) => mutations);
const FILES = [...new Set(MUTATIONS.map(({ caughtBy }) => caughtBy.file))].toSorted();

/** Tests that pass say little if they would pass whatever the operator does. */
export const proof: Proof = {
  name: 'mutations',
  what: `Each of ${FAULTS.length} deliberate faults is caught by a test on a real API server.`,
  run,
};

async function run(context: ProofContext): Promise<ProofResult> {
  const { log, folder } = context;
  const copy = join(folder, 'copy');
  const progress = await Progress.open(join(folder, 'progress.json'), context.resume);
  log('the seed chooses nothing: all mutations are tried, in their order');
  await copyCheckout(copy);
  if (!progress.arePassing) {
    log(`without a mutation: ${FILES.length} files`);
    refuseFailures(await testsOf(copy, FILES, context));
    await progress.notePassing();
  }
  for (const mutation of MUTATIONS) {
    if (progress.verdictOn(mutation) !== undefined) continue;
    log(mutation.what);
    const verdict = await tryOut(mutation, copy, context);
    log(verdict.says);
    await progress.note(mutation, verdict);
  }
  const verdicts = MUTATIONS.map((mutation) => progress.verdictOn(mutation));
  return {
    passed: verdicts.every((verdict) => verdict?.isCaught === true),
    markdown: pageOf(FAULTS, (mutation) => progress.verdictOn(mutation)),
  };
}

async function copyCheckout(to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await mkdir(join(to, '.tmp'), { recursive: true });
  for (const name of await readdir(ROOT)) {
    if (!LEFT_OUT.has(name)) await cp(join(ROOT, name), join(to, name), { recursive: true });
  }
  await symlink(join(ROOT, 'node_modules'), join(to, 'node_modules'));
}

async function tryOut(
  mutation: Mutation,
  copy: string,
  context: Pick<ProofContext, 'signal'>,
): Promise<Verdict> {
  const path = join(copy, mutation.file);
  const source = await readFile(path, 'utf8');
  await writeFile(path, mutate(source, mutation));
  try {
    const { files } = await testsOf(copy, [mutation.caughtBy.file], context);
    return verdictOf(files, mutation);
  } finally {
    await writeFile(path, source);
  }
}

/** Runs files in the copy. The first test that fails ends it: those after it would fail for its sake. */
async function testsOf(
  copy: string,
  files: readonly string[],
  { signal }: Pick<ProofContext, 'signal'>,
): Promise<Results> {
  signal.throwIfAborted();
  const { ended, terminate } = runHere(copy, 'integration', ['--bail=1', ...files]);
  signal.addEventListener('abort', terminate, { once: true });
  const results = await ended;
  signal.removeEventListener('abort', terminate);
  signal.throwIfAborted();
  return results;
}

/** @throws Error where a test fails, or is left out, without any mutation: nothing could be shown then. */
function refuseFailures({ files, succeeded }: Results): void {
  const tests = files.flatMap((file) => file.tests);
  const named = (status: string) =>
    tests
      .filter((test) => test.status === status)
      .map(({ name }) => name)
      .join('; ');
  const failed = named('failed');
  if (failed !== '') throw new Error(`without any mutation these fail: ${failed}`);
  const skipped = named('skipped');
  if (skipped !== '') throw new Error(`without any mutation these do not run: ${skipped}`);
  if (!succeeded || files.length < FILES.length) throw new Error('the run without a mutation failed');
}

interface Kept {
  arePassing: boolean;
  /** By the mutation, as JSON: one that was changed is tried again. */
  readonly verdicts: Record<string, Verdict>;
}

class Progress {
  readonly #path: string;
  readonly #kept: Kept;

  private constructor(path: string, kept: Kept) {
    this.#path = path;
    this.#kept = kept;
  }

  static async open(path: string, resume: boolean): Promise<Progress> {
    const text = resume ? await readFile(path, 'utf8').catch(() => undefined) : undefined;
    return new Progress(
      path,
      text === undefined ? { arePassing: false, verdicts: {} } : (JSON.parse(text) as Kept),
    );
  }

  /** The tests were seen to pass without a mutation. */
  get arePassing(): boolean {
    return this.#kept.arePassing;
  }

  verdictOn(mutation: Mutation): Verdict | undefined {
    return this.#kept.verdicts[JSON.stringify(mutation)];
  }

  async notePassing(): Promise<void> {
    this.#kept.arePassing = true;
    await this.#write();
  }

  async note(mutation: Mutation, verdict: Verdict): Promise<void> {
    this.#kept.verdicts[JSON.stringify(mutation)] = verdict;
    await this.#write();
  }

  async #write(): Promise<void> {
    await writeFile(this.#path, JSON.stringify(this.#kept));
  }
}
