/** A proof that is a test file with more work to do, said by environment variables. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
const CLOSING_LINE = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/;

interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Runs the file as `npm test` does; what it prints goes to stderr. No test at all is counted where the run broke. */
export async function runTestFile(
  file: string,
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<TestCounts> {
  const child = spawn(process.execPath, ['scripts/test.ts', file], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    process.stderr.write(text);
    output = `${output}${text}`.slice(-10_000);
  });
  const terminate = (): void => void child.kill('SIGTERM');
  signal.addEventListener('abort', terminate, { once: true });
  await once(child, 'close');
  const [, passed = '0', failed = '0', skipped = '0'] =
    CLOSING_LINE.exec(output.trimEnd().split('\n').at(-1) ?? '') ?? [];
  return { passed: Number(passed), failed: Number(failed), skipped: Number(skipped) };
}
