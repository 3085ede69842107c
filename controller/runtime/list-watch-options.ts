import type { KubeClient } from './client.ts';
import type { Clock } from './clock.ts';
import type { Logger } from './logger.ts';
import type { KubeObject, ResourceType } from './objects.ts';
import type { IndexFunction } from './store.ts';

export interface ListWatchOptions<T extends KubeObject> {
  readonly client: KubeClient;
  readonly type: ResourceType<T>;
  /** Left out: all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** What is kept of an object: may change it in place, or return another. Applied before anybody sees it. */
  readonly transform?: (object: T) => T;
  readonly indexes?: Readonly<Record<string, IndexFunction<T>>>;
  readonly logger?: Logger;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** A watch without a byte for this long is dead; the API server sends a bookmark every minute or two. Default 4 min. */
  readonly idleTimeoutMs?: number;
  /** How often to look for a type that is not installed. Default 60 s. */
  readonly absentRetryMs?: number;
  /**
   * Told when the server turns out to know the type, or not to: at first and at each change. In place of the log line that
   * says so of a type that may well not be installed.
   */
  readonly onServed?: (isServed: boolean) => void;
  /** List anew this often, though nothing went wrong. Default never: the watch is complete. */
  readonly relistMs?: number;
}

/**
 * - `listing`: no watch is open yet.
 * - `watching`: as good as it gets.
 * - `retrying`: the cache is as it was, and may be old; `lastError` says why.
 * - `absent`: the server does not know the type (its CRD is not installed), so there are no objects of it.
 */
export type ListWatchState = 'listing' | 'watching' | 'retrying' | 'absent' | 'stopped';
