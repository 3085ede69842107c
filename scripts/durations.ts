/** How long each test file took the last time: `npm test` writes it, and `--changed` plans by it. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileResult } from './report.ts';

/** Seconds by file, as a path from the root. */
export type Durations = Readonly<Record<string, number>>;

const kept = (root: string) => join(root, '.tmp', 'test-durations.json');
/** For a checkout without a run: of files of integration tests, side by side on two cores. */
const SHIPPED = join(import.meta.dirname, 'durations.json');

export async function readDurations(root: string): Promise<Durations> {
  return { ...(await read(SHIPPED)), ...(await read(kept(root))) };
}

export async function keepDurations(root: string, files: readonly FileResult[]): Promise<void> {
  const durations = withFiles(await read(kept(root)), files);
  await writeFile(kept(root), `${JSON.stringify(durations, undefined, 1)}\n`);
}

/** Other files keep theirs, and so does a file that failed or was skipped: it may have ended early. */
export function withFiles(before: Durations, files: readonly FileResult[]): Durations {
  const passed = files.filter(({ status }) => status === 'passed');
  return {
    ...before,
    ...Object.fromEntries(passed.map(({ path, seconds }) => [path, Math.round(seconds * 10) / 10])),
  };
}

async function read(path: string): Promise<Durations> {
  return JSON.parse(await readFile(path, 'utf8').catch(() => '{}')) as Durations;
}
