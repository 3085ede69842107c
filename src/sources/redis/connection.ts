/** One connection to one database of Redis with one credential; commands of all platforms share its round trips. */
import { Redis } from 'ioredis';
import type { RedisStore } from '../../api/schema/stores.ts';
import { Breaker } from '../breaker.ts';
import type { ConnectionContext } from '../connection-context.ts';
import { tlsOptions, type Credential } from '../credentials.ts';
import { SourceFailure } from '../failure.ts';
import { failureOf } from '../failures.ts';
import { Shared } from '../shared.ts';
import { connectorTo, masterOf, type ClientOptions } from './connector.ts';

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

const CONNECT_TIMEOUT_MS = 5_000;
const ANSWER_TIMEOUT_MS = 5_000;

export class RedisConnection {
  /** Answers for all platforms on this connection. */
  readonly shared = new Shared();
  /** It has refused a command over keys of several hash slots: it is a Redis Cluster, if one of a single shard. */
  hasSlots = false;
  readonly #what: string;
  readonly #options: ClientOptions;
  readonly #breaker = new Breaker();
  readonly #elapsed: () => number;
  #client: Redis | undefined;
  #connecting: Promise<Redis> | undefined;
  #lastError: Error | undefined;
  #closed = false;

  constructor(settings: RedisSettings, context: ConnectionContext) {
    const { host, port, sentinel } = settings;
    this.#elapsed = context.elapsed;
    this.#what =
      sentinel === undefined
        ? `Redis at ${host}:${port}`
        : `Redis master ${sentinel.master} of the sentinels`;
    this.#options = clientOptions(settings, this.#what, context);
  }

  /** Runs `use` on the live connection. Throws `SourceFailure`, at once while Redis is known to be away. */
  async with<T>(use: (client: Redis) => Promise<T>): Promise<T> {
    const client = await this.#connected();
    try {
      return await withDeadline(use(client), 2 * ANSWER_TIMEOUT_MS);
    } catch (error) {
      // One that answers too slowly: what it has not answered yet would only grow.
      if (error instanceof TooSlow && this.#client === client) {
        this.#client = undefined;
        client.disconnect();
      }
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
    this.#client = undefined;
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

/** For every connection: to the server, and to the sentinels that know which it is. */
const CONNECTION: ClientOptions = {
  lazyConnect: true,
  protocol: 2,
  // INFO and CLIENT SETINFO are rights that a role which only reads queues need not have.
  enableReadyCheck: false,
  disableClientInfo: true,
  connectTimeout: CONNECT_TIMEOUT_MS,
  // One timer for the connection instead of one for each of thousands of commands a second.
  socketTimeout: ANSWER_TIMEOUT_MS,
  // Connecting again is ours: the breaker knows when, for all platforms on this connection.
  retryStrategy: () => null,
  reconnectOnError: null,
  maxRetriesPerRequest: 0,
};

function clientOptions(settings: RedisSettings, what: string, context: ConnectionContext): ClientOptions {
  const { host, port, database, user, password, tls, sentinel, sentinelCredential } = settings;
  const find = () =>
    sentinel === undefined
      ? Promise.resolve({ host: host ?? '', port })
      : masterOf(
          sentinel.hosts,
          sentinel.master,
          tls,
          { ...CONNECTION, ...loginOf(sentinelCredential) },
          context,
        );
  return {
    ...CONNECTION,
    Connector: connectorTo(what, tls, find, context),
    db: database,
    ...loginOf({ user, password }),
    // For what the driver waits for; the socket has its own.
    ...(tls === undefined ? {} : { tls: tlsOptions(tls) }),
    connectionName: 'leadplatform-operator',
    enableAutoPipelining: true,
    enableOfflineQueue: false,
  };
}

const loginOf = ({
  user,
  password,
}: { readonly user?: string | undefined; readonly password?: string | undefined } = {}) => ({
  ...(user === undefined ? {} : { username: user }),
  ...(password === undefined ? {} : { password }),
});

class TooSlow extends SourceFailure {
  constructor() {
    super('SourceTimeout', 'Redis did not answer in time');
  }
}

function withDeadline<T>(work: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new TooSlow()), ms);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
