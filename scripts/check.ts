/** `npm run check`: everything about the code that can be checked without running it. One line a check, failures below. */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

interface Outcome {
  readonly ok: boolean;
  readonly output: string;
}

interface Check {
  readonly name: string;
  run(): Promise<Outcome>;
}

/** A tool of node_modules/.bin. Its warnings about the Node that it runs on are not about the project. */
function tool(command: string, ...args: readonly string[]): () => Promise<Outcome> {
  const bin = join(ROOT, 'node_modules', '.bin');
  return () =>
    new Promise((resolve) => {
      const child = spawn(command, args, {
        cwd: ROOT,
        env: {
          ...process.env,
          PATH: `${bin}:${process.env['PATH'] ?? ''}`,
          NODE_NO_WARNINGS: '1',
          NO_COLOR: '1',
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let output = '';
      const collect = (chunk: Buffer) => void (output += chunk.toString());
      child.stdout.on('data', collect);
      child.stderr.on('data', collect);
      child.on('error', (error) => resolve({ ok: false, output: `${command}: ${error.message}` }));
      child.on('close', (code) => resolve({ ok: code === 0, output }));
    });
}

const CHECKS: readonly Check[] = [
  { name: 'types', run: tool('tsc', '--noEmit', '--pretty', 'false') },
  { name: 'lint', run: tool('oxlint', '--type-aware', '--format=unix') },
  { name: 'format', run: tool('prettier', '--check', '--log-level', 'warn', '.') },
  { name: 'generated files', run: tool(process.execPath, 'scripts/generate.ts', '--check') },
  { name: 'import rules', run: tool(process.execPath, 'scripts/check-imports.ts') },
  { name: 'dependencies', run: tool(process.execPath, 'scripts/check-dependencies.ts') },
  { name: 'dead exports', run: tool('knip', '--no-progress', '--no-config-hints') },
];

async function timed(check: Check): Promise<Outcome & { readonly name: string }> {
  const start = performance.now();
  const outcome = await check.run();
  const seconds = ((performance.now() - start) / 1_000).toFixed(1);
  console.log(`${outcome.ok ? 'ok    ' : 'FAILED'}  ${check.name.padEnd(16)} ${seconds.padStart(5)} s`);
  return { name: check.name, ...outcome };
}

/** Runs a few at a time: the compiler and the linter use every core themselves. */
async function runAll(checks: readonly Check[]) {
  const waiting = [...checks];
  const done: Awaited<ReturnType<typeof timed>>[] = [];
  const lane = async () => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift())
      done.push(await timed(check));
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, lane));
  return done;
}

const failed = (await runAll(CHECKS)).filter(({ ok }) => !ok);
for (const { name, output } of failed) console.log(`\n--- ${name}\n${output.trim()}`);
if (failed.length > 0) {
  console.log(`\n${failed.length} of ${CHECKS.length} checks failed`);
  process.exitCode = 1;
}
