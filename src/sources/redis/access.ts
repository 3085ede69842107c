/** The way of a platform to one database of its Redis. */
import type { RedisStore } from '../../api/schema/stores.ts';
import { accessTo, type StoreAccess } from '../access.ts';
import type { SourceDeps } from '../deps.ts';
import { RedisConnection, redisSettings } from './connection.ts';

/** @param field Where the spec names the store. */
export function redisAccess(
  store: RedisStore,
  database: number,
  deps: SourceDeps,
  field = 'spec.stores.redis',
): StoreAccess<RedisConnection> {
  return accessTo(field, store, deps, (credential) => {
    const settings = redisSettings(store, database, credential);
    return deps.pools.share('redis', settings, (context) => new RedisConnection(settings, context));
  });
}
