import type { TestProject } from 'vitest/node';
import { type Cluster, obtainCluster } from '../../testbed/cluster.ts';
import { applyDefinitions } from '../../testbed/definitions.ts';
import { installEngines } from '../../testbed/engines.ts';
import { isTestbedUnavailable, TestbedUnavailable } from '../../testbed/errors.ts';
import { ensureDebianCommand } from '../../testbed/packages.ts';
import { type Postgres, startPostgres } from '../../testbed/postgres.ts';
import { logToStderr } from '../../testbed/progress.ts';
import { startRedis } from '../../testbed/redis.ts';

/** What a test can reach, or why it cannot. */
export type Provided<T> = { available: true; coordinates: T } | { available: false; reason: string };

export interface ClusterCoordinates {
  kind: Cluster['kind'];
  kubeconfigPath: string;
  kubectlPath: string;
  hasControllers: boolean;
  hasSimulatedPods: boolean;
}

export interface PostgresCoordinates {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
  url: string;
}

export interface RedisCoordinates {
  host: string;
  port: number;
  url: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    cluster: Provided<ClusterCoordinates>;
    postgres: Provided<PostgresCoordinates>;
    redis: Provided<RedisCoordinates>;
    /** Whether a file may start one; few do, and it takes seconds. */
    rabbitmq: Provided<Record<string, never>>;
    /** The same. */
    pgbouncer: Provided<Record<string, never>>;
    /** The kinds of CloudNativePG, RabbitMQ, Elastic and the Gateway API are served by the cluster. */
    engines: Provided<Record<string, never>>;
  }
}

interface Component<T> {
  provided: Provided<T>;
  stop?: () => Promise<void>;
}

/** Starts a cluster, Postgres and Redis once for all integration tests; the returned function ends them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // One after the other: on two cores they would only slow one another down, and lines would mix.
  const components: Component<unknown>[] = [];
  const stop = async () => {
    const [first, ...others] = components;
    await first?.stop?.();
    await Promise.all(others.map(async (component) => component.stop?.()));
  };
  try {
    const redis = await attempt('Redis', startRedis, ({ host, port, url }) => ({ host, port, url }));
    components.push(redis);
    const rabbitmq = await attempt('RabbitMQ', rabbitmqInstalled, () => ({}));
    components.push(rabbitmq);
    const pgbouncer = await attempt('PgBouncer', pgbouncerInstalled, () => ({}));
    components.push(pgbouncer);
    const postgres = await attempt('Postgres', startPostgres, postgresCoordinates);
    components.push(postgres);
    const cluster = await attempt('a cluster', startCluster, clusterCoordinates);
    components.push(cluster);
    const engines = await attempt(
      'the kinds of engines',
      () => withEngines(cluster.provided),
      () => ({}),
    );
    // They go before the cluster, which may be somebody's.
    components.unshift(engines);
    project.provide('redis', redis.provided);
    project.provide('rabbitmq', rabbitmq.provided);
    project.provide('pgbouncer', pgbouncer.provided);
    project.provide('postgres', postgres.provided);
    project.provide('cluster', cluster.provided);
    project.provide('engines', engines.provided);
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}

function postgresCoordinates(postgres: Postgres): PostgresCoordinates {
  const { host, port, user, password, database, url } = postgres;
  return { host, port, user, password, database, url };
}

function clusterCoordinates(cluster: Cluster): ClusterCoordinates {
  const { kind, kubeconfigPath, kubectlPath, hasControllers, hasSimulatedPods } = cluster;
  return { kind, kubeconfigPath, kubectlPath, hasControllers, hasSimulatedPods };
}

async function startCluster(): Promise<Cluster> {
  const context = process.env['LEADPLATFORM_TEST_CONTEXT'];
  const cluster = await obtainCluster(context === undefined ? {} : { context });
  try {
    await applyDefinitions(cluster);
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  return cluster;
}

/** For all files at once: one that took them away after itself would take them from those beside it. */
async function withEngines(cluster: Provided<ClusterCoordinates>): Promise<{ stop: () => Promise<void> }> {
  if (!cluster.available) throw new TestbedUnavailable('There is no cluster.', cluster.reason);
  return { stop: await installEngines(cluster.coordinates) };
}

async function pgbouncerInstalled(): Promise<{ stop: () => Promise<void> }> {
  await ensureDebianCommand('pgbouncer', 'pgbouncer', logToStderr);
  return { stop: async () => undefined };
}

async function rabbitmqInstalled(): Promise<{ stop: () => Promise<void> }> {
  await ensureDebianCommand('rabbitmq-server', 'rabbitmq-server', logToStderr);
  return { stop: async () => undefined };
}

/** Starts a server and takes its coordinates, or the reason why there are none. */
async function attempt<S extends { stop: () => Promise<void> }, T>(
  what: string,
  start: () => Promise<S>,
  coordinatesOf: (started: S) => T,
): Promise<Component<T>> {
  try {
    const started = await start();
    return { provided: { available: true, coordinates: coordinatesOf(started) }, stop: started.stop };
  } catch (error) {
    // In CI nothing is skipped: what is missing there is a mistake.
    if (!isTestbedUnavailable(error) || process.env['CI'] === 'true') throw error;
    process.stderr.write(`\n*** SKIPPED: every test that needs ${what}. ${error.message}\n\n`);
    return { provided: { available: false, reason: error.message } };
  }
}
