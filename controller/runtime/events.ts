/**
 * Kubernetes Events, as `kubectl describe` shows them.
 *
 *     const events = new EventRecorder({ resources, component: 'leadplatform-operator', logger });
 *     events.record({ about: resource, type: 'Normal', reason: 'TierChanged', message: 'From cached to separated: …' });
 *
 * `record` never blocks and never throws. What is said again (same object, same reason, same key) is counted, and
 * written at most every six minutes. An object that talks too much is cut short; a server that takes no events costs
 * one line in the log. Events are core/v1: every version of kubectl, and whatever else shows events, reads their
 * counts and times.
 */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Clock } from './clock.ts';
import { systemClock } from './clock.ts';
import { isFenced, isNamespaceTerminating, isNotFound } from './errors.ts';
import { silentLogger } from './logger.ts';
import type { Logger } from './logger.ts';
import type { KubeObject, Resources } from './resources.ts';
import { identityOf, resourceType } from './resources.ts';
import { TokenBuckets } from './token-bucket.ts';

export interface EventInput {
  /** Needs apiVersion, kind, name and uid. */
  readonly about: KubeObject;
  readonly type: 'Normal' | 'Warning';
  /** One of a fixed set, in CamelCase. */
  readonly reason: string;
  /** For people. At most 1,024 characters are kept. */
  readonly message: string;
  /** What makes it the same event as an earlier one. Default: the message. */
  readonly key?: string;
}

export interface EventRecorderOptions {
  /** Of the leader, fenced: a deposed leader tells no stories either. */
  readonly resources: Resources;
  /** Who speaks; shown under `From`. */
  readonly component: string;
  readonly logger?: Logger;
  readonly clock?: Clock;
  /** Milliseconds since the epoch. */
  readonly wallClock?: () => number;
  /** How often at most a repeated event is written. Default 6 min. */
  readonly repeatMs?: number;
  /** Events an object may cause at once. Default 25. */
  readonly burst?: number;
  /** In how long an object regains one. Default 1 min. */
  readonly refillMs?: number;
}

interface CoreEvent extends KubeObject {
  involvedObject: object;
  type: string;
  reason: string;
  message: string;
  count: number;
  firstTimestamp: string;
  lastTimestamp: string;
  source: { component: string; host: string };
  reportingComponent: string;
  reportingInstance: string;
}

const EVENTS = resourceType<CoreEvent>({ group: '', version: 'v1', plural: 'events', kind: 'Event' });

/** One event on the server and how often it has been said. */
interface Series {
  input: EventInput;
  name: string | undefined;
  count: number;
  readonly firstAt: number;
  lastAt: number;
  writtenAt: number;
  /** Ends a write that is planned. */
  cancel: (() => void) | undefined;
  /** A write is under way; `again`: and another is due after it. */
  writing: 'no' | 'yes' | 'again';
}

const REPEAT_MS = 360_000;
/** The API server forgets events after an hour; so does this. */
const FORGET_MS = 3_600_000;
const MOST_SERIES = 4_096;
const MOST_WAITING = 1_000;
const CONCURRENCY = 2;
const LONGEST_MESSAGE = 1_024;
/** A name has 253 characters, and 17 follow the object's. */
const LONGEST_NAME = 236;

export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #clock: Clock;
  readonly #wallClock: () => number;
  readonly #logger: Logger;
  /** In the order in which they were last said. */
  readonly #series = new Map<string, Series>();
  readonly #budget: TokenBuckets;
  readonly #waiting = new Set<Series>();
  #writing = 0;
  #failing = false;
  #stopped = false;
  #idle: (() => void)[] = [];

  /** Events that were not written because an object had used up its budget, or too many waited. */
  dropped = 0;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#wallClock = options.wallClock ?? Date.now;
    this.#logger = options.logger ?? silentLogger;
    this.#budget = new TokenBuckets(options.burst ?? 25, options.refillMs ?? 60_000, MOST_SERIES);
  }

  record(input: EventInput): void {
    if (this.#stopped) return;
    const uid = input.about.metadata.uid ?? '';
    const key = `${uid}\0${input.reason}\0${input.key ?? input.message}`;
    const now = this.#wallClock();
    const known = this.#series.get(key);
    if (known !== undefined && now - known.lastAt < FORGET_MS) {
      this.#series.delete(key);
      this.#series.set(key, known);
      this.#repeat(known, input, now);
      return;
    }
    if (!this.#budget.take(uid, this.#clock.now())) {
      this.dropped++;
      return;
    }
    known?.cancel?.();
    const series: Series = {
      input: named(input),
      name: undefined,
      count: 1,
      firstAt: now,
      lastAt: now,
      writtenAt: now,
      cancel: undefined,
      writing: 'no',
    };
    this.#series.set(key, series);
    this.#shrink(now);
    this.#enqueue(series);
  }

  /** Resolves when nothing waits to be written any more. Repeats that are not due yet do not count. */
  flush(): Promise<void> {
    if (this.#waiting.size === 0 && this.#writing === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Takes no more; what waits is dropped. */
  stop(): void {
    this.#stopped = true;
    this.#waiting.clear();
    for (const series of this.#series.values()) series.cancel?.();
    this.#series.clear();
  }

  #repeat(series: Series, input: EventInput, now: number): void {
    series.input = named(input);
    series.count++;
    series.lastAt = now;
    if (series.cancel !== undefined || this.#waiting.has(series)) return;
    const dueMs = series.writtenAt + (this.#options.repeatMs ?? REPEAT_MS) - now;
    series.cancel = this.#clock.after(Math.max(0, dueMs), () => {
      series.cancel = undefined;
      this.#enqueue(series);
    });
  }

  /** Forgets what was not said for an hour, and the oldest where there are too many. */
  #shrink(now: number): void {
    for (const [key, series] of this.#series) {
      if (now - series.lastAt < FORGET_MS && this.#series.size <= MOST_SERIES) return;
      series.cancel?.();
      this.#series.delete(key);
    }
  }

  #enqueue(series: Series): void {
    if (this.#stopped) return;
    if (series.writing !== 'no') {
      series.writing = 'again';
      return;
    }
    if (this.#waiting.size >= MOST_WAITING) {
      this.dropped++;
      return;
    }
    this.#waiting.add(series);
    if (this.#writing < CONCURRENCY) void this.#write();
  }

  async #write(): Promise<void> {
    this.#writing++;
    for (const series of this.#waiting) {
      this.#waiting.delete(series);
      series.writing = 'yes';
      series.writtenAt = this.#wallClock();
      try {
        await this.#put(series);
        this.#failing = false;
      } catch (error) {
        this.#onFailure(error);
      }
      // The compiler still believes what was true before the await.
      // oxlint-disable-next-line typescript/no-unnecessary-type-assertion
      const { writing } = series as Series;
      series.writing = 'no';
      // Goes to the end of what this very loop walks.
      if (writing === 'again') this.#enqueue(series);
    }
    this.#writing--;
    if (this.#writing === 0 && this.#waiting.size === 0)
      for (const resolve of this.#idle.splice(0)) resolve();
  }

  #onFailure(error: unknown): void {
    // The namespace, and with it whoever would have read it, is on its way out; or we no longer speak for anybody.
    if (isFenced(error) || isNamespaceTerminating(error) || isNotFound(error)) return;
    if (!this.#failing)
      this.#logger.warn({ error: String(error) }, 'Dropping events: the API server took none');
    this.#failing = true;
  }

  async #put(series: Series): Promise<void> {
    const { resources, component } = this.#options;
    const options = { fieldManager: component };
    const namespace = series.input.about.metadata.namespace ?? 'default';
    const lastTimestamp = timestamp(series.lastAt);
    if (series.name !== undefined) {
      const patch = { count: series.count, lastTimestamp, message: messageOf(series.input) };
      try {
        await resources.mergePatch(EVENTS, { namespace, name: series.name }, patch, options);
        return;
      } catch (error) {
        if (!isNotFound(error)) throw error;
        // The server has forgotten it: say it anew.
      }
    }
    const { about, type, reason } = series.input;
    const { name, uid, resourceVersion } = about.metadata;
    const { apiVersion, kind } = about;
    const created = await resources.create(
      EVENTS,
      {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { namespace, name: `${name.slice(0, LONGEST_NAME)}.${randomBytes(8).toString('hex')}` },
        involvedObject: { apiVersion, kind, name, uid, resourceVersion, namespace: about.metadata.namespace },
        type,
        reason,
        message: messageOf(series.input),
        count: series.count,
        firstTimestamp: timestamp(series.firstAt),
        lastTimestamp,
        source: { component, host: hostname() },
        reportingComponent: component,
        reportingInstance: hostname(),
      },
      options,
    );
    series.name = created.metadata.name;
  }
}

/** What an event says of its object. It is kept for an hour, for each of thousands of events, so nothing else is. */
function named({ about: { apiVersion, kind, metadata }, ...input }: EventInput): EventInput {
  return { ...input, about: { apiVersion, kind, metadata: identityOf(metadata) } };
}

/** The API's Time has whole seconds. */
const timestamp = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

const messageOf = ({ message }: EventInput): string =>
  message.length <= LONGEST_MESSAGE ? message : `${message.slice(0, LONGEST_MESSAGE - 1)}…`;
