import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { temporaryFolder } from './folders.ts';
import { ensureDebianCommand } from './packages.ts';
import { freePort } from './ports.ts';
import { type ManagedProcess, startProcess, waitUntilReady } from './processes.ts';
import { type Log, logToStderr } from './progress.ts';
import { timed } from './work-times.ts';

export interface RedisOptions {
  /** Password of the default user; none when left out. */
  password?: string;
  /** Users beside the default one; `rules` as in `ACL SETUSER`, for example `~app:* +@read`. */
  aclUsers?: { name: string; password: string; rules: string }[];
  /** A port to come back on, for a restart; a free one when left out. */
  port?: number;
  /** Where it listens; loopback when left out. */
  host?: string;
  /** A Redis Cluster of this one server, with all slots. */
  cluster?: boolean;
  /** Keeps an append-only file, as a Redis for queues should; nothing but memory when left out. */
  persistent?: boolean;
  log?: Log;
}

export interface Redis {
  host: string;
  port: number;
  /** With the password of the default user in it. */
  url: string;
  readonly pid: number;
  folder: string;
  /** Freezes the server: connections stay open and nothing answers. */
  pause(): void;
  resume(): void;
  /** Ends the server in good order, for a restart: nobody listens until {@link Redis.start}. */
  halt(): Promise<void>;
  /** Starts it again where it was, with what it keeps on disk; back when it answers. */
  start(): Promise<void>;
  /** Ends the server; nothing of its data is kept. */
  stop(): Promise<void>;
}

/**
 * Starts a real Redis, with nothing but memory unless it is told otherwise; back when it answers.
 * @throws TestbedUnavailable when redis-server is missing and cannot be installed.
 */
export async function startRedis(options: RedisOptions = {}): Promise<Redis> {
  const log = options.log ?? logToStderr;
  const port = options.port ?? (await freePort());
  const { password, host = loopback } = options;
  const lines = [
    `port ${port}`,
    `bind ${host}`,
    // Without a password it would refuse whoever does not come by loopback.
    ...(host === loopback ? [] : ['protected-mode no']),
    'save ""',
    `appendonly ${options.persistent === true ? 'yes' : 'no'}`,
    ...(password === undefined ? [] : [`requirepass ${password}`]),
    ...(options.cluster === true ? ['cluster-enabled yes', `cluster-port ${await freePort()}`] : []),
    ...(options.aclUsers ?? []).map((user) => `user ${user.name} on >${user.password} ${user.rules}`),
  ];
  const starting = () => startServer('redis', { host, port }, lines, [], log);
  const started = await timed('a Postgres, Redis or RabbitMQ starts', starting);
  log(`Redis on ${host}:${port}`);
  return Object.assign(started, {
    url: `redis://${password === undefined ? '' : `:${password}@`}${host}:${port}`,
  });
}

const loopback = '127.0.0.1';

/** A master and one Sentinel that watches it. */
export interface Sentinel {
  /** Name under which the Sentinel knows the master. */
  masterName: string;
  master: Redis;
  sentinels: { host: string; port: number }[];
  stop(): Promise<void>;
}

/** Starts a Redis and one Sentinel; back when the Sentinel names that Redis as the master. */
export async function startSentinel(
  options: { password?: string; sentinelPassword?: string; log?: Log } = {},
): Promise<Sentinel> {
  const log = options.log ?? logToStderr;
  const { password, sentinelPassword } = options;
  const masterName = 'leads';
  const master = await startRedis({ ...(password === undefined ? {} : { password }), log });
  try {
    const port = await freePort();
    const lines = [
      `port ${port}`,
      'bind 127.0.0.1',
      `sentinel monitor ${masterName} 127.0.0.1 ${master.port} 1`,
      `sentinel down-after-milliseconds ${masterName} 1000`,
      ...(password === undefined ? [] : [`sentinel auth-pass ${masterName} ${password}`]),
      ...(sentinelPassword === undefined ? [] : [`requirepass ${sentinelPassword}`]),
    ];
    const sentinel = await startServer('sentinel', { host: loopback, port }, lines, ['--sentinel'], log);
    log(`Redis Sentinel on 127.0.0.1:${port}`);
    return {
      masterName,
      master,
      sentinels: [{ host: '127.0.0.1', port }],
      stop: async () => {
        await Promise.all([sentinel.stop(), master.stop()]);
      },
    };
  } catch (error) {
    await master.stop();
    throw error;
  }
}

async function startServer(
  name: string,
  { host, port }: { host: string; port: number },
  configuration: string[],
  args: string[],
  log: Log,
): Promise<Omit<Redis, 'url'>> {
  const command = await ensureDebianCommand('redis-server', 'redis-server', log);
  const folder = await temporaryFolder(name);
  // A file, not arguments: passwords would show in the list of processes. A Sentinel writes to it too.
  const file = join(folder.path, 'redis.conf');
  let server: ManagedProcess | undefined;
  const start = async () => {
    server = await startProcess({
      name,
      command,
      args: [file, ...args],
      logFile: join(folder.path, 'redis.log'),
    });
    await waitUntilReady(`${name} answers`, [server], () => answers(host, port));
    return server;
  };
  try {
    await writeFile(file, [`dir ${folder.path}`, 'daemonize no', ...configuration, ''].join('\n'), {
      mode: 0o600,
    });
    let running = await start();
    return {
      host,
      port,
      get pid() {
        return running.pid;
      },
      folder: folder.path,
      pause: () => running.signal('SIGSTOP'),
      resume: () => running.signal('SIGCONT'),
      halt: () => running.stop(),
      start: async () => {
        running = await start();
      },
      stop: async () => {
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

/** A server that wants a password is up as well: it says so. */
function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host, timeout: 1_000 }, () => socket.write('PING\r\n'));
    socket.once('data', (data) => {
      socket.destroy();
      resolve(/^(\+PONG|-NOAUTH)/.test(data.toString()));
    });
    socket.once('timeout', () => socket.destroy(new Error('no answer to PING in 1 s')));
    socket.once('error', reject);
    socket.once('close', () => resolve(false));
  });
}
