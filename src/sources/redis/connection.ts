/** One connection to one database of Redis with one credential; commands of all platforms share its round trips. */
import { Redis, type RedisOptions } from 'ioredis';
import type { RedisStore } from '../../api/schema/stores.ts';
import { Breaker } from '../breaker.ts';
import { tlsOptions, type Credential } from '../credentials.ts';
import { SourceFailure } from '../failure.ts';
import { failureOf } from '../failures.ts';
import { Shared } from '../shared.ts';

export interface RedisSettings extends Credential {
  readonly host?: string;
  readonly port: number;
  readonly database: number;
  readonly sentinel?: RedisStore['sentinel'];
}

export function redisSettings(store: RedisStore, database: number, credential: Credential): RedisSettings {
  const { host, port, sentinel } = store;
  return {
    ...(host === undefined ? {} : { host }),
    ...(sentinel === undefined ? {} : { sentinel }),
    port,
    database,
    ...credential,
  };
}

type Options = RedisOptions & { replyMapping?: 'legacy' };

const CONNECT_TIMEOUT_MS = 5_000;
const ANSWER_TIMEOUT_MS = 5_000;

export class RedisConnection {
  /** Answers for everybody on this connection. */
  readonly shared = new Shared();
  readonly #what: string;
  readonly #options: Options;
  readonly #breaker = new Breaker();
  readonly #elapsed: () => number;
  #client: Redis | undefined;
  #connecting: Promise<Redis> | undefined;
  #lastError: Error | undefined;
  #closed = false;

  constructor(settings: RedisSettings, elapsed: () => number) {
    const { host, port, sentinel } = settings;
    this.#elapsed = elapsed;
    this.#what =
      sentinel === undefined
        ? `Redis at ${host}:${port}`
        : `Redis master ${sentinel.master} of the sentinels`;
    this.#options = clientOptions(settings);
  }

  /** Runs `use` on the live connection. Throws `SourceFailure`, at once while Redis is known to be away. */
  async with<T>(use: (client: Redis) => Promise<T>): Promise<T> {
    const client = await this.#connected();
    try {
      return await use(client);
    } catch (error) {
      throw failureOf(client.status === 'ready' ? error : (this.#lastError ?? error), this.#what);
    }
  }

  /** An error reply to one command of a pipeline, as a reason. */
  explain(error: Error): SourceFailure {
    return failureOf(error, this.#what);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#client?.disconnect();
    this.#client = undefined;
    await this.#connecting?.catch(() => undefined);
  }

  async #connected(): Promise<Redis> {
    if (this.#client?.status === 'ready') return this.#client;
    if (this.#closed) throw new SourceFailure('SourceUnreachable', `${this.#what} is no longer read`);
    this.#breaker.check(this.#elapsed());
    this.#connecting ??= this.#connect().finally(() => (this.#connecting = undefined));
    return this.#connecting;
  }

  async #connect(): Promise<Redis> {
    this.#client?.disconnect();
    this.#lastError = undefined;
    const client = new Redis(this.#options);
    client.on('error', (error: Error) => {
      this.#lastError = error;
    });
    try {
      await withDeadline(client.connect(), 2 * CONNECT_TIMEOUT_MS);
      if (this.#closed) throw new SourceFailure('SourceUnreachable', `${this.#what} is no longer read`);
      this.#client = client;
      this.#breaker.succeeded();
      return client;
    } catch (error) {
      client.disconnect();
      const failure = failureOf(this.#lastError ?? error, this.#what);
      this.#breaker.failed(failure, this.#elapsed());
      throw failure;
    }
  }
}

function clientOptions(settings: RedisSettings): Options {
  const { host, port, database, user, password, tls, sentinel } = settings;
  return {
    ...(sentinel === undefined
      ? { host: host ?? '', port }
      : {
          name: sentinel.master,
          sentinels: sentinel.hosts.map((each) => ({ ...each })),
          sentinelRetryStrategy: () => null,
          enableTLSForSentinelMode: tls !== undefined,
          ...(tls === undefined ? {} : { sentinelTLS: tlsOptions(tls) }),
        }),
    db: database,
    ...(user === undefined ? {} : { username: user }),
    ...(password === undefined ? {} : { password }),
    ...(tls === undefined ? {} : { tls: tlsOptions(tls) }),
    connectionName: 'leadplatform-operator',
    lazyConnect: true,
    protocol: 2,
    enableAutoPipelining: true,
    // INFO and CLIENT SETINFO are rights that a role which only reads queues need not have.
    enableReadyCheck: false,
    disableClientInfo: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    // One timer for the connection instead of one for each of thousands of commands a second.
    socketTimeout: ANSWER_TIMEOUT_MS,
    // Connecting again is ours: the breaker knows when, for everybody on this connection.
    retryStrategy: () => null,
    reconnectOnError: null,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
  };
}

function withDeadline<T>(work: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new SourceFailure('SourceTimeout', 'Redis did not answer in time')),
      ms,
    );
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
