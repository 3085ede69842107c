// Runs every test project and ends with one line that says how it went: `N passed, N failed`. Arguments go to vitest.
// Those on real pods run last, in namespaces of their own (see testbed/real/room.ts), since they need the machine.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { argumentsOfRun } from './changed/select.ts';
import { chooseProjects } from './projects.ts';
import { closingLine, countResults, type Results, skippedTests } from './results.ts';
import { runTests, runTestsOnRealPods, type Run } from './vitest.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
await mkdir(join(root, '.tmp'), { recursive: true });

// A signal reaches vitest too (the terminal sends it to both); it ends by itself, and then so do we.
let signalled: NodeJS.Signals | undefined;
let current: Run | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    signalled = signal;
    if (signal === 'SIGTERM') current?.terminate();
  });
}

const args = await argumentsOfRun(process.argv.slice(2), root);
const chosen = await chooseProjects(args, root);
const tests: Results['testResults'] = [];
let succeeded = true;
for (const start of [...(chosen.others ? [runTests] : []), ...(chosen.e2e ? [runTestsOnRealPods] : [])]) {
  if (signalled !== undefined) break;
  current = await start(root, args);
  const { results, exitCode } = await current.ended;
  tests.push(...(results?.testResults ?? []));
  succeeded &&= exitCode === 0 && results !== undefined;
}

const results = { testResults: tests };
const counts = countResults(results, succeeded && signalled === undefined);
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
