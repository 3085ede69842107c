import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { images } from '../test/e2e/images.ts';
import { isTestbedUnavailable } from '../testbed/errors.ts';
import { hasKind } from '../testbed/kind.ts';
import { prepareKind, prepareRoom } from '../testbed/real/prepare.ts';
import type { Results } from './results.ts';

/** One run of vitest. */
export interface Run {
  ended: Promise<{ exitCode: number; results: Results | undefined }>;
  terminate(): void;
}

/** Runs all projects but the one on real pods. */
export async function runTests(root: string, args: readonly string[]): Promise<Run> {
  return runHere(root, [...(hasProject(args) ? [] : ['--project=!e2e']), ...args]);
}

/**
 * Runs the tests on real pods: on a cluster of kind's where Docker runs and kind is installed, else in a room. Where this
 * machine can have neither, they run all the same, skip themselves and say why.
 */
export async function runTestsOnRealPods(root: string, args: readonly string[]): Promise<Run> {
  const own = [...(hasProject(args) ? [] : ['--project=e2e']), ...args];
  const reason = (error: unknown) => {
    if (!isTestbedUnavailable(error)) throw error;
    return error.message;
  };
  if (await hasKind()) {
    const kind = await prepareKind(images).catch(reason);
    if (typeof kind === 'string') return runHere(root, own, { LEADPLATFORM_NO_ROOM: kind });
    const { ended, terminate } = runHere(root, own, kind.env);
    const run = async () => {
      try {
        return await ended;
      } finally {
        await kind.remove();
      }
    };
    return { ended: run(), terminate };
  }
  const room = await prepareRoom(images).catch(reason);
  if (typeof room === 'string') return runHere(root, own, { LEADPLATFORM_NO_ROOM: room });
  // In there, the folder of the room is the project's `.tmp`.
  const name = 'test-results.json';
  const run = async () => {
    try {
      const exitCode = await room.run(process.execPath, vitest(root, own, join(root, '.tmp', name)));
      return { exitCode, results: await readResults(join(room.folder, name)) };
    } finally {
      await room.remove();
    }
  };
  return { ended: run(), terminate: () => void room.signal('SIGTERM') };
}

function hasProject(args: readonly string[]): boolean {
  return args.some((arg) => arg === '--project' || arg.startsWith('--project='));
}

function vitest(root: string, args: readonly string[], report: string): string[] {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  return [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...reporters, ...args];
}

function runHere(root: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Run {
  const report = join(root, '.tmp', `test-results-${process.pid}.json`);
  const child = spawn(process.execPath, vitest(root, args, report), {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  const ended = exitCodeOf(child).then(async (exitCode) => {
    const results = await readResults(report);
    await rm(report, { force: true });
    return { exitCode, results };
  });
  return { ended, terminate: () => void child.kill('SIGTERM') };
}

function exitCodeOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once('error', () => resolve(1));
    child.once('close', (code, signal) =>
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    );
  });
}

async function readResults(report: string): Promise<Results | undefined> {
  return readFile(report, 'utf8').then(
    (text) => JSON.parse(text) as Results,
    () => undefined,
  );
}
