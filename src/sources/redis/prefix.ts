/**
 * Whether zero can be believed. Redis keeps no empty queue: one that is idle, and one whose prefix is misspelt, look the
 * same. So an empty queue counts as zero only once something shows that the prefix is right: a key of the queues that was
 * seen, any other key that begins with the prefix, or a database with no key at all (a platform that has not started).
 */
import type { Redis } from 'ioredis';
import { unknown, type Instant, type Unknown } from '../../signals/reading.ts';
import type { RedisConnection } from './connection.ts';
import { countIn, textIn } from './replies.ts';

/** Keys that one look goes through, and how often a look through all of them may begin. */
const KEYS_A_LOOK = 1_000;
const REPEAT_MS = 60_000;
/** A number of 64 bits; what is longer is none, and ends the search. */
const LONGEST_CURSOR = 20;

interface Search {
  cursor: string;
  notBefore: Instant;
}

/** By connection, for every platform on it with the same prefix. A search that found something is forgotten. */
const searches = new WeakMap<RedisConnection, Map<string, Search>>();
const MOST_SEARCHES = 10_000;

function searchFor(connection: RedisConnection, prefix: string): Search {
  const ofConnection = searches.get(connection) ?? new Map<string, Search>();
  searches.set(connection, ofConnection);
  if (ofConnection.size > MOST_SEARCHES) ofConnection.clear();
  const search = ofConnection.get(prefix) ?? { cursor: '0', notBefore: 0 };
  ofConnection.set(prefix, search);
  return search;
}

/**
 * What shows that the prefix is right: `Key` begins with it (and it stays right), the database is `Empty` now, or `Nothing`
 * does so far. Looks on a little further, at most one SCAN a call. Throws what Redis answers.
 *
 * @param maxAge Milliseconds that an answer for another platform is good for.
 */
export async function evidenceFor(
  connection: RedisConnection,
  client: Redis,
  prefix: string,
  now: Instant,
  maxAge: number,
): Promise<'Key' | 'Empty' | 'Nothing'> {
  if ((await connection.shared.get('dbsize', now, maxAge, async () => countIn(await client.dbsize()))) === 0)
    return 'Empty';
  const search = searchFor(connection, prefix);
  if (now < search.notBefore) return 'Nothing';
  return connection.shared.get(`prefix\n${prefix}`, now, maxAge, async () => {
    const pattern = `${prefix.replace(/[\\*?[\]]/g, '\\$&')}*`;
    const [cursor, keys] = await client.scan(search.cursor, 'MATCH', pattern, 'COUNT', KEYS_A_LOOK);
    if (keys.length > 0) {
      searches.get(connection)?.delete(prefix);
      return 'Key';
    }
    search.cursor = textIn(cursor).slice(0, LONGEST_CURSOR);
    if (cursor === '0') search.notBefore = now + REPEAT_MS;
    return 'Nothing';
  });
}

export function wrongPrefix(prefix: string): Unknown {
  return unknown(
    'Suspicious',
    `no key of this Redis database begins with "${prefix}", though it holds others; set signals.queueDepth.redis.prefix to the prefix of the application (laravel_database_ up to Laravel 12.0) and stores.redis.database to its number`,
  );
}
