/**
 * A process of its own that reads from hostile servers, for a proof that wants to know whether it ends: `protocol`, `guarded`
 * or `unguarded`, and ports. Every second it tells its parent how it is.
 */
import type { Guard } from '../../../src/sources/guard/guard.ts';
import { readersOf } from './readers.ts';
import type { Protocol } from './servers.ts';

export interface Pulse {
  /** Memory that is resident, in bytes. */
  readonly resident: number;
  /** The longest that the loop was blocked since the last pulse, in milliseconds of its own work: waiting for a core is not counted. */
  readonly blockedMs: number;
  readonly heard: Readonly<Record<string, number>>;
}

const BEAT_MS = 5;
const PULSE_MS = 1_000;

/** Of this thread: what others of the process do, such as deriving a key, blocks nothing. */
function work(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

/** The longest time between two beats, less what of it was no work of this thread. */
function watchLoop(): () => number {
  let at = performance.now();
  let worked = work();
  let longest = 0;
  setInterval(() => {
    const [now, done] = [performance.now(), work()];
    longest = Math.max(longest, Math.min(now - at, done - worked));
    [at, worked] = [now, done];
  }, BEAT_MS);
  return () => {
    const found = longest;
    longest = 0;
    return found;
  };
}

const [protocol, guarded, ...ports] = process.argv.slice(2);
const noGuard: Guard = () => undefined;
const readers = readersOf(
  protocol as Protocol,
  ports.map(Number),
  guarded === 'unguarded' ? noGuard : undefined,
);
const stop = new AbortController();
process.once('message', () => stop.abort());
const longestBlock = watchLoop();
const tell = (): void => {
  const pulse: Pulse = {
    resident: process.memoryUsage.rss(),
    blockedMs: longestBlock(),
    heard: readers.heard,
  };
  process.send?.(pulse);
};
setInterval(tell, PULSE_MS);
await readers.run(stop.signal);
tell();
await readers.close();
process.disconnect();
process.exit(0);
