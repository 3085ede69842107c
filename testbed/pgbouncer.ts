import { chown, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { reachableFolder } from './folders.ts';
import { ensureDebianCommand } from './packages.ts';
import { freePort } from './ports.ts';
import { type ManagedProcess, startProcess, waitUntilReady } from './processes.ts';
import { type Log, logToStderr } from './progress.ts';
import { unprivilegedIdentity } from './users.ts';

export interface PgbouncerOptions {
  /** The Postgres behind it, and a user that may log in to it. */
  postgres: { host: string; port: number; user: string; password: string };
  /** A database of that Postgres. */
  database: string;
  /** Who keeps a connection for how long. */
  poolMode: 'session' | 'transaction' | 'statement';
  /** Connections to Postgres; with 1, whoever comes next gets the one that the last has left. Default: 1. */
  poolSize?: number;
  log?: Log;
}

export interface Pgbouncer {
  host: string;
  port: number;
  stop(): Promise<void>;
}

const host = '127.0.0.1';

/**
 * Starts a real PgBouncer in front of one database; back when it answers a query.
 * @throws TestbedUnavailable when pgbouncer is missing and cannot be installed.
 */
export async function startPgbouncer(options: PgbouncerOptions): Promise<Pgbouncer> {
  const { postgres, database, poolMode, poolSize = 1, log = logToStderr } = options;
  const command = await ensureDebianCommand('pgbouncer', 'pgbouncer', log);
  const identity = await unprivilegedIdentity();
  const folder = await reachableFolder('pgbouncer');
  const port = await freePort();
  const users = join(folder.path, 'users.txt');
  const configuration = join(folder.path, 'pgbouncer.ini');
  const lines = [
    '[databases]',
    `${database} = host=${postgres.host} port=${postgres.port}`,
    '[pgbouncer]',
    `listen_addr = ${host}`,
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = scram-sha-256',
    `auth_file = ${users}`,
    `pool_mode = ${poolMode}`,
    `default_pool_size = ${poolSize}`,
    'server_login_retry = 1',
  ];
  let server: ManagedProcess | undefined;
  const stop = async () => {
    await server?.stop();
    await folder.remove();
  };
  try {
    await write(users, `"${postgres.user}" "${postgres.password}"\n`, identity);
    await write(configuration, `${lines.join('\n')}\n`, identity);
    server = await startProcess({
      name: 'pgbouncer',
      command,
      args: [configuration],
      logFile: join(folder.path, 'pgbouncer.log'),
      cwd: folder.path,
      ...identity,
    });
    const { user, password } = postgres;
    await waitUntilReady('PgBouncer answers', [server], async () => {
      const client = new Client({ host, port, database, user, password, connectionTimeoutMillis: 5_000 });
      try {
        await client.connect();
        await client.query('SELECT 1');
        return true;
      } finally {
        await client.end().catch(() => undefined);
      }
    });
    return { host, port, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** With a password in it: for its owner alone. */
async function write(
  path: string,
  text: string,
  { uid, gid }: { uid?: number; gid?: number },
): Promise<void> {
  await writeFile(path, text, { mode: 0o600 });
  if (uid !== undefined && gid !== undefined) await chown(path, uid, gid);
}
