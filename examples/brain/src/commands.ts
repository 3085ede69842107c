/** The artisan commands. Each gives the exit code. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openCache } from './cache.ts';
import { passOverCallLogs } from './call-logs.ts';
import { ConfigError, configFrom, loadConfig, type Environment, type QueueDriver } from './config.ts';
import { migrate, openPool, untilReachable } from './database.ts';
import { log, said } from './log.ts';
import { commandLine, UsageError } from './options.ts';
import { openQueue } from './queue/open.ts';
import { webApp } from './web/app.ts';
import { drain, KEEP_ALIVE_MS } from './web/drain.ts';
import { work } from './worker.ts';

export interface CommandContext {
  readonly env: Environment;
  readonly args: readonly string[];
  /** Aborted by SIGTERM and its like. */
  readonly quit: AbortSignal;
}

type Command = (context: CommandContext) => Promise<number>;

/** The web side holds as many connections as the operator counts for a replica (connectionsPerReplica). */
const WEB_CONNECTIONS = 5;
const WORKER_CONNECTIONS = 1;
const MIGRATION_WAIT_MS = 10_000;

const serve: Command = async ({ env, args, quit }) => {
  const options = commandLine(args, { host: 'value', port: 'value' });
  const config = loadConfig(env);
  const pool = openPool(config, WEB_CONNECTIONS);
  const queue = openQueue(config, config.queue.connection, pool, 'requests');
  const cache = openCache(config, pool);
  const server = createServer(webApp({ config, pool, queue, cache }, quit));
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const port = options.number('port', Number(env['PORT'] ?? 8080));
  const migrated = untilReachable(pool, quit).then(() => (quit.aborted ? undefined : migrate(pool)));
  migrated.catch((error: unknown) => log('error', 'Failing to migrate', said(error)));
  // The first lead must find its table; but an outage must not keep a new replica from starting.
  await Promise.race([migrated.catch(() => undefined), delay(MIGRATION_WAIT_MS, undefined, { ref: false })]);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, options.text('host', '0.0.0.0'), resolve);
  });
  log('info', 'Serving', { port, queue: queue.name });
  await aborted(quit);
  log('info', 'Draining');
  await drain(server);
  await migrated.catch(() => undefined);
  await queue.close();
  cache.close();
  await pool.end();
  return 0;
};

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

const queueWork: Command = async ({ env, args, quit }) => {
  const options = commandLine(args, {
    queue: 'value',
    timeout: 'value',
    tries: 'value',
    sleep: 'value',
    backoff: 'value',
    delay: 'value',
    'max-time': 'value',
    'max-jobs': 'value',
    memory: 'value',
    rest: 'value',
    name: 'value',
    once: 'flag',
    'stop-when-empty': 'flag',
    force: 'flag',
    daemon: 'flag',
  });
  const config = loadConfig(env);
  const pool = openPool(config, WORKER_CONNECTIONS);
  const connection = options.positional[0] ?? config.queue.connection;
  const queue = openQueue(config, connection as QueueDriver, pool, 'jobs');
  const queues = options.text('queue', config.queue.name).split(',').filter(Boolean);
  log('info', 'Working', { connection, queues });
  quit.addEventListener('abort', () => log('info', 'Stopping after the job at hand'), { once: true });
  await untilReachable(pool, quit);
  if (!quit.aborted) {
    await migrate(pool);
    const settings = {
      queues,
      timeout: options.number('timeout', 60),
      tries: options.number('tries', 1),
      sleep: options.number('sleep', 3),
      backoff: options.number('backoff', options.number('delay', 0)),
      maxTime: options.number('max-time', 0),
      maxJobs: options.flag('once') ? 1 : options.number('max-jobs', 0),
      stopWhenEmpty: options.flag('once') || options.flag('stop-when-empty'),
    };
    await work(settings, { queue, pool, quit, defaultSeconds: config.standIn.jobSeconds });
  }
  log('info', 'Ending');
  await queue.close();
  await pool.end();
  return 0;
};

/** A command that needs the database for a moment. */
const withDatabase =
  (run: (pool: ReturnType<typeof openPool>, context: CommandContext) => Promise<void>): Command =>
  async (context) => {
    const pool = openPool(loadConfig(context.env), WORKER_CONNECTIONS);
    try {
      await migrate(pool);
      await run(pool, context);
      return 0;
    } finally {
      await pool.end();
    }
  };

const syncCallLogs = withDatabase(async (pool, { args }) => {
  const span = commandLine(args, { 'last-hour': 'flag' }).flag('last-hour') ? 'last-hour' : 'all';
  log('info', 'Synchronising call logs', {
    span,
    ...(await passOverCallLogs(pool, 'vici:sync-call-logs', span)),
  });
});

const reconcileCalls = withDatabase(async (pool, { args }) => {
  commandLine(args, {});
  log('info', 'Reconciling calls', await passOverCallLogs(pool, 'vici:reconcile-all-calls', 'all'));
});

const optimize: Command = async ({ env }) => {
  const file = env['APP_CONFIG_CACHE'];
  if (file === undefined || file === '') {
    log('info', 'Optimising nothing: APP_CONFIG_CACHE names no file to keep the configuration in');
    return 0;
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(configFrom(env)), { mode: 0o600 });
  log('info', 'Caching the configuration', { file });
  return 0;
};

const COMMANDS: Readonly<Record<string, Command>> = {
  serve,
  'queue:work': queueWork,
  'vici:sync-call-logs': syncCallLogs,
  'vici:reconcile-all-calls': reconcileCalls,
  migrate: withDatabase(async () => log('info', 'Nothing left to migrate')),
  optimize,
  'config:cache': optimize,
};

/** Runs `php artisan NAME …`. A mistake of the user's ends with 1 and a sentence, as artisan does. */
export async function artisan(name: string, context: CommandContext): Promise<number> {
  const command = COMMANDS[name];
  if (command === undefined) {
    process.stderr.write(
      `Command "${name}" is not defined. This stand-in knows ${Object.keys(COMMANDS).join(', ')}.\n`,
    );
    return 1;
  }
  try {
    return await command(context);
  } catch (error) {
    if (error instanceof UsageError || error instanceof ConfigError)
      process.stderr.write(`${error.message}\n`);
    else log('error', 'Ending, for something went wrong', said(error));
    return 1;
  }
}
