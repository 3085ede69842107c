/** The way of a platform to its Postgres. */
import type { PostgresStore } from '../../api/schema/stores.ts';
import { accessTo, type StoreAccess } from '../access.ts';
import type { SourceDeps } from '../deps.ts';
import type { Lease, Pools } from '../pools.ts';
import { PostgresPool, postgresSettings, type PostgresSettings } from './pool.ts';

export function postgresPool(pools: Pools, settings: PostgresSettings): Lease<PostgresPool> {
  return pools.share('postgres', settings, (context) => new PostgresPool(settings, context));
}

export function postgresAccess(store: PostgresStore, deps: SourceDeps): StoreAccess<PostgresPool> {
  return accessTo('spec.stores.postgres', store, deps, (credential) =>
    postgresPool(deps.pools, postgresSettings(store, credential)),
  );
}
