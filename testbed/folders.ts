import { randomBytes } from 'node:crypto';
import { chmod, mkdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { undoAtEnd } from './guardian.ts';

/** The project's folder. */
export const projectFolder = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

export interface TemporaryFolder {
  path: string;
  remove(): Promise<void>;
}

/**
 * A folder of our own, readable by us alone, in the git-ignored `.tmp` of the project (or in `parent`). It goes with
 * `remove()`, or else when this process is gone.
 */
export async function temporaryFolder(
  name: string,
  parent = join(projectFolder, '.tmp'),
): Promise<TemporaryFolder> {
  const path = join(parent, `${name}-${randomBytes(4).toString('hex')}`);
  await mkdir(parent, { recursive: true });
  const done = undoAtEnd('rm', '-rf', '--', path);
  await mkdir(path, { mode: 0o700 });
  return {
    path,
    remove: async () => {
      await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
      done();
    },
  };
}

/** True when any user may pass through every folder above `path`, so that another user can reach it. */
export async function isReachableByAnyone(path: string): Promise<boolean> {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (((await stat(folder)).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

/** A temporary folder whose parents another user may pass through, as a server that refuses root needs. */
export async function reachableFolder(name: string): Promise<TemporaryFolder> {
  const parent = join(projectFolder, '.tmp');
  await mkdir(parent, { recursive: true });
  // A checkout below /root is closed to everybody else.
  const folder = await temporaryFolder(
    name,
    (await isReachableByAnyone(join(parent, 'x'))) ? parent : tmpdir(),
  );
  await chmod(folder.path, 0o755);
  return folder;
}
