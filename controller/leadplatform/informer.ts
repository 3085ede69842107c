/** One type of object, watched in all namespaces or in some, with the operator's own writes in front. */
import type { KubeClient } from '../runtime/client.ts';
import type { Change, IndexFunction } from '../runtime/list-watch.ts';
import { ListWatch } from '../runtime/list-watch.ts';
import type { Logger } from '../runtime/logger.ts';
import type { KubeObject, ResourceType } from '../runtime/resources.ts';
import { keyOf } from '../runtime/resources.ts';
import { Expectations } from './expectations.ts';

export interface InformerOptions<T extends KubeObject> {
  readonly client: KubeClient;
  readonly type: ResourceType<T>;
  /** Left out: all. */
  readonly namespaces?: readonly string[] | undefined;
  readonly labelSelector?: string;
  readonly transform?: (object: T) => T;
  readonly index?: IndexFunction<T>;
  /** As of a `ListWatch`; with several namespaces each of them tells. */
  readonly onServed?: (isServed: boolean) => void;
  readonly absentRetryMs?: number;
  readonly logger: Logger;
}

export class Informer<T extends KubeObject> {
  readonly type: ResourceType<T>;
  readonly #watches: readonly ListWatch<T>[];
  readonly #own = new Expectations<T>();
  readonly #index: IndexFunction<T> | undefined;

  constructor(options: InformerOptions<T>) {
    const { client, type, namespaces, labelSelector, transform, index, onServed, absentRetryMs, logger } =
      options;
    this.type = type;
    this.#index = index;
    this.#watches = (namespaces ?? [undefined]).map(
      (namespace) =>
        new ListWatch<T>({
          client,
          type,
          namespace,
          labelSelector,
          ...(transform && { transform }),
          ...(index && { indexes: { group: index } }),
          ...(onServed && { onServed }),
          ...(absentRetryMs !== undefined && { absentRetryMs }),
          logger,
        }),
    );
    // Before anybody else is told: a key that is looked at again now must not find what was written of the dead.
    this.onChange(({ type: change, object }) => {
      if (change === 'deleted') this.#own.isGone(keyOf(object), object.metadata.uid);
      else this.#own.isSeen(keyOf(object), object);
    });
  }

  start(): void {
    for (const watch of this.#watches) watch.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#watches.map((watch) => watch.stop()));
  }

  async waitForSync(signal?: AbortSignal): Promise<void> {
    await Promise.all(this.#watches.map((watch) => watch.waitForSync(signal)));
  }

  /** Resolves when a list of it went through in every namespace. */
  async waitUntilServed(signal?: AbortSignal): Promise<void> {
    await Promise.all(this.#watches.map((watch) => watch.waitUntilServed(signal)));
  }

  onChange(handler: (change: Change<T>) => void): void {
    for (const watch of this.#watches) watch.onChange(handler);
  }

  hasSynced(): boolean {
    return this.#watches.every((watch) => watch.hasSynced());
  }

  /** Whether the cluster knows the type: a list of it went through, and it was not taken away since. */
  isServed(): boolean {
    return this.#watches.some((watch) => watch.isServed());
  }

  /** When the server last said anything about this type, in ms since the epoch: the oldest over the namespaces. */
  get lastEventAt(): number {
    return Math.min(...this.#watches.map(({ lastEventAt }) => lastEventAt));
  }

  get(key: string): T | undefined {
    return this.#own.newest(key, this.#cached(key), Date.now());
  }

  list(): T[] {
    return this.#watches.flatMap((watch) => watch.list());
  }

  /**
   * The objects of one group, by the index, in the order of their names: what came first by chance would stand first in
   * sentences, and the same objects would read like news.
   */
  group(value: string): T[] {
    const now = Date.now();
    const found: T[] = [];
    const seen = new Set<string>();
    for (const watch of this.#watches) {
      for (const cached of watch.by('group', value)) {
        const key = keyOf(cached);
        seen.add(key);
        const newest = this.#own.newest(key, cached, now);
        if (newest !== undefined) found.push(newest);
      }
    }
    for (const key of this.#own.keys()) {
      if (seen.has(key)) continue;
      const own = this.#own.newest(key, this.#cached(key), now);
      if (own !== undefined && this.#index?.(own) === value) found.push(own);
    }
    return found.toSorted((a, b) => compareText(keyOf(a), keyOf(b)));
  }

  wrote(object: T): void {
    const key = keyOf(object);
    this.#own.wrote(key, object, Date.now());
    // The watch may have told of it before it was answered.
    const cached = this.#cached(key);
    if (cached !== undefined) this.#own.isSeen(key, cached);
  }

  deleted(key: string, uid: string): void {
    this.#own.deleted(key, uid, Date.now());
  }

  #cached(key: string): T | undefined {
    for (const watch of this.#watches) {
      const object = watch.getByKey(key);
      if (object !== undefined) return object;
    }
    return undefined;
  }
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
