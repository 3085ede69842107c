/** Connections shared by every platform of the process that reads the same server with the same credential. */
import { createHmac, randomBytes } from 'node:crypto';
import { type ConnectionContext, connectionContext } from './connection-context.ts';
import type { Credential } from './credentials.ts';
import { basicAuth, HttpClient } from './http/client.ts';

/** A share of something that closes with its last share. */
export interface Lease<T> {
  readonly key: string;
  readonly resource: T;
  release(): void;
}

interface Closable {
  close(): Promise<void>;
}

interface Entry {
  readonly resource: Closable;
  users: number;
  cancelClose: (() => void) | undefined;
}

/** A pool that is not used stays this long: a changed spec closes its sources a moment before it opens new ones. */
const LINGER_MS = 5_000;

export interface PoolsOptions extends Partial<ConnectionContext> {
  readonly lingerMs?: number;
}

export class Pools {
  readonly elapsed: () => number;
  readonly http: HttpClient;
  readonly #context: ConnectionContext;
  readonly #lingerMs: number;
  readonly #entries = new Map<string, Entry>();
  /** Keys are hashed with it, so that no key that is ever printed helps to guess a password. */
  readonly #salt = randomBytes(32);

  constructor({ lingerMs = LINGER_MS, ...context }: PoolsOptions = {}) {
    this.#context = connectionContext(context);
    this.http = new HttpClient({}, this.#context);
    this.elapsed = this.#context.elapsed;
    this.#lingerMs = lingerMs;
  }

  /** A client that shows this user, with these TLS settings; `http` is the one that shows none. */
  httpAs({ user, password, tls }: Credential): Lease<HttpClient> {
    const authorize = password === undefined ? undefined : basicAuth(user, password);
    return this.share(
      ...(['http', { user, password, tls }] as const),
      (context) => new HttpClient({ authorize, tls }, context),
    );
  }

  /** Open pools by kind, for metrics. */
  counts(): { readonly postgres: number; readonly redis: number } {
    const kinds = [...this.#entries.keys()].map((key) => key.slice(0, key.indexOf(':')));
    return {
      postgres: kinds.filter((kind) => kind === 'postgres').length,
      redis: kinds.filter((kind) => kind === 'redis').length,
    };
  }

  /** Ends every connection. Readings afterwards are unknown. */
  async close(): Promise<void> {
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    for (const { cancelClose } of entries) cancelClose?.();
    await Promise.all([this.http.close(), ...entries.map(({ resource }) => resource.close())]);
  }

  /**
   * What is open for these settings, else what `open` makes. Server, database, user, password and TLS settings are all in
   * `settings`: no platform reads through another's credential.
   */
  share<T extends Closable>(
    kind: string,
    settings: object,
    open: (context: ConnectionContext) => T,
  ): Lease<T> {
    const digest = createHmac('sha256', this.#salt).update(canonical(settings)).digest('base64url');
    const key = `${kind}:${digest}`;
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { resource: open(this.#context), users: 0, cancelClose: undefined };
      this.#entries.set(key, entry);
    }
    entry.cancelClose?.();
    entry.cancelClose = undefined;
    entry.users += 1;
    const held = entry;
    let released = false;
    return {
      key,
      resource: entry.resource as T,
      release: () => {
        if (released) return;
        released = true;
        held.users -= 1;
        if (held.users === 0) this.#closeSoon(key, held);
      },
    };
  }

  #closeSoon(key: string, entry: Entry): void {
    const timer = setTimeout(() => {
      if (this.#entries.get(key) !== entry) return;
      this.#entries.delete(key);
      void entry.resource.close();
    }, this.#lingerMs);
    timer.unref();
    entry.cancelClose = () => clearTimeout(timer);
  }
}

/** The same text for the same settings, whatever the order of their keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
