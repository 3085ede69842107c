import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from './folders.ts';
import { ensureDebianCommand, findCommand } from './packages.ts';
import { freePort } from './ports.ts';
import { type ManagedProcess, startProcess, waitUntilReady } from './processes.ts';
import { timed } from './work-times.ts';
import { type Log, logToStderr } from './progress.ts';

export interface RabbitmqOptions {
  /** Where it listens; loopback when left out. */
  host?: string;
  /** Further lines of its configuration, such as `management.ssl.port = 1`. */
  settings?: readonly string[];
  log?: Log;
}

export interface Rabbitmq {
  host: string;
  /** AMQP. */
  port: number;
  /** The management API, by HTTP. */
  managementPort: number;
  /** An administrator. */
  user: string;
  password: string;
  /** `amqp://…`, with the password in it. */
  url: string;
  pid: number;
  folder: string;
  /** Runs rabbitmqctl against it, and returns what it says. */
  ctl(...args: string[]): Promise<string>;
  /** Freezes the server: connections stay open and nothing answers. */
  pause(): void;
  resume(): void;
  /** Ends the server; nothing of its data is kept. */
  stop(): Promise<void>;
}

const loopback = '127.0.0.1';

/** The programs themselves: what stands on the PATH becomes another user first, who may not write into our folder. */
const BINARIES = '/usr/lib/rabbitmq/bin';

/**
 * Starts a real RabbitMQ with its management plugin and data of its own; back when both answer.
 * @throws TestbedUnavailable when rabbitmq-server is missing and cannot be installed.
 */
export function startRabbitmq(options: RabbitmqOptions = {}): Promise<Rabbitmq> {
  return timed('a Postgres, Redis or RabbitMQ starts', () => start(options));
}

async function start(options: RabbitmqOptions): Promise<Rabbitmq> {
  const log = options.log ?? logToStderr;
  const { host = loopback } = options;
  await ensureDebianCommand('rabbitmq-server', 'rabbitmq-server', log);
  const folder = await temporaryFolder('rabbitmq');
  const [port, managementPort, distribution, names] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const [user, password] = ['admin', randomBytes(12).toString('hex')];
  let epmd: ManagedProcess | undefined;
  let server: ManagedProcess | undefined;
  try {
    // A file, not arguments: passwords would show in the list of processes.
    await writeFile(
      join(folder.path, 'rabbitmq.conf'),
      [
        `listeners.tcp.1 = ${host}:${port}`,
        `management.tcp.ip = ${host}`,
        `management.tcp.port = ${managementPort}`,
        `default_user = ${user}`,
        `default_pass = ${password}`,
        'loopback_users = none',
        // Rates are counted from samples; as fine as they come.
        'collect_statistics_interval = 1000',
        'vm_memory_high_watermark.absolute = 512MiB',
        'disk_free_limit.absolute = 50MB',
        ...(options.settings ?? []),
        '',
      ].join('\n'),
      { mode: 0o600 },
    );
    await writeFile(join(folder.path, 'enabled_plugins'), '[rabbitmq_management].\n');
    const env = {
      ...process.env,
      // The cookie of this server alone.
      HOME: folder.path,
      LANG: 'C.UTF-8',
      ERL_EPMD_PORT: String(names),
      ERL_EPMD_ADDRESS: loopback,
      RABBITMQ_NODENAME: `rabbit-${randomBytes(4).toString('hex')}@localhost`,
      RABBITMQ_DIST_PORT: String(distribution),
      RABBITMQ_CONFIG_FILE: join(folder.path, 'rabbitmq'),
      RABBITMQ_CONF_ENV_FILE: join(folder.path, 'none'),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(folder.path, 'enabled_plugins'),
      RABBITMQ_MNESIA_BASE: join(folder.path, 'data'),
      RABBITMQ_LOG_BASE: folder.path,
      RABBITMQ_LOGS: '-',
      RABBITMQ_PID_FILE: join(folder.path, 'pid'),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+S 1:1 -kernel inet_dist_use_interface {127,0,0,1}',
    };
    // Erlang starts this by itself as a daemon that nobody ends; where there is one already it takes that.
    epmd = await startProcess({
      name: 'epmd',
      command: (await findCommand('epmd')) ?? 'epmd',
      args: ['-port', String(names), '-address', loopback],
      env,
      logFile: join(folder.path, 'epmd.log'),
    });
    server = await startProcess({
      name: 'rabbitmq',
      command: join(BINARIES, 'rabbitmq-server'),
      args: [],
      env,
      logFile: join(folder.path, 'rabbitmq.log'),
    });
    const [running, nameServer] = [server, epmd];
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    await waitUntilReady('RabbitMQ answers', [running, nameServer], async () => {
      const response = await fetch(
        `http://${host}:${managementPort}/api/health/checks/port-listener/${port}`,
        {
          headers: { authorization },
          signal: AbortSignal.timeout(2_000),
        },
      );
      return response.ok;
    });
    log(`RabbitMQ on ${host}:${port}`);
    return {
      host,
      port,
      managementPort,
      user,
      password,
      url: `amqp://${user}:${password}@${host}:${port}`,
      pid: running.pid,
      folder: folder.path,
      ctl: async (...args) => {
        const options = { env, timeout: 60_000 };
        return (await promisify(execFile)(join(BINARIES, 'rabbitmqctl'), args, options)).stdout;
      },
      pause: () => running.signal('SIGSTOP'),
      resume: () => running.signal('SIGCONT'),
      stop: async () => {
        // Its data goes anyway, and an orderly end takes seconds.
        await running.stop(0);
        await nameServer.stop();
        await folder.remove();
      },
    };
  } catch (error) {
    await server?.stop();
    await epmd?.stop();
    await folder.remove();
    throw error;
  }
}
