/**
 * The configuration, as a Laravel application makes it: from the environment by the framework's own variables and
 * defaults, or from a file that `php artisan optimize` left at APP_CONFIG_CACHE. Once that file is there the environment
 * counts for nothing, which is a trap that operators of Laravel know.
 */
import { readFileSync } from 'node:fs';
import type { RabbitmqServer } from './queue/rabbitmq.ts';

export interface RedisServer {
  readonly host: string;
  readonly port: number;
  readonly database: number;
  readonly username?: string;
  readonly password?: string;
}

export type QueueDriver = 'redis' | 'database' | 'rabbitmq';
export type CacheStore = 'redis' | 'database' | 'array';

export interface Config {
  readonly database: {
    readonly host: string;
    readonly port: number;
    readonly name: string;
    readonly username: string;
    readonly password: string;
  };
  readonly redis: {
    readonly prefix: string;
    readonly connections: Readonly<Record<'default' | 'cache' | 'queue', RedisServer>>;
  };
  readonly rabbitmq: RabbitmqServer;
  readonly queue: {
    readonly connection: QueueDriver;
    /** Which of the Redis servers holds the queues. */
    readonly redisConnection: 'default' | 'queue';
    /** The queue of jobs that name none. */
    readonly name: string;
    /** Seconds after which a job that is held counts as given up. */
    readonly retryAfter: Readonly<Record<QueueDriver, number>>;
  };
  readonly cache: { readonly store: CacheStore; readonly prefix: string };
  /** What the operator says in its ConfigMap. */
  readonly platform: {
    readonly syncQueue: string;
    readonly webhookPath: string;
  };
  /** What only this stand-in knows. */
  readonly standIn: {
    readonly jobSeconds: number;
    readonly healthPath: string;
    /** How long a request waits for the server of the queues, in milliseconds. */
    readonly answerMs: number;
  };
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export type Environment = Readonly<Record<string, string | undefined>>;

function reader(env: Environment) {
  const text = (name: string, fallback: string) => {
    const value = env[name];
    return value === undefined || value === '' || value === 'null' ? fallback : value;
  };
  return {
    text,
    number: (name: string, fallback: number): number => {
      const value = Number(text(name, String(fallback)));
      if (!Number.isFinite(value) || value < 0) {
        throw new ConfigError(`${name} is "${env[name]}"; write a number from 0 on`);
      }
      return value;
    },
    oneOf: <T extends string>(name: string, allowed: readonly T[], fallback: T): T => {
      const value = text(name, fallback);
      const found = allowed.find((each) => each === value);
      if (found === undefined) {
        throw new ConfigError(`${name} is "${value}"; this stand-in knows ${allowed.join(', ')}`);
      }
      return found;
    },
  };
}

/** The name in the form that Laravel puts before its keys: `My App` becomes `my-app`. */
const slug = (name: string) =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');

/** What names the queue of jobs that name none. */
const QUEUE_NAMES: Readonly<Record<QueueDriver, string>> = {
  redis: 'REDIS_QUEUE',
  database: 'DB_QUEUE',
  rabbitmq: 'RABBITMQ_QUEUE',
};

/** @throws ConfigError */
export function configFrom(env: Environment): Config {
  const { text, number, oneOf } = reader(env);
  const app = slug(text('APP_NAME', 'Laravel'));

  const server = (prefix: string, database: number, otherwise?: RedisServer): RedisServer => {
    const username = text(`${prefix}_USERNAME`, otherwise?.username ?? '');
    const password = text(`${prefix}_PASSWORD`, otherwise?.password ?? '');
    return {
      host: text(`${prefix}_HOST`, otherwise?.host ?? '127.0.0.1'),
      port: number(`${prefix}_PORT`, otherwise?.port ?? 6379),
      database: number(`${prefix}_DB`, database),
      ...(username !== '' && { username }),
      ...(password !== '' && { password }),
    };
  };
  const first = server('REDIS', 0);
  const connection = oneOf('QUEUE_CONNECTION', ['redis', 'database', 'rabbitmq'], 'database');

  return {
    database: {
      host: text('DB_HOST', '127.0.0.1'),
      port: number('DB_PORT', 5432),
      name: text('DB_DATABASE', 'brain'),
      username: text('DB_USERNAME', 'postgres'),
      password: text('DB_PASSWORD', ''),
    },
    redis: {
      prefix: env['REDIS_PREFIX'] ?? `${app}-database-`,
      connections: {
        default: first,
        cache: { ...first, database: number('REDIS_CACHE_DB', 1) },
        // Not in Laravel's skeleton: an application adds a connection like this when its queues get a server of their own.
        queue: server('REDIS_QUEUE', first.database, first),
      },
    },
    rabbitmq: {
      host: text('RABBITMQ_HOST', '127.0.0.1'),
      port: number('RABBITMQ_PORT', 5672),
      username: text('RABBITMQ_USER', 'guest'),
      password: text('RABBITMQ_PASSWORD', 'guest'),
      vhost: text('RABBITMQ_VHOST', '/'),
    },
    queue: {
      connection,
      redisConnection: oneOf(
        'REDIS_QUEUE_CONNECTION',
        ['default', 'queue'],
        text('REDIS_QUEUE_HOST', '') === '' ? 'default' : 'queue',
      ),
      name: text(QUEUE_NAMES[connection], 'default'),
      retryAfter: {
        redis: number('REDIS_QUEUE_RETRY_AFTER', 90),
        database: number('DB_QUEUE_RETRY_AFTER', 90),
        rabbitmq: 0,
      },
    },
    cache: {
      store: oneOf('CACHE_STORE', ['redis', 'database', 'array'], 'database'),
      prefix: env['CACHE_PREFIX'] ?? `${app}-cache-`,
    },
    platform: {
      syncQueue: text('LEADPLATFORM_SYNC_QUEUE', 'vici-updates'),
      webhookPath: text('LEADPLATFORM_WEBHOOK_PATH', '/webhook/vici/call-event'),
    },
    standIn: {
      jobSeconds: number('BRAIN_JOB_SECONDS', 0.1),
      healthPath: text('BRAIN_HEALTH_PATH', '/api/health'),
      answerMs: 1_000 * number('BRAIN_ANSWER_SECONDS', 3),
    },
  };
}

/** The configuration in effect. @throws ConfigError */
export function loadConfig(env: Environment): Config {
  const cached = env['APP_CONFIG_CACHE'];
  if (cached === undefined || cached === '') return configFrom(env);
  try {
    return JSON.parse(readFileSync(cached, 'utf8')) as Config;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return configFrom(env);
    throw new ConfigError(`APP_CONFIG_CACHE holds no configuration: ${(error as Error).message}`);
  }
}
