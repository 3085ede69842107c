import type { Dispatcher } from 'undici';
import { Pool, ProxyAgent } from 'undici';
import type { Clock } from './clock.ts';
import { systemClock } from './clock.ts';
import type { Logger } from './logger.ts';

/** What proves to the server who we are, and to us who the server is, as of now. */
export interface Credentials {
  /** Authorization and impersonation. */
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsMaterial;
}

export interface TlsMaterial {
  readonly ca?: string | Buffer | undefined;
  readonly cert?: string | Buffer | undefined;
  readonly key?: string | Buffer | undefined;
  readonly servername?: string | undefined;
  readonly rejectUnauthorized?: boolean | undefined;
}

export interface TransportOptions {
  /** `https://host:port`, with a path where the API server is behind one. */
  readonly server: string;
  readonly proxy?: string | undefined;
  /** Reads the credentials from where they live: files, or a helper program. `rejected`: the last ones were refused. */
  loadCredentials(rejected: boolean): Promise<Credentials>;
  /** Requests in flight at once, each of which holds a connection. */
  readonly maxConnections: number;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** How long credentials are trusted before they are read again. A kubelet renews a token long before it ends. */
  readonly credentialsTtlMs?: number;
}

const CREDENTIALS_TTL_MS = 60_000;
/** A burst of 401s is one reason to read the credentials, not a hundred. */
const LEAST_BETWEEN_REFRESHES_MS = 1_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** Below the idle time-out of the common load balancers. */
const KEEP_ALIVE_MS = 30_000;

/**
 * The connections to one API server.
 *
 * HTTP/1.1 on purpose: a connection carries one request at a time, so whatever has not been written yet is still ours
 * to hold back (see `Exchange`), and a lost packet stalls one request, not all. `shared` is a bounded pool that is
 * reused; `own` gives each watch and lease renewal a connection that no crowd can keep from it.
 */
export class Transport {
  readonly #options: TransportOptions;
  readonly #clock: Clock;
  readonly #origin: string;
  readonly #base: string;
  #current: { credentials: Credentials; shared: Dispatcher; own: Dispatcher } | undefined;
  #readAt = -Infinity;
  #refreshing: Promise<void> | undefined;
  #closed = false;
  connectionsOpened = 0;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const { origin, pathname } = new URL(options.server);
    this.#origin = origin;
    this.#base = pathname.replace(/\/+$/, '');
  }

  /** The headers that carry the credentials. Reads them again where they are due. */
  async credentials(): Promise<Readonly<Record<string, string>>> {
    const ttl = this.#options.credentialsTtlMs ?? CREDENTIALS_TTL_MS;
    if (this.#current === undefined || this.#clock.now() - this.#readAt > ttl) await this.#read(false);
    return this.#current?.credentials.headers ?? {};
  }

  /** The server refused the credentials: reads them again, unless that was just done. */
  async refresh(): Promise<void> {
    if (this.#clock.now() - this.#readAt >= LEAST_BETWEEN_REFRESHES_MS) await this.#read(true);
  }

  dispatch(
    options: Omit<Dispatcher.DispatchOptions, 'origin'>,
    handler: Dispatcher.DispatchHandler,
    lane: 'shared' | 'own',
  ): void {
    const dispatcher = this.#current?.[lane];
    if (dispatcher === undefined || this.#closed)
      throw new Error('The connection to the API server is closed');
    dispatcher.dispatch({ ...options, origin: this.#origin, path: this.#base + options.path }, handler);
  }

  /** Breaks off whatever is under way and closes all connections. */
  async close(): Promise<void> {
    this.#closed = true;
    const current = this.#current;
    this.#current = undefined;
    await Promise.all([current?.shared.destroy(), current?.own.destroy()]);
  }

  #read(rejected: boolean): Promise<void> {
    this.#refreshing ??= this.#readNow(rejected).finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  async #readNow(rejected: boolean): Promise<void> {
    let credentials: Credentials;
    try {
      credentials = await this.#options.loadCredentials(rejected);
    } catch (error) {
      if (this.#current === undefined) throw error;
      // A file that is being replaced, a helper that fails once: the old ones are most likely still good.
      this.#readAt = this.#clock.now();
      this.#options.logger.warn(
        { error: String(error) },
        'Keeping the old credentials: reading them again failed',
      );
      return;
    }
    if (this.#closed) return;
    this.#readAt = this.#clock.now();
    const old = this.#current;
    if (old !== undefined && sameTls(old.credentials.tls, credentials.tls)) {
      this.#current = { ...old, credentials };
      return;
    }
    this.#current = {
      credentials,
      shared: this.#open(credentials.tls, this.#options.maxConnections),
      own: this.#open(credentials.tls, undefined),
    };
    // They end by themselves when their last request does; a watch does so within its server-side time-out.
    void old?.shared.close();
    void old?.own.close();
  }

  #open(tls: TlsMaterial, connections: number | undefined): Dispatcher {
    const { proxy } = this.#options;
    const defined = Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined));
    const common = {
      connections: connections ?? null,
      allowH2: false,
      keepAliveTimeout: KEEP_ALIVE_MS,
    };
    const connect = {
      ...defined,
      timeout: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
    };
    const dispatcher =
      proxy === undefined
        ? new Pool(this.#origin, { ...common, connect })
        : new ProxyAgent({ ...common, uri: proxy, requestTls: connect });
    dispatcher.on('connect', () => this.connectionsOpened++);
    return dispatcher;
  }
}

const text = (value: string | Buffer | undefined): string =>
  typeof value === 'string' ? value : (value?.toString('base64') ?? '');

function sameTls(a: TlsMaterial, b: TlsMaterial): boolean {
  return text(a.ca) === text(b.ca) && text(a.cert) === text(b.cert) && text(a.key) === text(b.key);
}
