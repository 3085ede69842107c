// Runs every test and ends with one line that says how it went: `N passed, N failed`. Arguments go to vitest.
// Unit tests first, which need both cores. Meanwhile what the others need is built. Then integration and real pods, on a machine
// that is quick enough side by side: both wait for most of their time.
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { argumentsOfRun } from './changed/select.ts';
import { keepDurations } from './durations.ts';
import { prepareTests } from './prepare-tests.ts';
import { closingLine, countResults, type Results, skippedTests, together } from './results.ts';
import { chooseStages, runSideBySide, type Stage } from './stages.ts';
import { progressLine, type Span, timeLines } from './summary.ts';
import { runHere, runOnRealPods, type Run } from './vitest.ts';
import { readWorkTimes, WORK_TIMES_VARIABLE } from '../testbed/work-times.ts';

const PROGRESS_MS = 30_000;
const root = fileURLToPath(new URL('..', import.meta.url));
await mkdir(join(root, '.tmp'), { recursive: true });

// Outside of a room all processes note theirs in one file; what was noted in a room is copied beside it.
const workTimes = ['work-times.jsonl', 'work-times-e2e.jsonl'].map((file) => join(root, '.tmp', file));
for (const path of workTimes) await rm(path, { force: true });
process.env[WORK_TIMES_VARIABLE] = workTimes[0];

const began = Date.now();
const running = new Map<Stage, Run>();
const spans: Span[] = [];
const results: Results[] = [];

// A signal reaches vitest too (the terminal sends it to both); it ends by itself, and then so do we.
let signalled: NodeJS.Signals | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    signalled = signal;
    if (signal === 'SIGTERM') for (const run of running.values()) run.terminate();
  });
}

const { stages, args } = await chooseStages(await argumentsOfRun(process.argv.slice(2), root), root);
const has = (stage: Stage) => stages.includes(stage);
const progress = setInterval(() => void showProgress(), PROGRESS_MS);
const [prepared] = await Promise.all([
  span('build what is missing', () => prepareTests(stages)).catch(buildFailed),
  has('unit') ? runStage('unit', () => runHere(root, 'unit', args)) : undefined,
]);
if (prepared !== undefined) {
  const integration = async () => {
    if (has('integration')) await runStage('integration', () => runHere(root, 'integration', args));
  };
  const e2e = async () => {
    if (has('e2e')) await runStage('e2e', () => runOnRealPods(root, prepared.realPods, args));
  };
  const unit = spans.find(({ name }) => name === 'unit');
  const unitSeconds = unit && (unit.toMs - unit.fromMs) / 1_000;
  if (runSideBySide(unitSeconds)) await Promise.all([integration(), e2e()]);
  else {
    process.stdout.write(
      `\nThe unit tests took ${Math.round(unitSeconds ?? 0)} s, so this machine is slow or busy: integration and e2e run one after the other.\n`,
    );
    await integration();
    await e2e();
  }
}
clearInterval(progress);
await finish(together(results));

/** The tests that need it do not run, and the run has failed; unit tests still count. */
function buildFailed(error: unknown): undefined {
  process.stderr.write(
    `What the tests need could not be built: ${(error as Error).stack ?? String(error)}\n`,
  );
  results.push({ files: [], succeeded: false });
}

async function runStage(stage: Stage, start: () => Run): Promise<void> {
  if (signalled !== undefined) return;
  await span(stage, async () => {
    const run = start();
    running.set(stage, run);
    results.push(await run.ended);
    running.delete(stage);
  });
}

async function span<T>(name: string, what: () => Promise<T>): Promise<T> {
  const fromMs = Date.now();
  try {
    return await what();
  } finally {
    spans.push({ name, fromMs, toMs: Date.now() });
  }
}

async function showProgress(): Promise<void> {
  const reports = await Promise.all(
    [...running].map(async ([stage, run]) => [stage, await run.report()] as const),
  );
  const line = progressLine(Object.fromEntries(reports), (Date.now() - began) / 1_000);
  if (line !== undefined) process.stdout.write(`\n${line}\n`);
}

async function finish(all: Results): Promise<void> {
  const succeeded = all.succeeded && signalled === undefined;
  const counts = countResults({ ...all, succeeded });
  const failedBefore = process.env['LEADPLATFORM_FAILED_BEFORE'] ?? '';
  if (failedBefore !== '') {
    process.stdout.write(`\nFailed before the tests, see above: ${failedBefore}\n`);
    counts.failed += 1;
  }
  if (counts.skipped > 0) {
    process.stdout.write(
      `\nNOT RUN:\n${skippedTests(all)
        .map((name) => `  ${name}\n`)
        .join('')}`,
    );
  }
  const skippedInCi = process.env['CI'] === 'true' && counts.skipped > 0;
  if (skippedInCi) process.stdout.write('\nIn CI nothing is skipped: this run does not count as passed.\n');
  const failedFiles = all.files.filter(({ status }) => status === 'failed');
  for (const { path } of failedFiles) process.stdout.write(`Failed: ${path}\n`);
  const times = timeLines(all.files, spans, await readWorkTimes(workTimes));
  process.stdout.write(`\n${times.join('\n')}\n`);
  await keepDurations(root, all.files);
  process.stdout.write(`\n${closingLine(counts)}\n`);
  process.exitCode = counts.failed > 0 || skippedInCi ? 1 : 0;
}
