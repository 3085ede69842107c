/** Which sources a spec asks for: what it names, and by default all that the given stores can tell. */
import { createHash } from 'node:crypto';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import { Signals } from '../api/schema/signals.ts';
import type { PostgresStore, RabbitmqStore, RedisStore } from '../api/schema/stores.ts';
import type { QueueStore } from '../capabilities/contract/contribution.ts';
import { unknown } from '../model/reading.ts';
import { queueNames } from '../signals/view.ts';
import { StoreAccess } from './access.ts';
import type { SourceDeps } from './deps.ts';
import { httpJson, prometheus } from './http/sources.ts';
import { podUsage } from './kubernetes.ts';
import { everySignal } from './observe.ts';
import type { SignalKey, Source } from './port.ts';
import { LeadsPerDay, type LeadsPerDaySettings } from './postgres/leads-per-day.ts';
import { postgresSettings, type PostgresPool } from './postgres/pool.ts';
import * as fromPostgres from './postgres/sources.ts';
import { rabbitmqSettings, type RabbitmqApi } from './rabbitmq/api.ts';
import { RabbitmqQueues } from './rabbitmq/queues.ts';
import { SCALAR_NAMES, SCALAR_SIGNALS, type SignalUnit } from '../model/signals.ts';
import { redisSettings, type RedisConnection } from './redis/connection.ts';
import { LaravelQueues, type QueuesSettings } from './redis/queues.ts';
import { cachedResponseTime } from './redis/response-time.ts';
import type { Kind } from './units.ts';

/** Every scalar signal may come from Prometheus or over HTTP: the kind of number that it is there, by its unit. */
const KINDS: Readonly<Record<SignalUnit, Kind>> = { count: 'count', B: 'size', ms: 'time', '%': 'share' };

/** What the schema fills in where somebody writes `postgres: {}`; the same holds where nobody writes it. */
const DEFAULTS = Signals.parse({
  leadsPerDay: { postgres: {} },
  leadsPerMinute: { postgres: {} },
  leadsTotal: { postgres: {} },
  databaseSize: { postgres: {} },
  databaseConnections: { postgres: {} },
  queueDepth: { redis: {} },
  cpu: { kubernetes: {} },
  memory: { kubernetes: {} },
});
/** As the schema has it, for a platform that has moved there. */
const RABBITMQ_DEPTH = { interval: 2_000 };
const WITHOUT_STORE_INTERVAL_MS = 600_000;

/** A spec, with where its queues are once they have moved. */
export type MeasuredSpec = LeadPlatformSpec & { readonly stores: { readonly queues?: QueueStore } };

/** The sources of a platform. Each holds a share of a connection until it is closed. Opens none before the first poll. */
export function createSources(spec: MeasuredSpec, deps: SourceDeps): Source[] {
  return [
    ...externalSources(spec.signals, deps),
    ...postgresSources(spec, deps),
    ...rabbitmqSources(spec, deps),
    ...redisSources(spec, deps),
    ...usageSources(spec.signals, deps),
  ];
}

/** Equal for two specs when their sources would read the same: then the running ones can stay. */
export function sourcesFingerprint(spec: MeasuredSpec): string {
  return createHash('sha256')
    .update(JSON.stringify([spec.stores, spec.signals, queueNames(spec)]))
    .digest('base64url');
}

/** How leads/day is counted in Postgres; `undefined` when it is not. */
export function leadsPerDayFrom(spec: LeadPlatformSpec): LeadsPerDaySettings | undefined {
  const from = postgresFrom(spec, 'leadsPerDay');
  return from && { ...from, field: fieldOf('leadsPerDay') };
}

/** Where a person says which table a signal is counted in. */
const fieldOf = (signal: keyof Signals): string => `spec.signals.${signal}.postgres`;

export function postgresAccess(store: PostgresStore, deps: SourceDeps): StoreAccess<PostgresPool> {
  return new StoreAccess({
    store,
    readSecret: deps.readSecret,
    elapsed: deps.pools.elapsed,
    acquire: (credential) => deps.pools.postgres(postgresSettings(store, credential)),
  });
}

export function redisAccess(
  store: RedisStore,
  database: number,
  deps: SourceDeps,
): StoreAccess<RedisConnection> {
  return new StoreAccess({
    store,
    readSecret: deps.readSecret,
    elapsed: deps.pools.elapsed,
    acquire: (credential) => deps.pools.redis(redisSettings(store, database, credential)),
  });
}

export function rabbitmqAccess(store: RabbitmqStore, deps: SourceDeps): StoreAccess<RabbitmqApi> {
  return new StoreAccess({
    store,
    readSecret: deps.readSecret,
    elapsed: deps.pools.elapsed,
    acquire: (credential) => deps.pools.rabbitmq(rabbitmqSettings(store, credential)),
  });
}

function externalSources(signals: Signals, { pools }: SourceDeps): Source[] {
  return SCALAR_NAMES.flatMap((signal) => {
    const from = signals[signal];
    const kind = KINDS[SCALAR_SIGNALS[signal].unit];
    if (from.http !== undefined) return [httpJson(pools.http, signal, kind, from.http)];
    if (from.prometheus !== undefined) return [prometheus(pools.http, signal, kind, from.prometheus)];
    return [];
  });
}

type OfPostgres = 'leadsPerDay' | 'leadsPerMinute' | 'leadsTotal' | 'databaseSize' | 'databaseConnections';

/** What is written; else, with the store given and no other source, the default. */
function postgresFrom<K extends OfPostgres>(
  { signals, stores }: LeadPlatformSpec,
  signal: K,
): Signals[K]['postgres'] {
  const from: { postgres?: unknown; prometheus?: unknown; http?: unknown } = signals[signal];
  const isByDefault =
    stores.postgres !== undefined && from.prometheus === undefined && from.http === undefined;
  return signals[signal].postgres ?? (isByDefault ? DEFAULTS[signal].postgres : undefined);
}

function postgresSources(spec: LeadPlatformSpec, deps: SourceDeps): Source[] {
  const leadsPerDay = leadsPerDayFrom(spec);
  const leadsPerMinute = sameTable(postgresFrom(spec, 'leadsPerMinute'), spec, 'leadsPerMinute', leadsPerDay);
  const leadsTotal = sameTable(postgresFrom(spec, 'leadsTotal'), spec, 'leadsTotal', leadsPerDay);
  const active = spec.signals.activeLeads.postgres;
  const activeLeads = active && { ...active, field: fieldOf('activeLeads') };
  const databaseSize = postgresFrom(spec, 'databaseSize');
  const connections = postgresFrom(spec, 'databaseConnections');

  const store = spec.stores.postgres;
  if (store === undefined) {
    const asked = { leadsPerDay, leadsPerMinute, leadsTotal, activeLeads, databaseSize };
    const reads = Object.entries({ ...asked, databaseConnections: connections })
      .filter(([, from]) => from !== undefined)
      .map(([signal]) => signal as SignalKey);
    return withoutStore('postgres', reads);
  }
  const access = postgresAccess(store, deps);
  return [
    ...(leadsPerDay ? [new LeadsPerDay(access, leadsPerDay)] : []),
    ...(leadsPerMinute ? [fromPostgres.leadsPerMinute(access, leadsPerMinute)] : []),
    ...(leadsTotal ? [fromPostgres.leadsTotal(access, leadsTotal)] : []),
    ...(activeLeads ? [fromPostgres.activeLeads(access, activeLeads)] : []),
    ...(databaseSize ? [fromPostgres.databaseSize(access, databaseSize)] : []),
    ...(connections ? [fromPostgres.databaseConnections(access, connections)] : []),
  ];
}

/** Somebody whose leads are in a table of another name writes it once, at leadsPerDay. */
function sameTable<T extends { table: string }>(
  from: T | undefined,
  { signals }: LeadPlatformSpec,
  signal: 'leadsPerMinute' | 'leadsTotal',
  leadsPerDay: LeadsPerDaySettings | undefined,
): (T & { readonly field: string }) | undefined {
  if (from === undefined) return undefined;
  if (leadsPerDay === undefined || signals[signal].postgres !== undefined)
    return { ...from, field: fieldOf(signal) };
  const { table, column, timeZone, field } = leadsPerDay;
  return { ...from, table, ...('column' in from ? { column, timeZone } : {}), field };
}

function rabbitmqSources(spec: MeasuredSpec, deps: SourceDeps): Source[] {
  const place = queuePlace(spec);
  if (!('rabbitmq' in place)) return [];
  const names = queueNames(spec);
  const { rabbitmq: store } = place;
  if (store === undefined) return withoutStore('rabbitmq', ['queues'], names);
  const { interval } = spec.signals.queueDepth.rabbitmq ?? RABBITMQ_DEPTH;
  return [new RabbitmqQueues(rabbitmqAccess(store, deps), { interval, names })];
}

/** Queues are in one place: where the platform has moved them, else where the spec says. */
function queuePlace({ stores, signals }: MeasuredSpec) {
  if (stores.queues !== undefined) return stores.queues;
  return signals.queueDepth.rabbitmq === undefined
    ? ({ redis: stores.redis } as const)
    : ({ rabbitmq: stores.rabbitmq } as const);
}

function redisSources(spec: MeasuredSpec, deps: SourceDeps): Source[] {
  const { redis: queues } = spec.signals.queueDepth;
  const { redis: cached } = spec.signals.responseTime;
  const { redis: store } = spec.stores;
  const place = queuePlace(spec);
  const ofQueues = 'redis' in place ? place.redis : undefined;
  const names = queueNames(spec);
  const sources = withoutStore(
    'redis',
    [
      ...(queues && 'redis' in place && ofQueues === undefined ? (['queues'] as const) : []),
      ...(cached && store === undefined ? (['responseTime'] as const) : []),
    ],
    names,
  );
  const access = ofQueues && redisAccess(ofQueues, ofQueues.database, deps);
  if (access !== undefined) sources.push(new LaravelQueues(access, { ...queuesFrom(queues), names }));
  if (cached !== undefined && store !== undefined) {
    const { prefix, key, unit, interval, database } = cached;
    const isSame = store === ofQueues && database === store.database;
    const from = isSame && access !== undefined ? access : redisAccess(store, database, deps);
    sources.push(cachedResponseTime(from, { key: prefix + key, unit, interval }));
  }
  return sources;
}

function queuesFrom(given: Signals['queueDepth']['redis']): Omit<QueuesSettings, 'names'> {
  const from = given ?? DEFAULTS.queueDepth.redis;
  if (from === undefined) throw new TypeError('the schema has no default for queueDepth.redis');
  return from;
}

/** One question to the metrics API answers for both. */
function usageSources({ cpu, memory }: Signals, { readUsage }: SourceDeps): Source[] {
  const signals = { cpu, memory };
  const reads = (['cpu', 'memory'] as const).filter(
    (resource) => signals[resource].prometheus === undefined && signals[resource].http === undefined,
  );
  if (reads.length === 0) return [];
  const intervals = reads.map(
    (resource) =>
      signals[resource].kubernetes?.interval ?? DEFAULTS[resource].kubernetes?.interval ?? Infinity,
  );
  const byDefault = reads.filter((resource) => signals[resource].kubernetes === undefined);
  return [podUsage(readUsage, reads, Math.min(...intervals), byDefault)];
}

/** A signal that asks for a store which the spec does not give: unknown, with that said. */
function withoutStore(
  store: 'postgres' | 'redis' | 'rabbitmq',
  reads: readonly SignalKey[],
  queues: readonly string[] = [],
): Source[] {
  if (reads.length === 0) return [];
  const message = `the signal is to be read from ${store}, but stores.${store} is not given; add it, or give another source`;
  const source: Source = {
    name: `${store}:none`,
    interval: WITHOUT_STORE_INTERVAL_MS,
    reads,
    queues,
    poll: () => Promise.resolve(everySignal(source, unknown('NotConfigured', message))),
  };
  return [source];
}
