/** A platform with real pods: the stand-in for the application, with a Postgres and a Redis of its own. */
import { Redis as RedisClient } from 'ioredis';
import { Pool } from 'pg';
import { type LoadOptions, type LoadOutcome, sendLeads } from '../../testbed/load/sender.ts';
import { type Tally, tally } from '../../testbed/load/tally.ts';
import { type Postgres, startPostgres } from '../../testbed/postgres.ts';
import { exposeOnNode } from '../../testbed/real/expose.ts';
import type { RemoteRealCluster } from '../../testbed/real/remote.ts';
import { type Redis, startRedis } from '../../testbed/redis.ts';
import { eventually } from '../integration/processes.ts';
import { brainImage } from './images.ts';
import { condition, type LeadPlatform, leadPlatform, untilItAnswers, urlOf } from './lead-platform.ts';
import { installOperator, type InstalledOperator, type InstallOptions } from './operator.ts';
import { type Namespace, testNamespace } from './support.ts';

/** The name of the LeadPlatform, and of its Service. */
export const platformName = 'brain';
/** The two tiers of its ladder: everything in one pod, and Deployments of their own from {@link apartFrom} on. */
export const tiers = { together: 'together', apart: 'apart' } as const;
/** Leads in the last 10 s, which is the "day" of these platforms. */
export const apartFrom = 200;

export interface PlatformOptions {
  /** Part of the name of its namespace. */
  name?: string;
  /** Merged over the spec, as a merge patch: objects field by field, lists and all else as a whole. */
  spec?: object;
  /** Who leads it. Left out: an operator of its own, which watches its namespace alone and goes with it. */
  operator?: InstalledOperator;
  /** Values of the chart for an operator of its own. */
  values?: NonNullable<InstallOptions['values']>;
}

export interface Platform extends LeadPlatform, Pick<Namespace, 'kubectl' | 'find' | 'list'> {
  namespace: string;
  operator: InstalledOperator;
  postgres: Postgres;
  redis: Redis;
  /** Connected to its database as the superuser. */
  pool: Pool;
  /** Posts leads to the ClusterIP of its Service. What is sent is counted by {@link Platform.tally}. */
  sendLeads(options: Omit<LoadOptions, 'url'>): Promise<LoadOutcome>;
  /** Waits until no queue holds a job, then counts all leads that were sent so far. */
  tally(): Promise<Tally & { failed: LoadOutcome['failed'] }>;
  /** Deletes the namespace, then ends the servers; back when the pods are gone. */
  remove(): Promise<void>;
}

/** Starts it; back when it is Ready, on the lowest tier unless the spec says otherwise. */
export async function startPlatform(
  cluster: RemoteRealCluster,
  options: PlatformOptions = {},
): Promise<Platform> {
  const servers: (() => Promise<unknown>)[] = [];
  const inCluster: (() => Promise<unknown>)[] = [];
  const remove = async () => {
    // What runs in the cluster uses the servers.
    for (const step of [...servers, ...inCluster].toReversed()) await step();
  };
  try {
    const namespace = await testNamespace(cluster, options.name ?? 'leads');
    inCluster.push(() => namespace.remove());
    // Beside the servers: its pods take their seconds to start.
    const installing =
      options.operator ??
      installOperator(cluster, { watch: namespace.name, values: options.values ?? {} }).then((operator) => {
        inCluster.push(() => operator.remove());
        return operator;
      });
    // Awaited below.
    void Promise.resolve(installing).catch(() => undefined);
    const postgres = await startPostgres({ host: cluster.nodeAddress });
    servers.push(() => postgres.stop());
    const redis = await startRedis({ host: cluster.nodeAddress, persistent: true });
    servers.push(() => redis.stop());
    const { host, port, user, password, database } = postgres;
    const pool = new Pool({ host, port, user, password, database, max: 2 });
    // Whoever takes the server away knows.
    pool.on('error', () => undefined);
    servers.push(() => pool.end());
    const { name, kubectl, find, list } = namespace;
    for (const server of [
      { service: 'postgres', port: 5432, targetPort: port },
      { service: 'redis', port: 6379, targetPort: redis.port },
    ])
      await exposeOnNode(cluster, { namespace: name, ...server });
    const apply = ['apply', '--server-side', '--filename=-'];
    await kubectl(apply, { input: JSON.stringify(credentials(user, password)) });
    await kubectl(apply, { input: JSON.stringify(environment()) });
    await kubectl(apply, { input: JSON.stringify(manifest(name, database)) });
    const operator = await installing;

    const sent: LoadOutcome[] = [];
    const { spec, status, until } = leadPlatform(namespace, platformName, operator.namespace);
    if (options.spec !== undefined) await spec(options.spec);
    await until('the platform is Ready', (now) => condition(now, 'Ready') === 'True');
    const url = await urlOf({ kubectl }, platformName);
    await untilItAnswers(url);
    return {
      namespace: name,
      ...{ operator, kubectl, find, list, postgres, redis, pool, status, spec, until, remove },
      sendLeads: async (load) => {
        const outcome = await sendLeads({ ...load, url });
        sent.push(outcome);
        return outcome;
      },
      tally: async () => {
        await eventually('no queue holds a job', () => isIdle(redis), 120_000);
        const leads = {
          sent: sent.flatMap((one) => one.sent),
          accepted: sent.flatMap((one) => one.accepted),
        };
        return { ...(await tally(pool, leads)), failed: sent.flatMap((one) => one.failed) };
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

function credentials(username: string, password: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'brain-postgres' },
    stringData: { username, password },
  };
}

function environment(): object {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'brain-env' },
    data: { QUEUE_CONNECTION: 'redis', CACHE_STORE: 'redis', REDIS_HOST: 'redis' },
  };
}

/**
 * A "day" lasts 10 s and what is measured in days is as much shorter; the ladder has two tiers, so that the requests of a
 * test are the load that it climbs by. All of it by fields that everybody can set.
 */
function manifest(namespace: string, database: string): object {
  const fromSecret = (key: string) => ({ valueFrom: { secretKeyRef: { name: 'brain-postgres', key } } });
  const worker = { longestJob: '20s', pickupTime: '5s', capacity: { jobsPerMinute: 600 } };
  return {
    apiVersion: 'leadplatform.io/v1alpha1',
    kind: 'LeadPlatform',
    metadata: { name: platformName },
    spec: {
      image: brainImage,
      imagePullPolicy: 'Never',
      // Where an application has its settings, over which capabilities win.
      envFrom: [{ configMapRef: { name: 'brain-env' } }],
      env: [
        // Above the longest job: a job that still runs is given to nobody else.
        { name: 'REDIS_QUEUE_RETRY_AFTER', value: '30' },
        { name: 'DB_HOST', value: 'postgres' },
        { name: 'DB_DATABASE', value: database },
        { name: 'DB_USERNAME', ...fromSecret('username') },
        { name: 'DB_PASSWORD', ...fromSecret('password') },
        { name: 'BRAIN_JOB_SECONDS', value: '0.05' },
      ],
      podTemplate: { securityContext: { runAsNonRoot: true } },
      components: {
        ingest: { capacity: { leadsPerMinute: 3_000 }, drainTime: '10s' },
        sync: worker,
        queues: [{ name: 'default', ...worker }],
      },
      callLogSync: { strategy: 'Webhook' },
      budgets: { viciApiCallsPerHour: 1_000_000 },
      stores: {
        postgres: {
          host: `postgres.${namespace}.svc`,
          database,
          secretRef: { name: 'brain-postgres' },
          tls: { mode: 'Disable' },
        },
        redis: { host: `redis.${namespace}.svc` },
      },
      signals: {
        leadsPerDay: { postgres: { window: '10s', interval: '1s', rateInterval: '1s' } },
        leadsPerMinute: { postgres: { interval: '2s' } },
        databaseConnections: { postgres: { interval: '5s' } },
        staleAfter: '10s',
      },
      transitions: { minReadyTime: '2s', readyTimeout: '60s' },
      scaling: {
        promote: { sustainedFor: '5s' },
        demote: { lookback: '20s', wait: '2s' },
        scaleDown: { window: '10s' },
      },
      tiers: [
        { name: tiers.together, fromLeadsPerDay: 0, components: { allInOne: { min: 1, max: 1 } } },
        {
          name: tiers.apart,
          fromLeadsPerDay: apartFrom,
          capabilities: ['separate-queue-workers'],
          components: {
            ingest: { min: 1, max: 3 },
            sync: { min: 1, max: 4 },
            queue: { min: 1, max: 4 },
          },
        },
      ],
    },
  };
}

/** A queue that is empty has no key. */
export async function isIdle(redis: Redis): Promise<boolean> {
  const client = new RedisClient(redis.url, { maxRetriesPerRequest: 1, lazyConnect: true });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const keys = await client.keys('*queues:*');
    return keys.every((key) => key.endsWith(':notify'));
  } finally {
    client.disconnect();
  }
}
