import { type ChildProcess, spawn } from 'node:child_process';
import { copyFile, rm } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { WORK_TIMES_VARIABLE } from '../testbed/work-times.ts';
import type { Prepared } from './prepare-tests.ts';
import { type ReportEntry, readReport, REPORT_VARIABLE } from './report.ts';
import { type Results, resultsOf } from './results.ts';
import type { Stage } from './stages.ts';

/** One run of vitest. */
export interface Run {
  readonly ended: Promise<Results>;
  /** What has ended so far. */
  report(): Promise<ReportEntry[]>;
  terminate(): void;
}

/** Unit or integration tests, on this machine as it is. */
export function runHere(root: string, stage: Exclude<Stage, 'e2e'>, args: readonly string[]): Run {
  return spawnHere(root, stage, [`--project=${stage}`, ...args], {});
}

/**
 * The tests on real pods, where {@link Prepared} says: in a room, on a cluster of kind's, or nowhere, where they skip
 * themselves and say why.
 */
export function runOnRealPods(root: string, place: Prepared['realPods'], args: readonly string[]): Run {
  const own = ['--config=vitest.e2e.config.ts', ...args];
  if ('reason' in place) return spawnHere(root, 'e2e', own, { LEADPLATFORM_NO_ROOM: place.reason });
  if ('env' in place) {
    const run = spawnHere(root, 'e2e', own, place.env);
    const thenRemoved = async () => {
      try {
        return await run.ended;
      } finally {
        await place.remove();
      }
    };
    return { ...run, ended: thenRemoved() };
  }
  const name = 'test-report-e2e.jsonl';
  const times = 'work-times-e2e.jsonl';
  // In there, the folder of the room is the project's `.tmp`.
  const inside = (file: string) => join(root, '.tmp', file);
  const env = { ...process.env, [REPORT_VARIABLE]: inside(name), [WORK_TIMES_VARIABLE]: inside(times) };
  const report = () => readReport(join(place.folder, name));
  const run = async () => {
    try {
      const exitCode = await place.run(process.execPath, vitest(root, own), env);
      await copyFile(join(place.folder, times), join(root, '.tmp', times)).catch(() => undefined);
      return resultsOf(await report(), exitCode);
    } finally {
      await place.remove();
    }
  };
  return { ended: run(), report, terminate: () => void place.signal('SIGTERM') };
}

function vitest(root: string, args: readonly string[]): string[] {
  return [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...args];
}

function spawnHere(root: string, stage: Stage, args: readonly string[], env: NodeJS.ProcessEnv): Run {
  const path = join(root, '.tmp', `test-report-${stage}-${process.pid}.jsonl`);
  const child = spawn(process.execPath, vitest(root, args), {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env, [REPORT_VARIABLE]: path },
  });
  const report = () => readReport(path);
  const run = async () => {
    const exitCode = await exitCodeOf(child);
    const results = resultsOf(await report(), exitCode);
    await rm(path, { force: true });
    return results;
  };
  return { ended: run(), report, terminate: () => void child.kill('SIGTERM') };
}

function exitCodeOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once('error', () => resolve(1));
    child.once('close', (code, signal) =>
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    );
  });
}
