import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { timed } from '../../testbed/work-times.ts';

/** True when the process exists and is more than an entry that nobody has collected. */
export async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const state = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
  return state !== '' && state !== 'Z';
}

/** Process ids whose command line holds the text. */
export async function processesWith(text: string): Promise<number[]> {
  const entries = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  const lines = await Promise.all(
    entries.map(async (entry) => [entry, await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '')]),
  );
  return lines.filter(([, line]) => line?.includes(text)).map(([entry]) => Number(entry));
}

/**
 * Polls until the condition holds, and fails with `what` when it does not within `deadlineMs`. One that throws does not hold
 * yet; what it threw last is told.
 */
export async function eventually(
  what: string,
  condition: () => Promise<boolean>,
  deadlineMs = 20_000,
): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  await timed('a test polls until something is so', async () => {
    for (;;) {
      let cause: unknown;
      try {
        if (await condition()) return;
      } catch (error) {
        cause = error;
      }
      if (Date.now() > deadline) throw new Error(`not within ${deadlineMs / 1000} s: ${what}`, { cause });
      await delay(50);
    }
  });
}
