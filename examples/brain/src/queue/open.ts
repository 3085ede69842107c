/** Opens the queue connection of a name. */
import { Redis } from 'ioredis';
import type { Pool } from 'pg';
import { ConfigError, type Config, type QueueDriver, type RedisServer } from '../config.ts';
import { log, said } from '../log.ts';
import { DatabaseQueue } from './database.ts';
import type { QueueConnection } from './queue.ts';
import { RabbitmqQueue } from './rabbitmq.ts';
import { RedisQueue } from './redis.ts';

/**
 * @param patience `requests`: a command fails soon while Redis is away, so that a request can be answered. `jobs`: it
 *   waits until Redis is back, so that a job that is done can be deleted rather than run again.
 * @param answerMs How long a connection takes at the most, and the answer to a request.
 */
export function openRedis(server: RedisServer, patience: 'requests' | 'jobs', answerMs: number): Redis {
  const { host, port, database, username, password } = server;
  const redis = new Redis({
    host,
    port,
    db: database,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    protocol: 2,
    connectionName: 'brain',
    connectTimeout: answerMs,
    retryStrategy: (attempt) => Math.min(100 * attempt, 1_000),
    ...(patience === 'requests'
      ? { maxRetriesPerRequest: 1, commandTimeout: answerMs }
      : { maxRetriesPerRequest: null }),
  });
  let away = false;
  redis.on('error', (error: Error) => {
    // Once an outage, not once a second.
    if (!away) log('warning', 'Losing Redis', { host, port, ...said(error) });
    away = true;
  });
  redis.on('ready', () => (away = false));
  return redis;
}

export function openQueue(
  config: Config,
  name: QueueDriver,
  pool: Pool,
  patience: 'requests' | 'jobs',
): QueueConnection {
  const { redis, queue } = config;
  const { answerMs } = config.standIn;
  switch (name) {
    case 'redis': {
      const client = openRedis(redis.connections[queue.redisConnection], patience, answerMs);
      return new RedisQueue(client, redis.prefix, queue.retryAfter.redis);
    }
    case 'database':
      return new DatabaseQueue(pool, queue.retryAfter.database);
    case 'rabbitmq':
      return new RabbitmqQueue(config.rabbitmq, patience, answerMs);
    default:
      throw new ConfigError(`there is no queue connection "${String(name)}"`);
  }
}
