/**
 * A cache of one type's objects that stays true: list once, then watch for ever.
 *
 *     const deployments = new ListWatch({
 *       client, type: DEPLOYMENTS, labelSelector: 'app.kubernetes.io/managed-by=leadplatform-operator',
 *       transform: slimManagedFields,
 *       indexes: { owner: (d) => controllerOf(d)?.uid },
 *       logger,
 *     });
 *     deployments.onChange(({ object }) => queue.add(ownerKey(object)));
 *     deployments.start();
 *     await deployments.waitForSync(signal);
 *     deployments.get('leads', 'brain'); deployments.by('owner', uid); deployments.list();
 *     await deployments.stop();
 *
 * Objects in the cache are shared: never change one. No error ends it; only `stop` does.
 */
import { backoffMs } from './backoff.ts';
import type { Clock } from './clock.ts';
import { pause, systemClock, untilAborted } from './clock.ts';
import { KubeError, isGone, isNotFound } from './errors.ts';
import { Delivery } from './handlers.ts';
import type { Change, ChangeHandler } from './handlers.ts';
import type { ListWatchOptions, ListWatchState } from './list-watch-options.ts';
import { LineSplitter } from './lines.ts';
import { silentLogger } from './logger.ts';
import type { Logger } from './logger.ts';
import type { KubeObject, ObjectList, ResourceType } from './resources.ts';
import { PAGE_SIZE, keyOf, pathOf, typed } from './resources.ts';
import { Store } from './store.ts';
import type { WatchEvent } from './watch-event.ts';
import { parseWatchEvent } from './watch-event.ts';

export type { Change, ChangeHandler } from './handlers.ts';

export type { IndexFunction } from './store.ts';
export type { ListWatchOptions, ListWatchState } from './list-watch-options.ts';

const BACKOFF = { baseMs: 500, maxMs: 30_000 };
const IDLE_TIMEOUT_MS = 240_000;
const ABSENT_RETRY_MS = 60_000;
/** The server ends a watch after 5 to 10 minutes; at random, so that not all of them come back at once. */
const WATCH_SECONDS = { least: 300, most: 600 };
/** A watch that lived this long was a success, though nothing may have happened in it. */
const LIVED_MS = 5_000;
/** An error that stays this many times may be the resource version's: list anew. */
const RELIST_AFTER = 3;
/** A server that just came up may not serve a CRD's path yet; that is no reason to forget the objects. */
const ABSENT_AFTER = 3;
const STILL_FAILING_MS = 300_000;

export class ListWatch<T extends KubeObject> {
  readonly type: ResourceType<T>;
  readonly #options: ListWatchOptions<T>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #store: Store<T>;
  readonly #deliveries = new Set<Delivery<T>>();
  readonly #stop = new AbortController();
  readonly #synced = Promise.withResolvers<void>();
  readonly #served = Promise.withResolvers<void>();
  #running: Promise<void> | undefined;
  #hasSynced = false;
  #isServed: boolean | undefined;
  #state: ListWatchState = 'listing';
  #resourceVersion: string | undefined;
  #listedAt = 0;
  #failures = 0;
  #warnedAt = -Infinity;

  /** When the server last said anything, in ms since the epoch; 0 before it did. */
  lastEventAt = 0;
  /** What ended the last list or watch that did not end well. */
  lastError: Error | undefined;
  /** How often it listed, and how often it opened a watch; for metrics and tests. */
  lists = 0;
  watches = 0;

  constructor(options: ListWatchOptions<T>) {
    this.type = options.type;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
    this.#store = new Store(options.indexes);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Ends it, silently. The cache keeps what it has. */
  async stop(): Promise<void> {
    this.#state = 'stopped';
    this.#stop.abort();
    for (const delivery of this.#deliveries) delivery.stop();
    await this.#running;
  }

  get state(): ListWatchState {
    return this.#state;
  }

  /** How often in a row it has failed; 0 while all is well. */
  get failures(): number {
    return this.#failures;
  }

  /** The cache is complete, or the type is known not to exist. Stays true when the connection is lost later. */
  hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** Resolves when `hasSynced()`; rejects with the reason of `signal`. */
  waitForSync(signal?: AbortSignal): Promise<void> {
    return untilAborted(this.#synced.promise, signal);
  }

  /** Whether the server knows the type, as far as a list has told. */
  isServed(): boolean {
    return this.#isServed === true;
  }

  /** Resolves when a list went through; rejects with the reason of `signal`. */
  waitUntilServed(signal?: AbortSignal): Promise<void> {
    return untilAborted(this.#served.promise, signal);
  }

  /**
   * Tells `handler` of every change from now on, and of every object that is there already as `added`. It runs in the
   * middle of reading: be quick, enqueue a key. One that throws is told again. Returns what ends it.
   */
  onChange(handler: ChangeHandler<T>): () => void {
    const delivery = new Delivery<T>(handler, this.#clock, this.#logger);
    this.#deliveries.add(delivery);
    for (const object of this.#store.values()) delivery.deliver({ type: 'added', object });
    return () => {
      this.#deliveries.delete(delivery);
      delivery.stop();
    };
  }

  get size(): number {
    return this.#store.size;
  }

  get(namespace: string | undefined, name: string): T | undefined {
    return this.#store.get(namespace === undefined ? name : `${namespace}/${name}`);
  }

  /** By `namespace/name`, as `keyOf` makes it. */
  getByKey(key: string): T | undefined {
    return this.#store.get(key);
  }

  list(namespace?: string): T[] {
    const all = [...this.#store.values()];
    return namespace === undefined ? all : all.filter((object) => object.metadata.namespace === namespace);
  }

  /** The objects that the index `index` files under `value`. */
  by(index: string, value: string): T[] {
    return this.#store.by(index, value);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      let waitMs = 0;
      try {
        if (this.#resourceVersion === undefined || this.#relistDue()) await this.#list();
        const started = this.#clock.now();
        await this.#watch();
        if (this.#clock.now() - started < LIVED_MS)
          waitMs = backoffMs(BACKOFF, this.#failures++, this.#options.random);
        else this.#failures = 0;
      } catch (error) {
        if (signal.aborted) break;
        waitMs = this.#failed(error);
      }
      await pause(this.#clock, waitMs, signal);
    }
  }

  #relistDue(): boolean {
    const every = this.#options.relistMs;
    return every !== undefined && this.#clock.now() - this.#listedAt >= every;
  }

  async #list(): Promise<void> {
    const { client, namespace, labelSelector, fieldSelector } = this.#options;
    const { signal } = this.#stop;
    const gone = new Set(this.#store.keys());
    let from: string | undefined;
    do {
      const page: ObjectList<T> = await client.request<ObjectList<T>>({
        method: 'GET',
        path: pathOf(this.type, namespace),
        query: { limit: PAGE_SIZE, continue: from, labelSelector, fieldSelector },
        // The loop around this is the more patient one.
        retries: 0,
        signal,
      });
      signal.throwIfAborted();
      for (const item of page.items) {
        gone.delete(keyOf(item));
        this.#put(item);
      }
      from = page.metadata.continue === '' ? undefined : page.metadata.continue;
      this.#resourceVersion = from === undefined ? page.metadata.resourceVersion : undefined;
    } while (from !== undefined);
    for (const key of gone) this.#remove(key);
    this.lists++;
    this.#listedAt = this.#clock.now();
    this.lastEventAt = Date.now();
    this.#tellServed(true);
    this.#served.resolve();
    this.#complete();
  }

  async #watch(): Promise<void> {
    const { client, namespace, labelSelector, fieldSelector } = this.#options;
    const random = (this.#options.random ?? Math.random)();
    const lines = new LineSplitter((line) => this.#onEvent(parseWatchEvent<T>(line)));
    this.watches++;
    await client.stream({
      path: pathOf(this.type, namespace),
      query: {
        watch: true,
        allowWatchBookmarks: true,
        resourceVersion: this.#resourceVersion,
        timeoutSeconds: Math.round(WATCH_SECONDS.least + (WATCH_SECONDS.most - WATCH_SECONDS.least) * random),
        labelSelector,
        fieldSelector,
      },
      signal: this.#stop.signal,
      idleTimeoutMs: this.#options.idleTimeoutMs ?? IDLE_TIMEOUT_MS,
      onOpen: this.#onOpen,
      onData: (chunk) => lines.push(chunk),
    });
  }

  #onEvent(event: WatchEvent<T>): void {
    if (this.#stop.signal.aborted) return;
    this.lastEventAt = Date.now();
    this.#failures = 0;
    if (event.type === 'DELETED') this.#remove(keyOf(event.object), event.object);
    else if (event.type !== 'BOOKMARK') this.#put(event.object);
    // Last, so that an event that could not be taken in is asked for again.
    this.#resourceVersion = event.object.metadata.resourceVersion;
  }

  #put(raw: T): void {
    typed(this.type, raw);
    const version = raw.metadata.resourceVersion;
    if (this.#store.get(keyOf(raw))?.metadata.resourceVersion === version) return;
    const object = this.#options.transform?.(raw) ?? raw;
    const old = this.#store.set(object);
    this.#tell(old === undefined ? { type: 'added', object } : { type: 'modified', object, old });
  }

  #remove(key: string, last?: T): void {
    const old = this.#store.delete(key);
    if (old !== undefined)
      this.#tell({ type: 'deleted', object: last ? (this.#options.transform?.(last) ?? last) : old });
  }

  #tell(change: Change<T>): void {
    for (const delivery of this.#deliveries) delivery.deliver(change);
  }

  /** Returns how long to wait. */
  #failed(error: unknown): number {
    const wait = backoffMs(BACKOFF, this.#failures++, this.#options.random);
    this.lastError = error instanceof Error ? error : new Error(String(error));
    if (isGone(error)) {
      this.#resourceVersion = undefined;
      return this.#failures === 1 ? 0 : wait;
    }
    if (isNotFound(error)) {
      this.#resourceVersion = undefined;
      if (!this.#hasSynced || this.#state === 'absent' || this.#failures >= ABSENT_AFTER)
        return this.#absent();
    }
    if (this.#failures >= RELIST_AFTER) this.#resourceVersion = undefined;
    this.#state = this.#hasSynced ? 'retrying' : 'listing';
    this.#warn();
    return Math.max(wait, error instanceof KubeError ? (error.retryAfterMs ?? 0) : 0);
  }

  /** One failure is an everyday event; of a row of them, one line in five minutes. */
  #warn(): void {
    const now = this.#clock.now();
    if (this.#failures < 2 || now - this.#warnedAt < STILL_FAILING_MS) return;
    this.#warnedAt = now;
    this.#logger.warn(
      { type: this.type.plural, error: this.lastError?.message, failures: this.#failures },
      'Trying again to list and watch: the cache may be old',
    );
  }

  #absent(): number {
    for (const key of [...this.#store.keys()]) this.#remove(key);
    this.#failures = 0;
    if (this.#state !== 'absent' && this.#options.onServed === undefined) {
      this.#logger.info(
        { type: this.type.plural },
        'Looking again now and then for a type that is not installed',
      );
    }
    this.#state = 'absent';
    this.#tellServed(false);
    this.#complete();
    return (
      (this.#options.absentRetryMs ?? ABSENT_RETRY_MS) * (0.9 + 0.2 * (this.#options.random ?? Math.random)())
    );
  }

  #tellServed(isServed: boolean): void {
    if (this.#isServed === isServed) return;
    this.#isServed = isServed;
    this.#options.onServed?.(isServed);
  }

  #complete(): void {
    this.#hasSynced = true;
    this.#synced.resolve();
  }

  readonly #onOpen = (): void => {
    if (!this.#stop.signal.aborted) this.#state = 'watching';
  };
}
