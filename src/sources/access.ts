/** The way of one platform to one of its stores: its Secret, read again now and then, and a share of the right pool. */
import type { PostgresStore, RabbitmqStore, RedisStore } from '../api/schema/stores.ts';
import { readCredential, type Credential } from './credentials.ts';
import type { SourceDeps } from './deps.ts';
import { SourceFailure } from './failure.ts';
import type { Lease } from './pools.ts';
import type { ReadSecret } from './port.ts';

/** How long a Secret that was read is good for; a credential that is refused is read again at once. */
const SECRET_MAX_AGE_MS = 60_000;
const SECRET_TIMEOUT_MS = 10_000;

interface AccessOptions<T> {
  /** Where a spec names the store, like `spec.stores.postgres`. */
  readonly field: string;
  readonly store: Pick<PostgresStore | RedisStore | RabbitmqStore, 'secretRef' | 'tls'> &
    Pick<Partial<RedisStore>, 'sentinel'>;
  readonly readSecret: ReadSecret;
  readonly acquire: (credential: Credential) => Lease<T>;
  /** Milliseconds that never go back. */
  readonly elapsed: () => number;
}

/**
 * @param field Where a spec names the store, for the sentences about it.
 * @param acquire A share of the pool of this credential.
 */
export function accessTo<T>(
  field: string,
  store: AccessOptions<T>['store'],
  { readSecret, pools: { elapsed } }: SourceDeps,
  acquire: (credential: Credential) => Lease<T>,
): StoreAccess<T> {
  return new StoreAccess({ field, store, readSecret, elapsed, acquire });
}

export class StoreAccess<T> {
  readonly #options: AccessOptions<T>;
  #users = 0;
  #lease: Lease<T> | undefined;
  #readAt = -Infinity;
  #reading: Promise<void> | undefined;

  constructor(options: AccessOptions<T>) {
    this.#options = options;
  }

  /** Counts one more source that reads through here. Returns what takes it away again. */
  join(): () => void {
    this.#users += 1;
    let joined = true;
    return () => {
      if (!joined) return;
      joined = false;
      this.#users -= 1;
      if (this.#users === 0) this.#drop();
    };
  }

  /** Runs `use` on the pool of the credential as it stands. A refused one makes the next call read the Secret again. */
  async with<R>(use: (resource: T) => Promise<R>): Promise<R> {
    const lease = await this.#current();
    try {
      return await use(lease.resource);
    } catch (error) {
      if (error instanceof SourceFailure && error.reason.startsWith('Credential')) this.#readAt = -Infinity;
      throw error;
    }
  }

  async #current(): Promise<Lease<T>> {
    const { store, elapsed } = this.#options;
    const isOld = elapsed() - this.#readAt > SECRET_MAX_AGE_MS;
    // Without Secrets there is nothing that could change.
    const secrets = [store.secretRef, store.tls?.secretRef, store.sentinel?.secretRef];
    const mayChange = secrets.some((secret) => secret !== undefined);
    if (this.#lease === undefined || (isOld && mayChange)) {
      this.#reading ??= this.#read().finally(() => (this.#reading = undefined));
      await this.#reading;
    }
    if (this.#lease === undefined || this.#users === 0) {
      throw new SourceFailure('SourceUnreachable', 'the store is no longer read');
    }
    return this.#lease;
  }

  async #read(): Promise<void> {
    const { field, store, readSecret, acquire, elapsed } = this.#options;
    try {
      const signal = AbortSignal.timeout(SECRET_TIMEOUT_MS);
      const credential = await readCredential(field, store, readSecret, signal);
      if (this.#users === 0) return;
      const next = acquire(credential);
      this.#lease?.release();
      this.#lease = next;
      this.#readAt = elapsed();
    } catch (error) {
      const isOutage = error instanceof SourceFailure && error.reason === 'SourceUnreachable';
      // The API server is away: what was read before is as good as it was. A Secret that is gone is not.
      if (isOutage && this.#lease !== undefined) return;
      this.#drop();
      throw error;
    }
  }

  #drop(): void {
    this.#lease?.release();
    this.#lease = undefined;
    this.#readAt = -Infinity;
  }
}
