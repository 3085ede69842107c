/** A few connections to one database with one credential. Whatever runs here reads, and ends by itself. */
import type { Socket } from 'node:net';
import pLimit from 'p-limit';
import pg from 'pg';
import type { PostgresStore } from '../../api/schema/stores.ts';
import { type AddressPolicy, checkedSocket } from '../address/policy.ts';
import { Breaker } from '../breaker.ts';
import type { ConnectionContext } from '../connection-context.ts';
import { tlsOptions, type Credential } from '../credentials.ts';
import { SourceFailure } from '../failure.ts';
import { failureOf } from '../failures.ts';
import { Shared } from '../shared.ts';
import { guardedClient, TYPES } from './guarded-client.ts';
import { inOneMessage, resultsOf } from './one-message.ts';
import { RefusedQuery } from './refusal.ts';
import { EXCESS, excessIn, NotAsked, rightsNotTold } from './rights.ts';
import { SESSION_COLUMN, settings, settingsInOne, TAKE_BACK, type QueryContext } from './session.ts';
import { quoteName } from './sql.ts';

export interface PostgresSettings extends Credential {
  readonly host: string;
  readonly port: number;
  readonly database: string;
}

export function postgresSettings(store: PostgresStore, credential: Credential): PostgresSettings {
  return { host: store.host, port: store.port, database: store.database, ...credential };
}

/** Well below the ten that a store and credential may cost: every platform on it shares them. */
const CONNECTIONS = 4;
const CONNECT_TIMEOUT_MS = 5_000;
/** How long after the server should have ended a query we stop to wait for it: the network may be gone. */
const GRACE_MS = 2_000;
const CLOSE_TIMEOUT_MS = 2_000;

export type Row = Readonly<Record<string, unknown>>;

/** @param nextMessage To be called before each message but the first: each has the whole time. */
type Work = (client: pg.PoolClient, nextMessage: () => void) => Promise<readonly Row[]>;

export class PostgresPool {
  /** Answers for all platforms on this pool. */
  readonly shared = new Shared();
  readonly #what: string;
  readonly #pool: pg.Pool;
  /**
   * What waits for a connection waits here: the pool would count it as a server that does not answer, and with a
   * thousand platforms on one database a start would look like an outage.
   */
  readonly #turns = pLimit(CONNECTIONS);
  readonly #breaker = new Breaker();
  readonly #sockets = new Set<Socket>();
  readonly #elapsed: () => number;
  #proven = false;
  #probing: Promise<void> | undefined;

  constructor(settings: PostgresSettings, { elapsed, guard, addresses }: ConnectionContext) {
    const { host, port, database, user = 'postgres', password = '', tls } = settings;
    this.#elapsed = elapsed;
    this.#what = `Postgres at ${host}:${port}`;
    this.#pool = new pg.Pool({
      host,
      port,
      database,
      user,
      // A function: pg reads PGPASSWORD and ~/.pgpass, the operator's own, in place of an empty text.
      password: () => password,
      stream: () => this.#newSocket(addresses),
      Client: guardedClient(this.#what, guard),
      types: TYPES,
      ssl: tls === undefined ? false : tlsOptions(tls),
      application_name: 'leadplatform-operator',
      max: CONNECTIONS,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      idleTimeoutMillis: 60_000,
      keepAlive: true,
      allowExitOnIdle: true,
    });
    // A connection that breaks must not end the process: its query fails, or the next one finds out by itself. The pool
    // looks after the idle ones alone.
    this.#pool.on('error', () => undefined).on('connect', (client) => client.on('error', () => undefined));
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.#pool.totalCount;
  }

  /**
   * Runs one SELECT of the operator's own, read-only. It needs no start-up options and leaves no setting behind, for a
   * connection pooler in between would refuse the ones and hand the others to the application.
   * The whole is one message, and so one round trip and one transaction: a thousand platforms ask hundreds of times a
   * second. Values are written into the text as literals. Throws `RefusedQuery`, or another `SourceFailure`.
   */
  query(
    text: string,
    values: readonly (string | number)[],
    timeoutMs: number,
    context: QueryContext = {},
  ): Promise<readonly Row[]> {
    const message = `${settings(timeoutMs, context)};\n${withLiterals(text, values)}`;
    return this.#ask((client) => runAtOnce(client, message), timeoutMs);
  }

  /**
   * Runs one SELECT that holds text of a user, so that it can neither write nor leave anything behind: the extended protocol
   * takes one statement only, the role is one that may only read, and the session ends with it. Throws as `query`
   * does, and `NotAsked` before the text of the user is sent.
   */
  queryUnsafe(
    text: string,
    timeoutMs: number,
    context: QueryContext & { readonly table: string },
  ): Promise<readonly Row[]> {
    const rights = `${settings(timeoutMs, context)};\n${withLiterals(EXCESS, [quoteName(context.table)])}`;
    const statements = [settingsInOne(timeoutMs, context), text, ...TAKE_BACK];
    const work: Work = async (client, nextMessage) => {
      await this.#proveRights(client, rights, context.table);
      const session = new UserSession(client);
      try {
        nextMessage();
        return rowsOf(await inOneMessage(client, statements, session.onRow));
      } finally {
        nextMessage();
        await session.end(settings(timeoutMs, {}));
      }
    };
    return this.#ask(work, timeoutMs, true);
  }

  /** Throws `NotAsked` where the role may do more than read, or the server does not tell; or what the connection fails by. */
  async #proveRights(client: pg.PoolClient, question: string, table: string): Promise<void> {
    let rows: readonly Row[];
    try {
      rows = await runAtOnce(client, question);
    } catch (error) {
      if (isNoConnection(error)) throw error;
      throw rightsNotTold((error as pg.DatabaseError).code ?? '', this.#what);
    }
    const excess = excessIn(rows, this.#what, table);
    if (excess !== undefined) throw excess;
  }

  /** @param once The connection is not used again. */
  async #ask(work: Work, timeoutMs: number, once = false): Promise<readonly Row[]> {
    await this.#prove();
    try {
      return await this.#turns(() => this.#run(work, timeoutMs, once));
    } catch (error) {
      const failure = failureOf(error, this.#what);
      // Not let in any more, though we once were, or cut under a query: from now on one at a time tries again.
      if (failure.reason === 'CredentialRejected' || isNoConnection(error)) this.#proven = false;
      throw error instanceof pg.DatabaseError ? new RefusedQuery(failure, error, this.#what) : failure;
    }
  }

  /** Says goodbye to the server; after a moment without an answer hangs up. */
  async close(): Promise<void> {
    const gone = [...this.#sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    const goodbye = Promise.all([this.#pool.end().catch(() => undefined), ...gone]);
    let cancel = () => {};
    const patience = new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
      cancel = () => clearTimeout(timer);
    });
    await Promise.race([goodbye, patience]);
    cancel();
    this.#hangUp();
  }

  #newSocket(addresses: AddressPolicy): Socket {
    const socket = checkedSocket(addresses);
    this.#sockets.add(socket);
    return socket.once('close', () => this.#sockets.delete(socket));
  }

  #hangUp(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Until we were let in once, a single caller tries to connect, and the others wait for it. */
  async #prove(): Promise<void> {
    if (this.#proven) return;
    this.#breaker.check(this.#elapsed());
    this.#probing ??= this.#probe().finally(() => (this.#probing = undefined));
    await this.#probing;
  }

  async #probe(): Promise<void> {
    try {
      const client = await this.#pool.connect();
      client.release();
      this.#proven = true;
      this.#breaker.succeeded();
    } catch (error) {
      const failure = failureOf(error, this.#what);
      this.#breaker.failed(failure, this.#elapsed());
      // pg leaves a socket open where it has no password to give, and the server holds it for a minute.
      if (this.#pool.totalCount === 0) this.#hangUp();
      throw failure;
    }
  }

  async #run(work: Work, timeoutMs: number, once: boolean): Promise<readonly Row[]> {
    const client = await this.#pool.connect();
    let usable = false;
    // Destroys the connection under a message that even the server's time-out did not end.
    const giveUp = setTimeout(() => {
      void client.end();
    }, timeoutMs + GRACE_MS);
    try {
      const rows = await work(client, () => giveUp.refresh());
      usable = !once;
      return rows;
    } catch (error) {
      // A refusal ends its message, and the transaction with it; the connection is as good as before.
      usable = !once && !isNoConnection(error);
      throw error;
    } finally {
      clearTimeout(giveUp);
      client.release(!usable);
    }
  }
}

/**
 * `$1` and so on, replaced by the values as literals, which Postgres reads like parameters of no type. A quoted name may
 * hold a `$1` of its own.
 */
function withLiterals(text: string, values: readonly (string | number)[]): string {
  return text.replace(/"[^"]*"|\$(\d+)/g, (found, position: string | undefined) =>
    position === undefined ? found : pg.escapeLiteral(String(values[Number(position) - 1])),
  );
}

async function runAtOnce(client: pg.PoolClient, message: string): Promise<readonly Row[]> {
  return rowsOf(resultsOf(await client.query(message)));
}

/** Of the last SELECT: the one before it makes settings. */
function rowsOf(results: readonly pg.QueryResult[]): readonly Row[] {
  return results.findLast(({ command }) => command === 'SELECT')?.rows ?? [];
}

/** No answer, as opposed to one that says no. */
function isNoConnection(error: unknown): boolean {
  if (error instanceof NotAsked) return false;
  return !(error instanceof pg.DatabaseError) || /^(08|57P|53300)/.test(error.code ?? '');
}

/**
 * The session in which SQL of a user ran. It ends as its connection is closed; but a pooler in between keeps it for the next
 * client, and with it a lock that the SQL took for the session. Such a session is ended by its number. The spec does not say
 * whether there is a pooler, so the number is always asked for.
 */
class UserSession {
  readonly #client: pg.PoolClient;
  #number: number | undefined;

  constructor(client: pg.PoolClient) {
    this.#client = client;
  }

  /** The settings, which come first, tell the number: also where the server then refuses the SQL. */
  readonly onRow = (row: Row): void => {
    const number = row[SESSION_COLUMN];
    if (typeof number === 'number' && Number.isInteger(number)) this.#number ??= number;
  };

  /** Never throws: a server that does not answer has no reading anyway. @param before What makes the settings of a message. */
  async end(before: string): Promise<void> {
    if (this.#number === undefined) return;
    const locked = `FROM pg_locks WHERE locktype = 'advisory' AND pid = ${this.#number} LIMIT 1`;
    const message = `${before};\nSELECT pg_terminate_backend(pid) ${locked}`;
    await runAtOnce(this.#client, message).catch(() => undefined);
  }
}

/** The number in a column of the only row. Throws `SourceFailure` when there is none. */
export function numberIn(rows: readonly Row[], column = 'value'): number {
  const value = rows[0]?.[column];
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new SourceFailure('NotANumber', 'Postgres answered with something that is not a number');
  }
  return value;
}
