/**
 * Whether zero can be believed. Redis keeps no empty queue: one that is idle, and one whose prefix is misspelt, look the
 * same. So an empty queue counts as zero only once something shows that the prefix is right: a key of the queues that was
 * seen, any other key that begins with the prefix, or a database with no key at all (a platform that has not started).
 */
import type { Redis } from 'ioredis';
import { unknown, type Instant, type Unknown } from '../../model/reading.ts';
import type { RedisConnection } from './connection.ts';
import { countIn, textIn, textsIn } from './replies.ts';

/** Keys that one look goes through, and how often a look through all of them may begin. */
const KEYS_A_LOOK = 1_000;
const REPEAT_MS = 60_000;
/** A number of 64 bits; what is longer is none, and ends the search. */
const LONGEST_CURSOR = 20;

/** Of another prefix, in a sentence: a key may hold anything. */
const PLAIN = /^[\w.:@{}/+-]{1,100}$/;

interface Search {
  cursor: string;
  notBefore: Instant;
  /** Another prefix under which one of the queues was seen. */
  seen: string | undefined;
}

/**
 * What shows that a prefix is right. `seen`: another one, under which one of the queues is. `isSearched`: all keys were looked at
 * once.
 */
export type Evidence = { readonly is: 'Key' | 'Empty' } | Nothing;
interface Nothing {
  readonly is: 'Nothing';
  readonly seen?: string;
  readonly isSearched: boolean;
}

/** By connection, for every platform on it with the same prefix and queues. A search that found something is forgotten. */
const searches = new WeakMap<RedisConnection, Map<string, Search>>();
const MOST_SEARCHES = 10_000;

function searchFor(connection: RedisConnection, what: string): Search {
  const ofConnection = searches.get(connection) ?? new Map<string, Search>();
  searches.set(connection, ofConnection);
  if (ofConnection.size > MOST_SEARCHES) ofConnection.clear();
  const search = ofConnection.get(what) ?? { cursor: '0', notBefore: 0, seen: undefined };
  ofConnection.set(what, search);
  return search;
}

/**
 * What shows that the prefix is right: `Key` begins with it (and it stays right), the database is `Empty` now, or `Nothing`
 * does so far. Looks on a little further, at most two SCANs of the same keys a call. Throws what Redis answers.
 *
 * @param maxAge Milliseconds that an answer for another platform is good for.
 */
export async function evidenceFor(
  connection: RedisConnection,
  client: Redis,
  { prefix, names }: { readonly prefix: string; readonly names: readonly string[] },
  now: Instant,
  maxAge: number,
): Promise<Evidence> {
  if ((await connection.shared.get('dbsize', now, maxAge, async () => countIn(await client.dbsize()))) === 0)
    return { is: 'Empty' };
  const what = JSON.stringify(['prefix', prefix, ...names]);
  const search = searchFor(connection, what);
  const nothing = (): Evidence => ({
    is: 'Nothing',
    isSearched: search.notBefore > 0,
    ...(search.seen !== undefined && { seen: search.seen }),
  });
  if (now < search.notBefore) return nothing();
  return connection.shared.get(what, now, maxAge, async () => {
    const { cursor } = search;
    const matching = (pattern: string) => client.scan(cursor, 'MATCH', pattern, 'COUNT', KEYS_A_LOOK);
    const [[next, ours], [, queues]] = await Promise.all([
      matching(`${prefix.replace(/[\\*?[\]]/g, '\\$&')}*`),
      matching('*queues:*'),
    ]);
    for (const key of textsIn(queues)) {
      const other = prefixOf(key, names);
      if (other !== undefined && other !== prefix) search.seen = other;
    }
    // A key that a longer prefix explains shows nothing of this one: every key begins with an empty prefix.
    const { seen } = search;
    const isLonger = seen !== undefined && seen.startsWith(prefix);
    if (textsIn(ours).some((key) => !(isLonger && key.startsWith(seen)))) {
      searches.get(connection)?.delete(what);
      return { is: 'Key' };
    }
    search.cursor = textIn(next).slice(0, LONGEST_CURSOR);
    if (next === '0') search.notBefore = now + REPEAT_MS;
    return nothing();
  });
}

/** What stands before the key of one of the queues; undefined for any other key. */
function prefixOf(key: string, names: readonly string[]): string | undefined {
  const bare = key.replace(/:(delayed|reserved|notify)$/, '');
  for (const name of names) {
    for (const end of [`queues:${name}`, `queues:{${name}}`]) {
      if (bare.endsWith(end)) return bare.slice(0, -end.length);
    }
  }
  return undefined;
}

/** Why zero is not believed, where nothing shows that the prefix is right. */
export function wrongPrefix(prefix: string, { seen, isSearched }: Omit<Nothing, 'is'>): Unknown {
  const other =
    seen === undefined ? '' : seen === '' ? 'none' : PLAIN.test(seen) ? `"${seen}"` : 'another one';
  const hint = other === '' ? '' : `; one of the queues is there with the prefix ${other}`;
  // A cache beside the queues may have a million keys, and several applications share a Redis: that the first thousand have other
  // prefixes is no news, whatever these are.
  if (!isSearched)
    return unknown(
      'NotYetCompared',
      `the keys of this Redis database are being looked through for one that begins with "${prefix}"${hint}`,
    );
  return unknown(
    'Suspicious',
    `no key of this Redis database begins with "${prefix}", though it holds others${hint}; set signals.queueDepth.redis.prefix to the prefix of the application (laravel_database_ up to Laravel 12.0) and stores.redis.database to its number`,
  );
}
