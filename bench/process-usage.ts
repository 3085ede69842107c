/** Memory and CPU of a process, as the kernel counts them. Linux only, as the test bed is. */
import { readFile } from 'node:fs/promises';

const KIB = 1_024;
/** The kernel reports CPU time in ticks of a hundredth of a second, whatever its own clock is. */
const TICKS_PER_SECOND = 100;

/** Resident memory in bytes: now, and the most that it ever was. */
export async function memoryOf(pid: number): Promise<{ readonly now: number; readonly peak: number }> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) * KIB;
  return { now: field('VmRSS'), peak: field('VmHWM') };
}

/** Seconds of CPU that a process has used, by itself and in the kernel; on demand with all that it has started. */
export async function cpuSecondsOf(pid: number, withChildren = false): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name of the program is in parentheses, and may hold spaces.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = (first: number) => Number(fields[first]) + Number(fields[first + 1]);
  const own = ticks(11) / TICKS_PER_SECOND;
  if (!withChildren) return own;
  // Of those that have ended it is in the next two fields.
  const ended = ticks(13) / TICKS_PER_SECOND;
  const running = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ').filter(Boolean);
  // One may end between the two looks.
  const seconds = running.map((child) => cpuSecondsOf(Number(child), true).catch(() => 0));
  return (await Promise.all(seconds)).reduce((sum, one) => sum + one, own + ended);
}
