/** The cache, as far as the platform uses it: one number, the last response time. */
import type { Redis } from 'ioredis';
import type { Pool } from 'pg';
import type { Config } from './config.ts';
import { openRedis } from './queue/open.ts';

export interface Cache {
  /** @param seconds How long it is kept. */
  putNumber(key: string, value: number, seconds: number): Promise<void>;
  getNumber(key: string): Promise<number | undefined>;
  close(): void;
}

/** Laravel leaves finite numbers as they are in Redis. */
function redisCache(redis: Redis, prefix: string): Cache {
  return {
    putNumber: async (key, value, seconds) =>
      void (await redis.set(prefix + key, String(value), 'EX', seconds)),
    getNumber: async (key) => {
      const found = await redis.get(prefix + key);
      return found === null ? undefined : Number(found);
    },
    close: () => redis.disconnect(),
  };
}

/** In the table it serialises them. */
function databaseCache(pool: Pool, prefix: string): Cache {
  return {
    putNumber: async (key, value, seconds) => {
      await pool.query(
        `INSERT INTO cache (key, value, expiration) VALUES ($1, $2, $3)
         ON CONFLICT (key) DO UPDATE SET value = excluded.value, expiration = excluded.expiration`,
        [prefix + key, `d:${value};`, Math.floor(Date.now() / 1_000) + seconds],
      );
    },
    getNumber: async (key) => {
      const { rows } = await pool.query<{ value: string }>(
        'SELECT value FROM cache WHERE key = $1 AND expiration > $2',
        [prefix + key, Math.floor(Date.now() / 1_000)],
      );
      const digits = /^[di]:([^;]*);$/.exec(rows[0]?.value ?? '')?.[1];
      return digits === undefined ? undefined : Number(digits);
    },
    close: () => undefined,
  };
}

function arrayCache(): Cache {
  const values = new Map<string, number>();
  return {
    putNumber: async (key, value) => void values.set(key, value),
    getNumber: async (key) => values.get(key),
    close: () => undefined,
  };
}

export function openCache({ cache, redis, standIn }: Config, pool: Pool): Cache {
  switch (cache.store) {
    case 'redis':
      return redisCache(
        openRedis(redis.connections.cache, 'requests', standIn.answerMs),
        `${redis.prefix}${cache.prefix}`,
      );
    case 'database':
      return databaseCache(pool, cache.prefix);
    default:
      return arrayCache();
  }
}
