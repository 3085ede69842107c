/**
 * Polls every source of every platform at its interval, and keeps what was read last. One timer for all of them, a bounded
 * number of polls at once, and a smaller number of those by sources that failed: a platform whose servers hang never
 * holds up another.
 */
import { unknown } from '../model/reading.ts';
import type { Instant, Unknown } from '../model/reading.ts';
import type { Readings } from '../model/readings.ts';
import { ReadingStore } from './reading-store.ts';
import { DueQueue } from './due-queue.ts';
import { everySignal } from './observe.ts';
import { easedInterval, failureIn, nextPollDelay } from './poll-delay.ts';
import { systemClock, type Clock } from './clock.ts';
import { PollCounter, type PollerStats } from './poller-stats.ts';
import type { Observation, Source } from './port.ts';

/** The sources of one platform, and how long what they read holds. */
export interface Watched {
  readonly sources: readonly Source[];
  /** `spec.signals.staleAfter`, in milliseconds: a value holds this long beyond the interval of its source. */
  readonly staleAfter: number;
  /** Every queue of the platform, so that one without a source is unknown rather than missing. */
  readonly queues: readonly string[];
}

export interface PollerOptions {
  /** Something material changed in the readings of a platform. Must not throw. */
  readonly onChange: (platform: string) => void;
  readonly clock?: Clock;
  /** The time of day, in milliseconds since the epoch: readings carry it. */
  readonly wallClock?: () => Instant;
  readonly random?: () => number;
  /** Polls at once. */
  readonly concurrency?: number;
  /** Of these, polls by sources whose last poll failed. */
  readonly failingConcurrency?: number;
}

/** Sources end by themselves after some seconds; one that does not is given up, so that it keeps no place. */
const POLL_TIMEOUT_MS = 40_000;
const TICK_MS = 20;

interface Platform {
  readonly key: string;
  readonly store: ReadingStore;
  readonly runs: readonly Run[];
  /** Ends the polls of all of its sources. One for all: each is a kilobyte, and of sources there are thousands. */
  readonly abort: AbortController;
}

/** One source as it is polled. */
interface Run {
  readonly platform: Platform;
  readonly source: Source;
  polls: number;
  failures: number;
}

type Due = { readonly run: Run; readonly what: 'poll' | 'review' };

export class Poller {
  readonly #onChange: (platform: string) => void;
  readonly #clock: Clock;
  readonly #wallClock: () => Instant;
  readonly #random: () => number;
  readonly #limits: { readonly all: number; readonly failing: number };
  readonly #platforms = new Map<string, Platform>();
  readonly #due = new DueQueue<Due>();
  /** Due and waiting for a place: sources that are well, and sources that failed. */
  readonly #waiting: { readonly well: Run[]; readonly failing: Run[] } = { well: [], failing: [] };
  readonly #counter = new PollCounter();
  readonly #inFlight = new Set<Promise<void>>();
  #failingInFlight = 0;
  #timer: { readonly at: number; readonly cancel: () => void } | undefined;
  #stopped = false;
  #easesOff = false;

  constructor(options: PollerOptions) {
    const { onChange, clock = systemClock, wallClock = Date.now, random = Math.random } = options;
    this.#onChange = onChange;
    this.#clock = clock;
    this.#wallClock = wallClock;
    this.#random = random;
    this.#limits = { all: options.concurrency ?? 256, failing: options.failingConcurrency ?? 64 };
  }

  /**
   * Starts to poll, the first time at once. Closes the sources that it replaces; what they read stays while it is fresh.
   * Give it new sources only when `sourcesFingerprint` differs: what a running source has learnt goes with it.
   */
  set(key: string, { sources, staleAfter, queues }: Watched): void {
    if (this.#stopped) return;
    const before = this.#platforms.get(key);
    const runs: Run[] = [];
    const platform: Platform = {
      key,
      runs,
      abort: new AbortController(),
      store: new ReadingStore(sources, queues, staleAfter, before?.store),
    };
    for (const source of sources) {
      runs.push({ platform, source, polls: 0, failures: 0 });
    }
    if (before !== undefined) end(before);
    this.#platforms.set(key, platform);
    for (const run of runs) this.#due.add(this.#clock.now(), { run, what: 'poll' });
    this.#arm();
  }

  remove(key: string): void {
    const platform = this.#platforms.get(key);
    if (platform === undefined) return;
    this.#platforms.delete(key);
    if (!this.#stopped) end(platform);
  }

  /** While it eases off, what has been read once is read again later than it asks for. */
  easeOff(easesOff: boolean): void {
    this.#easesOff = easesOff;
  }

  /** Complete: what has no source, or no answer yet, is unknown with that reason. */
  readings(key: string): Readings {
    const store = this.#platforms.get(key)?.store ?? new ReadingStore([], [], 0);
    return store.readings(this.#wallClock());
  }

  /** What fails now, by signal (`leadsPerDay`, `queueDepth.<name>`), also where the last value still holds. */
  troubles(key: string): Readonly<Record<string, Unknown>> {
    return this.#platforms.get(key)?.store.troubles() ?? {};
  }

  /** More sources that are well are due than are read at once. */
  isBehind(): boolean {
    return this.#waiting.well.length > 0;
  }

  stats(): PollerStats {
    let sources = 0;
    for (const { runs } of this.#platforms.values()) sources += runs.length;
    return {
      platforms: this.#platforms.size,
      sources,
      inFlight: this.#inFlight.size,
      waiting: this.#waiting.well.length + this.#waiting.failing.length,
      bySource: this.#counter.bySource(),
    };
  }

  /**
   * Ends every poll, and waits for those under way. What was read stays, and grows old: to a caller that asks meanwhile a
   * signal is not one that was never configured.
   */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    for (const platform of this.#platforms.values()) end(platform);
    await Promise.all(this.#inFlight);
  }

  #arm(): void {
    const at = this.#due.earliest;
    if (this.#stopped || at === undefined || (this.#timer !== undefined && this.#timer.at <= at)) return;
    this.#timer?.cancel();
    // What is due within a tick is asked together: on one connection that is one packet instead of many.
    const tick = Math.ceil(at / TICK_MS) * TICK_MS;
    const cancel = this.#clock.after(Math.max(0, tick - this.#clock.now()), () => {
      this.#timer = undefined;
      this.#runDue();
    });
    this.#timer = { at, cancel };
  }

  #runDue(): void {
    const elapsed = this.#clock.now();
    for (let due = this.#due.takeDue(elapsed); due !== undefined; due = this.#due.takeDue(elapsed)) {
      const { run, what } = due;
      if (run.platform.abort.signal.aborted) continue;
      if (what === 'poll') this.#waiting[run.failures > 0 ? 'failing' : 'well'].push(run);
      else if (run.platform.store.review(run.source, this.#wallClock())) this.#onChange(run.platform.key);
    }
    this.#fill();
    this.#arm();
  }

  #fill(): void {
    const { well, failing } = this.#waiting;
    while (this.#inFlight.size < this.#limits.all) {
      const run =
        well.shift() ?? (this.#failingInFlight < this.#limits.failing ? failing.shift() : undefined);
      if (run === undefined) return;
      if (run.platform.abort.signal.aborted) continue;
      const poll = this.#poll(run).finally(() => {
        this.#inFlight.delete(poll);
        this.#fill();
      });
      this.#inFlight.add(poll);
    }
  }

  async #poll(run: Run): Promise<void> {
    const started = this.#clock.now();
    const isFailing = run.failures > 0;
    if (isFailing) this.#failingInFlight += 1;
    const observation = await this.#observe(run);
    if (isFailing) this.#failingInFlight -= 1;
    // Removed or replaced meanwhile: the answer is not wanted any more.
    if (run.platform.abort.signal.aborted) return;

    const { source, platform } = run;
    const now = this.#wallClock();
    const reason = failureIn(observation);
    this.#counter.count(source.name, reason, now);
    run.failures = reason === undefined ? 0 : run.failures + 1;
    const interval = this.#easesOff ? easedInterval(source.interval) : source.interval;
    const delay = nextPollDelay({ interval, failures: run.failures, reason }, this.#random);
    // The first polls come all at once, the second ones spread over half an interval.
    const spread = run.polls === 0 && reason === undefined ? 1 - 0.5 * this.#random() : 1;
    run.polls += 1;
    const isNews = platform.store.receive(source, observation, now);
    this.#due.add(Math.max(this.#clock.now(), started + delay * spread), { run, what: 'poll' });
    if (reason !== undefined) this.#reviewWhenStale(run);
    this.#arm();
    if (isNews) this.#onChange(platform.key);
  }

  /** A value that no poll replaces turns unknown by itself, and the platform is to be decided on then. */
  #reviewWhenStale(run: Run): void {
    const staleAt = run.platform.store.staleAt(run.source);
    const now = this.#wallClock();
    if (staleAt === undefined || staleAt < now || run.failures > 1) return;
    this.#due.add(this.#clock.now() + (staleAt - now) + 1, { run, what: 'review' });
  }

  /** What the source finds; a failure when it breaks its promise not to throw, or to end. */
  async #observe({ source, platform: { abort } }: Run): Promise<Observation> {
    let forget = () => {};
    const givenUp = new Promise<Observation>((resolve) => {
      const giveUp = () =>
        resolve(everySignal(source, unknown('SourceTimeout', 'the source did not answer in time')));
      const cancel = this.#clock.after(POLL_TIMEOUT_MS, giveUp);
      abort.signal.addEventListener('abort', giveUp);
      forget = () => {
        cancel();
        abort.signal.removeEventListener('abort', giveUp);
      };
    });
    const found = source
      .poll(this.#wallClock(), abort.signal)
      .catch(() =>
        everySignal(source, unknown('SourceUnreachable', 'the source failed in an unforeseen way')),
      );
    try {
      return await Promise.race([found, givenUp]);
    } finally {
      forget();
    }
  }
}

function end({ runs, abort }: Platform): void {
  abort.abort();
  for (const { source } of runs) source.close?.();
}
