/**
 * Ends a process whose event loop is blocked: it renews no lease, answers no probe and hears no signal, and what blocks it
 * may do so for ever.
 *
 *     const watchdog = startWatchdog({ logger });
 *     watchdog.doing('reconciling leads/brain');    // what the log says if this is the last thing that it does
 *     …
 *     await watchdog.stop();
 *
 * A thread of its own looks twice a second whether a counter moved that only a loop which turns moves:
 *
 *     0 s ─────────────────── 4 s ──────────────── 6 s ──────── 8.5 s ────────── 10 s
 *     the last beat           logged, with what    ended, in    its last write   a rival may take over
 *                             it does and where    any case     by the fence
 */
import { Worker } from 'node:worker_threads';
import type { Logger } from './logger.ts';

export interface WatchdogOptions {
  readonly logger: Logger;
  /** How long the loop may be blocked, in milliseconds. Default: 4 s, four tenths of a lease. */
  readonly limitMs?: number;
  /** How often the thread looks. Default: 500 ms. */
  readonly checkMs?: number;
}

export interface Watchdog {
  /** Says what is being done, until something else is. Costs nothing worth a thought. */
  doing(what: string): void;
  stop(): Promise<void>;
}

/** What the thread is given. */
export interface WatchdogData {
  /** A counter of beats, the length of a text, and the text. */
  readonly shared: SharedArrayBuffer;
  readonly checkMs: number;
  readonly limitMs: number;
  readonly exitCode: number;
}

/** What the inspector says of a thread that it stopped, as far as it is read. */
export interface PausedEvent {
  readonly params: { readonly callFrames: readonly CallFrame[] };
}
export interface CallFrame {
  readonly callFrameId: string;
  readonly functionName: string;
  readonly location: {
    readonly scriptId: string;
    readonly lineNumber: number;
    readonly columnNumber?: number | undefined;
  };
}
export interface ScriptEvent {
  readonly params: { readonly scriptId: string; readonly url: string };
}

/** The event loop was blocked. */
export const EXIT_BLOCKED = 5;

const TEXT_BYTES = 248;

export function startWatchdog({ logger, limitMs = 4_000, checkMs = 500 }: WatchdogOptions): Watchdog {
  const shared = new SharedArrayBuffer(8 + TEXT_BYTES);
  const numbers = new Int32Array(shared, 0, 2);
  const text = Buffer.from(shared, 8);
  const beats = setInterval(() => Atomics.add(numbers, 0, 1), checkMs / 2);
  beats.unref();
  const workerData: WatchdogData = { shared, checkMs, limitMs, exitCode: EXIT_BLOCKED };
  const file = import.meta.url.endsWith('.ts') ? './watchdog-thread.ts' : './watchdog-thread.mjs';
  const worker = new Worker(new URL(file, import.meta.url), {
    workerData,
    // It counts and compares. What it needs to look into the main thread it loads then.
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 },
    execArgv: [],
  });
  worker.unref();
  worker.on('error', (error) =>
    logger.error(
      { error: String(error) },
      'Watching over the event loop ended: a blocked one is left to the kubelet',
    ),
  );
  return {
    doing: (what) => Atomics.store(numbers, 1, text.write(what, 'latin1')),
    stop: async () => {
      clearInterval(beats);
      await worker.terminate();
    },
  };
}
