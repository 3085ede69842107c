/** `leadplatform create-indexes`: what the Job of database-indexes runs. It knows no Kubernetes, and is told all by its environment. */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { INDEX_VARIABLES } from '../../src/capabilities/indexes/job.ts';
import type { WantedIndex } from '../../src/capabilities/indexes/wanted.ts';
import type { CommandModule } from '../../src/cli/command.ts';
import { CommandError, EXIT, UsageError } from '../../src/cli/errors.ts';
import type { Io } from '../../src/cli/io.ts';
import { tlsOptions, type TlsSettings } from '../../src/sources/credentials.ts';
import { guardedClient } from '../../src/sources/postgres/guarded-client.ts';
import { makeIndexes } from '../../src/sources/postgres/index-maker.ts';
import { onStopSignal } from './stop-signals.ts';

const HELP = `Usage: leadplatform create-indexes

Makes the indexes of a database that are missing. Run by a Job of the operator,
which tells it what to do in its environment. Stopping it does no harm.

Exit codes: 0 all are there, 1 some are not, 2 wrong usage.
`;

const CONNECT_TIMEOUT_MS = 10_000;

async function run(_args: readonly string[], io: Io): Promise<number> {
  const indexes = wanted();
  const client = await connected().catch((error: unknown) => {
    throw error instanceof UsageError ? error : unreachable(error as NodeJS.ErrnoException);
  });
  const stopping = new AbortController();
  const noLongerStops = onStopSignal(() => {
    stopping.abort(new Error('it was told to stop'));
    void cancel(client);
  });
  try {
    const complete = await makeIndexes(indexes, {
      client,
      say: (line) => io.out.write(`${line}\n`),
      sleep: (ms) => sleep(ms, undefined, { signal: stopping.signal }),
      signal: stopping.signal,
    });
    return complete ? EXIT.ok : EXIT.unexpected;
  } catch (error) {
    if (!stopping.signal.aborted && !(error instanceof pg.DatabaseError)) throw error;
    io.err.write(`stopped: ${(error as Error).message}; another run goes on from here\n`);
    return EXIT.unexpected;
  } finally {
    noLongerStops();
    await client.end().catch(() => undefined);
  }
}

/** A server works on though its client has gone, so it is told by another connection. */
async function cancel(client: pg.Client): Promise<void> {
  const { processID } = client as unknown as { readonly processID: number };
  try {
    const other = await connected();
    await other.query('SELECT pg_cancel_backend($1)', [processID]);
    await other.end();
  } catch {
    await client.end().catch(() => undefined);
  }
}

async function connected(): Promise<pg.Client> {
  const mode = process.env[INDEX_VARIABLES.tlsMode] ?? 'Disable';
  const ca = process.env[INDEX_VARIABLES.ca];
  const password = given('password');
  const host = given('host');
  const port = Number(given('port'));
  const Client = guardedClient(`Postgres at ${host}:${port}`);
  const client = new Client({
    host,
    port,
    database: given('database'),
    user: given('user'),
    password: () => password,
    ssl:
      mode === 'Disable'
        ? false
        : tlsOptions({ mode: mode as NonNullable<TlsSettings>['mode'], ...(ca !== undefined && { ca }) }),
    application_name: 'leadplatform-indexes',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  });
  // The query under way fails with it.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

function wanted(): readonly WantedIndex[] {
  try {
    return JSON.parse(given('indexes')) as readonly WantedIndex[];
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${INDEX_VARIABLES.indexes} is not JSON; the Job of the operator sets it`);
  }
}

/** A name with several addresses fails at each of them, and that error has a code and no message. */
function unreachable({ message, code }: NodeJS.ErrnoException): CommandError {
  const why = message === '' ? (code ?? 'no connection') : message;
  return new CommandError(
    `Postgres at ${given('host')}:${given('port')} lets no session begin: ${why}. Another run tries again.`,
    EXIT.unexpected,
  );
}

function given(what: keyof typeof INDEX_VARIABLES): string {
  const value = process.env[INDEX_VARIABLES[what]];
  if (value === undefined || value === '')
    throw new UsageError(`${INDEX_VARIABLES[what]} is not set; the Job of the operator sets it`);
  return value;
}

export const createIndexesCommand: CommandModule = { help: HELP, run };
