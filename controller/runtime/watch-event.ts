import { KubeError } from './errors.ts';
import type { KubeObject } from './objects.ts';

export interface WatchEvent<T extends KubeObject> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: T;
}

/**
 * One line of a watch. An `ERROR` event, which carries a Status, is thrown as the `KubeError` that the same answer to a
 * request would have been: a 410 comes here more often than as an answer.
 */
export function parseWatchEvent<T extends KubeObject>(line: string): WatchEvent<T> {
  const event = JSON.parse(line) as WatchEvent<T> | { readonly type: 'ERROR'; readonly object: unknown };
  if (event.type !== 'ERROR') return event;
  const { code, reason, message } = (event.object ?? {}) as {
    code?: number;
    reason?: string;
    message?: string;
  };
  throw new KubeError({
    status: code ?? 500,
    reason: reason ?? 'Unknown',
    message: `The watch ended: ${message ?? 'the server gave no reason'}`,
  });
}
