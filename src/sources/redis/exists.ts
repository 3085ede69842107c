/** Whether any of some keys is there, in as few commands as the server takes. */
import type { Redis } from 'ioredis';
import type { RedisConnection } from './connection.ts';
import { countIn } from './replies.ts';

/**
 * One command over all keys; on a Redis Cluster one for each, since keys of several slots are refused (CROSSSLOT).
 * Throws what Redis answers.
 */
export async function existsAny(
  connection: RedisConnection,
  client: Redis,
  keys: readonly string[],
): Promise<boolean> {
  if (!connection.hasSlots) {
    try {
      return countIn(await client.exists(...keys)) > 0;
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('CROSSSLOT '))) throw error;
      connection.hasSlots = true;
    }
  }
  const counts = await Promise.all(keys.map((key) => client.exists(key).then(countIn)));
  return counts.some((found) => found > 0);
}
