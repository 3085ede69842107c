/** SIGTERM and SIGINT: the first asks for an orderly end, a later one ends the process at once. */
import type { EventEmitter } from 'node:events';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
type StopSignal = (typeof SIGNALS)[number];

/**
 * One wish may come as several signals. Who signals a process group reaches this process twice: by itself, and by a parent
 * that passes signals on (the launcher on an old Node, npx, an init). All within this time are one.
 */
export const ONE_WISH_MS = 2_000;

/**
 * Calls `stop` once, at the first signal. One that comes later than {@link ONE_WISH_MS} finds no handler, and does what it
 * does by default: who cannot wait sends it. Returns what takes the handlers away; after a signal they stay for the time of one
 * wish, as the second one may find a process that has drained and is about to end.
 */
export function onStopSignal(
  stop: (signal: StopSignal) => void,
  from: Pick<EventEmitter, 'on' | 'off'> = process,
): () => void {
  let first = true;
  const off = (): void => {
    for (const signal of SIGNALS) from.off(signal, handle);
  };
  const handle = (signal: StopSignal): void => {
    if (!first) return;
    first = false;
    setTimeout(off, ONE_WISH_MS).unref();
    stop(signal);
  };
  for (const signal of SIGNALS) from.on(signal, handle);
  return () => {
    if (first) off();
  };
}
