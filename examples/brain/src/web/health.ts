/**
 * The six indicators that the platform exposes, flat and by their names. What cannot be told is null, never zero. Beside
 * them the settings in effect, which a cached configuration may keep from following the environment; no secret is among
 * them.
 */
import { loadavg } from 'node:os';
import type { Pool } from 'pg';
import type { Cache } from '../cache.ts';
import type { Config } from '../config.ts';
import type { QueueConnection } from '../queue/queue.ts';

/** The cache key in which the platform leaves its last response time, in ms. */
export const RESPONSE_TIME_KEY = 'last_api_response_time';

export interface HealthDeps {
  readonly config: Config;
  readonly pool: Pool;
  readonly queue: QueueConnection;
  readonly cache: Cache;
}

export async function health({ config, pool, queue, cache }: HealthDeps) {
  const orNull = <T>(answer: Promise<T | undefined>): Promise<T | null> =>
    answer.then(
      (value) => value ?? null,
      () => null,
    );
  const [leads, depth, responseTime] = await Promise.all([
    orNull(leadsOfLastMinute(pool)),
    orNull(queue.size(config.platform.syncQueue)),
    orNull(cache.getNumber(RESPONSE_TIME_KEY)),
  ]);
  const { connections } = config.redis;
  const queueServer = connections[config.queue.redisConnection];
  return {
    leads_per_minute: leads,
    queue_depth: depth,
    api_response_time: responseTime,
    db_connections: leads === null ? 'unhealthy' : 'healthy',
    memory_usage: Math.round(process.memoryUsage.rss() / 1e4) / 100,
    cpu_load: loadavg()[0] ?? null,
    settings: {
      queue_connection: config.queue.connection,
      cache_store: config.cache.store,
      database: { host: config.database.host, port: config.database.port },
      redis: { host: connections.default.host, port: connections.default.port },
      redis_queue: { host: queueServer.host, port: queueServer.port },
      rabbitmq: { host: config.rabbitmq.host, port: config.rabbitmq.port },
      redis_prefix: config.redis.prefix,
      sync_queue: config.platform.syncQueue,
    },
  };
}

async function leadsOfLastMinute(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ leads: string }>(
    "SELECT count(*) AS leads FROM leads WHERE created_at >= now() - interval '1 minute'",
  );
  return Number(rows[0]?.leads ?? 0);
}
