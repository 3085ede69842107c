// Runs every test project and ends with one line that says how it went: `N passed, N failed`. Arguments go to vitest.
import { spawn } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { closingLine, countResults, type Results, skippedTests } from './results.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const report = join(root, '.tmp', `test-results-${process.pid}.json`);
await mkdir(join(root, '.tmp'), { recursive: true });

// A signal reaches vitest too (the terminal sends it to both); it ends by itself, and then so do we.
let signalled: NodeJS.Signals | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    signalled = signal;
    if (signal === 'SIGTERM') child.kill(signal);
  });
}

const child = spawn(
  process.execPath,
  [
    join(root, 'node_modules', 'vitest', 'vitest.mjs'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: 'inherit' },
);
const exitCode = await new Promise<number>((resolve) => {
  child.once('error', () => resolve(1));
  child.once('close', (code, signal) =>
    resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
  );
});

const results = await readFile(report, 'utf8').then(
  (text) => JSON.parse(text) as Results,
  () => undefined,
);
await rm(report, { force: true });
const counts = countResults(results, exitCode === 0 && signalled === undefined);
const failedBefore = process.env['LEADPLATFORM_FAILED_BEFORE'] ?? '';
if (failedBefore !== '') {
  process.stdout.write(`\nFailed before the tests, see above: ${failedBefore}\n`);
  counts.failed += 1;
}
if (counts.skipped > 0) {
  process.stdout.write(
    `\nNOT RUN:\n${skippedTests(results)
      .map((name) => `  ${name}\n`)
      .join('')}`,
  );
}
const skippedInCi = process.env['CI'] === 'true' && counts.skipped > 0;
if (skippedInCi) process.stdout.write('\nIn CI nothing is skipped: this run does not count as passed.\n');
process.stdout.write(`\n${closingLine(counts)}\n`);
process.exitCode = counts.failed > 0 || skippedInCi ? 1 : 0;
