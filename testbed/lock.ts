import { readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { undoAtEnd } from './guardian.ts';
import { type Log, withHeartbeat } from './progress.ts';

/**
 * Runs `work` while no other process holds the lock file. A holder that died is noticed by its process id; two
 * processes that notice it together might both work, so `work` must end in something atomic.
 */
export async function withLock(path: string, log: Log, work: () => Promise<void>): Promise<void> {
  if (!(await take(path))) {
    const what = `waiting for another process that builds (its id is in ${path})`;
    log(what);
    await withHeartbeat(log, what, async () => {
      while (!(await take(path))) await delay(500);
    });
  }
  const done = undoAtEnd('rm', '-f', '--', path);
  try {
    await work();
  } finally {
    await rm(path, { force: true });
    done();
  }
}

async function take(path: string): Promise<boolean> {
  try {
    await writeFile(path, `${process.pid}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const holder = Number.parseInt(await readFile(path, 'utf8').catch(() => ''), 10);
  // Not a number: the holder has created the file and not written it yet, or has just removed it.
  if (Number.isNaN(holder) || isAlive(holder)) return false;
  await rm(path, { force: true });
  return false;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
