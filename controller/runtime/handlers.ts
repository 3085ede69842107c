import { backoffMs } from './backoff.ts';
import type { Clock } from './clock.ts';
import type { Logger } from './logger.ts';
import type { KubeObject } from './resources.ts';
import { keyOf } from './resources.ts';

export interface Change<T extends KubeObject> {
  readonly type: 'added' | 'modified' | 'deleted';
  /** As it is now; for `deleted`, as it was last seen. */
  readonly object: T;
  /** As it was before, for `modified`. */
  readonly old?: T | undefined;
}

export type ChangeHandler<T extends KubeObject> = (change: Change<T>) => void;

const RETRY = { baseMs: 1_000, maxMs: 60_000 };

/**
 * Tells a handler of changes. One that throws is told again, with growing waits, of the latest change of that object:
 * what it is told is at least once, and never lost.
 */
export class Delivery<T extends KubeObject> {
  readonly #handler: ChangeHandler<T>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #owed = new Map<string, Change<T>>();
  #attempt = 0;
  #cancel: (() => void) | undefined;

  constructor(handler: ChangeHandler<T>, clock: Clock, logger: Logger) {
    this.#handler = handler;
    this.#clock = clock;
    this.#logger = logger;
  }

  deliver(change: Change<T>): void {
    const key = keyOf(change.object);
    try {
      this.#handler(change);
      this.#owed.delete(key);
    } catch (error) {
      // One line for a row of failures, however many objects it is about.
      const first = this.#owed.size === 0 && this.#attempt === 0;
      this.#owed.set(key, change);
      this.#cancel ??= this.#later();
      if (first)
        this.#logger.error({ key, error: String(error) }, 'Telling a watch handler again later: it threw');
    }
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#owed.clear();
  }

  #later(): () => void {
    return this.#clock.after(backoffMs(RETRY, this.#attempt++), () => {
      this.#cancel = undefined;
      for (const change of [...this.#owed.values()]) this.deliver(change);
      if (this.#owed.size === 0) this.#attempt = 0;
    });
  }
}
