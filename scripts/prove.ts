/** `npm run prove`: what takes longer than a test may. See docs/design/proofs.md. */
import { execFile } from 'node:child_process';
import { glob, mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, constants, totalmem } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Proof } from './prove-contract.ts';
import { parseProveOptions, type ProveOptions, seedOf, usage, UsageError } from './prove/options.ts';
import { duration } from './duration.ts';
import { commandOf, proofPage, type RunFacts } from './prove/page.ts';
import {
  forgetProgress,
  prepareFolder,
  type Progress,
  progressPlace,
  readProgress,
  writeProgress,
} from './prove/progress.ts';
import { type Outcome, runProof } from './prove/run.ts';

const ROOT = join(import.meta.dirname, '..');
const FOLDER = join(ROOT, 'test', 'prove');
const GRACE_MS = 30_000;
const say = (line: string): void => void process.stderr.write(`prove: ${line}\n`);
const print = (text: string): void => void process.stdout.write(text);
const json = (value: unknown): void => print(`${JSON.stringify(value, undefined, 2)}\n`);
const fileOf = (name: string): string => join(FOLDER, `${name}.ts`);

async function proofNames(): Promise<string[]> {
  const names: string[] = [];
  for await (const file of glob('*.ts', { cwd: FOLDER })) names.push(basename(file, '.ts'));
  return names.toSorted();
}

async function load(name: string): Promise<Proof> {
  const { proof } = (await import(pathToFileURL(fileOf(name)).href)) as { proof?: Proof };
  if (proof === undefined) throw new Error(`test/prove/${name}.ts exports no \`proof\``);
  if (proof.name !== name) throw new Error(`test/prove/${name}.ts calls its proof "${proof.name}"`);
  return proof;
}

/** The commit that is run; `+` where files differ from it. */
async function revision(): Promise<string> {
  const git = async (...args: string[]) =>
    (await promisify(execFile)('git', args, { cwd: ROOT })).stdout.trim();
  try {
    const changed = await git('status', '--porcelain', '--', ':!docs/proofs');
    return `${await git('rev-parse', '--short=12', 'HEAD')}${changed === '' ? '' : '+'}`;
  } catch {
    return 'not in git';
  }
}

async function prove(options: ProveOptions): Promise<number> {
  const { name, minutes, output } = options;
  const { what } = await load(name);
  const place = progressPlace(ROOT, name);
  const before = options.resume ? await readProgress(place) : undefined;
  if (options.resume && before === undefined) {
    say(`there is no progress of ${name} to resume; it starts from the beginning`);
  }
  const seed = seedOf(options, before);
  const started = performance.now();
  const revisions = [...new Set([...(before?.revisions ?? []), await revision()])];
  const soFar = (): Progress => ({
    ...{ seed, revisions, runs: (before?.runs ?? 0) + 1 },
    seconds: (before?.seconds ?? 0) + (performance.now() - started) / 1_000,
  });
  await prepareFolder(place, before !== undefined);
  await writeProgress(place, soFar());
  say(`${before === undefined ? '' : 'resuming '}${commandOf({ name, seed })}, at most ${minutes} minutes`);

  const interrupted = new AbortController();
  let signalled: NodeJS.Signals | undefined;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (signalled === undefined) say('stopping; it has 30 seconds to keep its progress');
      signalled ??= signal;
      interrupted.abort();
    });
  }
  const task = { name, seed, file: fileOf(name), folder: place.folder, resume: before !== undefined };
  const limits = { limitMs: minutes * 60_000, graceMs: GRACE_MS };
  const outcome = await runProof(task, limits, interrupted.signal);
  const { seconds, runs } = soFar();

  if (outcome.kind !== 'result') {
    await writeProgress(place, soFar());
    const resume = `npm run prove -- ${name} --resume`;
    const reason = whyNot(outcome, minutes);
    say(`${name} ${reason}. Nothing is proven. To go on where it was: ${resume}`);
    if (output === 'json')
      json({ name, what, seed, passed: false, finished: false, reason, resume, seconds });
    return signalled === undefined ? 1 : 128 + constants.signals[signalled];
  }
  const { result } = outcome;
  const facts: RunFacts = {
    ...{ name, what, seed, seconds, runs, revisions, date: new Date(), cores: availableParallelism() },
    memoryBytes: Math.min(totalmem(), process.constrainedMemory() || Infinity),
  };
  const page = `docs/proofs/${name}.md`;
  await mkdir(join(ROOT, 'docs', 'proofs'), { recursive: true });
  await writeFile(join(ROOT, page), proofPage(facts, result));
  await forgetProgress(place);
  const { passed } = result;
  if (output === 'json') json({ ...facts, command: commandOf(facts), passed, finished: true, page });
  else print(`${name} ${passed ? 'passed' : 'failed'} after ${duration(seconds)}; ${page} says how.\n`);
  return passed ? 0 : 1;
}

function whyNot(outcome: Exclude<Outcome, { kind: 'result' }>, minutes: number): string {
  if (outcome.kind === 'broken') return `ended without a result: ${outcome.reason.replace(/\.$/, '')}`;
  return outcome.by === 'limit' ? `was stopped at its limit of ${minutes} minutes` : 'was interrupted';
}

try {
  const names = await proofNames();
  const request = parseProveOptions(process.argv.slice(2), names);
  if (request.do === 'run') process.exitCode = await prove(request.options);
  else {
    const proofs = await Promise.all(names.map(load));
    if (request.output === 'json') json(proofs.map(({ name, what }) => ({ name, what })));
    else print(usage(proofs));
  }
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  say(error.message);
  process.exitCode = 2;
}
