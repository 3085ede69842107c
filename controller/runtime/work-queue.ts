/**
 * Keys to work on, each at most once at a time.
 *
 *     const queue = new WorkQueue({
 *       concurrency: 8,
 *       work: async (key, { signal }) => {          // throw to try again later, with growing waits
 *         await reconcile(key, signal);
 *         return 30_000;                            // look again in 30 s; nothing: only when told to
 *       },
 *       logger,
 *     });
 *     queue.add('leads/brain');                     // any number of times, also before `start`
 *     queue.start();
 *     await queue.stop(10_000);
 *
 * A key that is added while it is being worked on is worked on once more afterwards. Keys are taken in the order in
 * which they became due, and a failed one waits outside, so one that always fails holds up none. A `TerminalError` is
 * not tried again until the key is added, and a `FencedError` not at all: it is another process's now.
 */
import { backoffMs } from './backoff.ts';
import type { Backoff } from '../../src/model/backoff.ts';
import type { Clock } from './clock.ts';
import { systemClock } from './clock.ts';
import { isFenced, isTerminal } from './errors.ts';
import { silentLogger } from './logger.ts';
import type { Logger } from './logger.ts';

export interface WorkContext {
  /** How often in a row this key has failed. */
  readonly failures: number;
  /** Aborts when the queue is stopped and patience ran out. */
  readonly signal: AbortSignal;
}

export type WorkOutcome = 'done' | 'failed' | 'terminal' | 'fenced';

/** Called synchronously; must not throw. */
export interface WorkQueueMetrics {
  /** A key entered the queue. */
  onAdd?(): void;
  /** A key was put back after a failure. */
  onRetry?(): void;
  /** Work on a key began, this long after it was due. */
  onStart?(waitedSeconds: number): void;
  onDone?(durationSeconds: number, outcome: WorkOutcome): void;
}

export interface WorkQueueOptions {
  /** Keys worked on at once. */
  readonly concurrency: number;
  /** Returns after how many milliseconds to look at the key again; undefined for not by itself. */
  readonly work: (key: string, context: WorkContext) => Promise<number | undefined | void>;
  /** Told of every failure, after the queue has dealt with it. */
  readonly onError?: (key: string, error: unknown, outcome: WorkOutcome) => void;
  /** Waits after failures in a row. Default 500 ms to 5 min. */
  readonly backoff?: Backoff;
  readonly metrics?: WorkQueueMetrics;
  readonly logger?: Logger;
  readonly clock?: Clock;
  readonly random?: () => number;
}

const BACKOFF: Backoff = { baseMs: 500, maxMs: 300_000 };

export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** Due keys in order, with the time since when. */
  readonly #ready = new Map<string, number>();
  readonly #later = new Map<string, { at: number; cancel: () => void }>();
  readonly #running = new Map<string, Promise<void>>();
  /** Added while running. */
  readonly #again = new Map<string, number>();
  readonly #failures = new Map<string, number>();
  readonly #abort = new AbortController();
  #state: 'waiting' | 'working' | 'stopped' = 'waiting';
  /** Begins with the next key. */
  #next: NodeJS.Immediate | undefined;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
  }

  start(): void {
    if (this.#state !== 'waiting') return;
    this.#state = 'working';
    this.#fill();
  }

  /**
   * Takes no more keys and waits for those under way; after `patienceMs` their signals abort, and it waits on: a
   * handler that heeds its signal ends.
   */
  async stop(patienceMs = 0): Promise<void> {
    this.#state = 'stopped';
    for (const { cancel } of this.#later.values()) cancel();
    this.#later.clear();
    this.#ready.clear();
    this.#again.clear();
    if (this.#running.size === 0) return;
    const cancel = this.#clock.after(patienceMs, () =>
      this.#abort.abort(new Error('The work queue was stopped')),
    );
    await Promise.all(this.#running.values());
    cancel();
  }

  /** Due now. */
  add(key: string): void {
    if (this.#state === 'stopped' || this.#ready.has(key)) return;
    if (this.#running.has(key)) {
      if (!this.#again.has(key)) this.#again.set(key, this.#clock.now());
      return;
    }
    this.#ready.set(key, this.#clock.now());
    this.#options.metrics?.onAdd?.();
    this.#fill();
  }

  /** Due in `delayMs`. Of several such wishes for a key the earliest counts. */
  addAfter(key: string, delayMs: number): void {
    if (this.#state === 'stopped') return;
    if (!(delayMs > 0)) return this.add(key);
    const at = this.#clock.now() + delayMs;
    const planned = this.#later.get(key);
    if (planned !== undefined) {
      if (planned.at <= at) return;
      planned.cancel();
    }
    const cancel = this.#clock.after(delayMs, () => {
      this.#later.delete(key);
      this.add(key);
    });
    this.#later.set(key, { at, cancel });
  }

  /** Due after a wait that grows with every call, until `forget`. */
  addRateLimited(key: string): void {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.#options.metrics?.onRetry?.();
    this.addAfter(key, backoffMs(this.#options.backoff ?? BACKOFF, failures, this.#options.random));
  }

  /** The next wait of `addRateLimited` is the shortest again. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** Drops whatever is planned for a key that is no more; work under way goes on. */
  drop(key: string): void {
    this.#ready.delete(key);
    this.#again.delete(key);
    this.#failures.delete(key);
    this.#later.get(key)?.cancel();
    this.#later.delete(key);
  }

  /** Keys due and not begun. */
  get depth(): number {
    return this.#ready.size + this.#again.size;
  }

  /** Keys due at a later time. */
  get delayed(): number {
    return this.#later.size;
  }

  get inFlight(): number {
    return this.#running.size;
  }

  /** How long the longest-waiting key has been due, in seconds; 0 for none. */
  get oldestSeconds(): number {
    const since = this.#ready.values().next().value;
    return since === undefined ? 0 : (this.#clock.now() - since) / 1000;
  }

  /**
   * One key a turn of the event loop. Work that waits for nothing would else be done of all due keys in one turn, be they
   * hundreds: nothing is read or answered meanwhile, no timer runs, and the heap grows, for a collection of garbage ends in a
   * turn of its own, too.
   */
  #fill(): void {
    if (this.#next !== undefined || !this.#mayBegin()) return;
    this.#next = setImmediate(() => {
      this.#next = undefined;
      const next = this.#ready.entries().next().value;
      if (next === undefined || !this.#mayBegin()) return;
      const [key, since] = next;
      this.#ready.delete(key);
      this.#running.set(key, this.#work(key, since));
      this.#fill();
    });
  }

  #mayBegin(): boolean {
    return (
      this.#state === 'working' && this.#ready.size > 0 && this.#running.size < this.#options.concurrency
    );
  }

  async #work(key: string, since: number): Promise<void> {
    const { metrics } = this.#options;
    const started = this.#clock.now();
    metrics?.onStart?.((started - since) / 1000);
    // In a turn of its own, so that `running` holds the key before anything of it happens.
    await Promise.resolve();
    let outcome: WorkOutcome = 'done';
    try {
      const againInMs = await this.#options.work(key, {
        failures: this.#failures.get(key) ?? 0,
        signal: this.#abort.signal,
      });
      this.forget(key);
      if (typeof againInMs === 'number') this.addAfter(key, againInMs);
    } catch (error) {
      outcome = isTerminal(error) ? 'terminal' : isFenced(error) ? 'fenced' : 'failed';
      if (outcome === 'failed') this.addRateLimited(key);
      else this.forget(key);
      this.#report(key, error, outcome);
    }
    metrics?.onDone?.((this.#clock.now() - started) / 1000, outcome);
    this.#running.delete(key);
    const again = this.#again.get(key);
    if (again !== undefined && this.#state !== 'stopped') {
      this.#again.delete(key);
      this.#ready.set(key, again);
      metrics?.onAdd?.();
    }
    this.#fill();
  }

  #report(key: string, error: unknown, outcome: WorkOutcome): void {
    try {
      this.#options.onError?.(key, error, outcome);
    } catch (reporting) {
      this.#logger.error({ key, error: String(reporting) }, 'Reporting a failure failed itself');
    }
  }
}
