/**
 * A platform of an earlier version that names Secrets and says nothing of TLS: it is measured by them no more, and what runs stays as
 * it is until you write the line. Beside it is one whose load has ended, with the same windows: once that one has come down, this one
 * would have, too, if what is unknown were taken for nothing.
 */
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LeadPlatformObject } from '../../../controller/leadplatform/kinds.ts';
import type { KubeObject } from '../../../controller/runtime/resources.ts';
import type { LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import { objectsOf } from '../../../testbed/objects.ts';
import { type Redis, startRedis } from '../../../testbed/redis.ts';
import { OperatorProcess } from '../operator/operator-process.ts';
import { COMPRESSED, eventually, LeadsTable, Queues } from '../operator/rig.ts';
import { createNamespace, describeWith, kubectl, testbed } from '../support.ts';

type Deployment = KubeObject & { readonly spec: { readonly replicas: number } };

/** What a platform is measured by. */
interface Load {
  readonly leads: LeadsTable;
  readonly queues: Queues;
}

/** The most of each component that the tiers have. The load asks for many more, so that no lead more or less changes anything. */
const MOST = 3;

const IN_CLEAR = { tls: { mode: 'Disable' } };

/** It began a minute ago, and goes on for ten. */
async function startLoad(redis: Redis): Promise<Load> {
  const load = { leads: await LeadsTable.create(), queues: new Queues(redis) };
  await load.leads.spread(1_000, 2_000, -60_000, 600_000);
  await load.queues.push('default', 2_000);
  return load;
}

async function endLoad({ leads, queues }: Load): Promise<void> {
  await leads.clear();
  await queues.empty('default');
}

/** It stands on `high` with `MOST` replicas of each component, and with no load on `low`, with one Pod. */
function specOf({ leads, queues }: Load): LeadPlatformSpecInput {
  const { name: table } = leads;
  // Of the connections to the shared Postgres others may leave none.
  const connectionsPerReplica = 0;
  const bounds = { min: 1, max: MOST };
  return {
    image: 'registry.example/brain:1.4.0',
    signals: {
      leadsPerDay: { postgres: { table, window: '2s', interval: '200ms', rateInterval: '200ms' } },
      leadsPerMinute: { postgres: { table, interval: '1s' } },
      queueDepth: { redis: { prefix: queues.prefix } },
    },
    components: {
      ingest: { drainTime: '1s', capacity: { leadsPerMinute: 100 }, connectionsPerReplica },
      sync: { connectionsPerReplica },
      queues: [{ name: 'default', capacity: { jobsPerMinute: 10 }, connectionsPerReplica }],
    },
    callLogSync: { strategy: 'Webhook' },
    tiers: [
      {
        name: 'low',
        fromLeadsPerDay: 0,
        // Of the Redis of `stores.redis`, and so External.
        capabilities: ['redis-cache', 'queue-system'],
        components: { allInOne: bounds },
      },
      {
        name: 'high',
        fromLeadsPerDay: 500,
        capabilities: ['separate-queue-workers'],
        components: { ingest: bounds, queue: bounds },
      },
    ],
    transitions: {
      minReadyTime: '0s',
      // A step that is still not done by then is told, or rolled back, within the test.
      readyTimeout: '15s',
      retryAfter: '1s',
      policies: [{ capability: 'queue-system', policy: 'Auto' }],
    },
    scaling: COMPRESSED,
  };
}

/** As the status of the signal, and of what is in that Redis, has to say it. */
const missing = (store: 'postgres' | 'redis') =>
  `the password in the Secret ${store} would go over the network in clear, so it is not sent; set spec.stores.${store}.tls: {} where the server has TLS, which verifies it, or set spec.stores.${store}.tls: {mode: Disable} if you trust the network in between`;

describeWith(['pods', 'postgres', 'redis'], 'An upgrade of a platform whose passwords went in clear', () => {
  const password = 'went-in-clear';
  let redis: Redis;
  let namespace: string;
  let operator: OperatorProcess;
  /** Of `brain`, which loses its readings, and of `quiet`, which loses its load. */
  let loads: Readonly<Record<'brain' | 'quiet', Load>>;
  /** What of `brain` ran when the operator was replaced. */
  let before: readonly (readonly [string, object])[];

  const apply = (object: object) =>
    kubectl(['apply', '--server-side', '--filename=-', '--namespace', namespace], {
      input: JSON.stringify(object),
    });
  const write = (name: keyof typeof loads, tls: object) => {
    const { host, port, database } = testbed().postgres;
    return apply({
      apiVersion: 'leadplatform.io/v1alpha1',
      kind: 'LeadPlatform',
      metadata: { name },
      spec: {
        ...specOf(loads[name]),
        stores: {
          postgres: { host, port, database, secretRef: { name: 'postgres' }, ...tls },
          redis: { host: redis.host, port: redis.port, secretRef: { name: 'redis' }, ...tls },
        },
      },
    });
  };
  const start = async () => {
    const args = ['run', `--namespace=${namespace}`, `--lease-namespace=${namespace}`];
    operator = await OperatorProcess.start(testbed().cluster.kubeconfigPath, args);
  };

  const statusOf = async (name: string) =>
    (await objectsOf(testbed().cluster).find<LeadPlatformObject>('leadplatform', name, namespace))?.status;
  const deploymentsOf = async (name: string) => {
    const options = { namespace, labelSelector: `app.kubernetes.io/instance=${name}` };
    const all = await objectsOf(testbed().cluster).list<Deployment>('deployments', options);
    return all.map(({ metadata, spec }) => [metadata.name, spec] as const);
  };
  /** Waits until it stands there with nothing under way, its Deployments have these replicas, and both capabilities are External. */
  const standsOn = (name: string, tier: string, replicas: Readonly<Record<string, number>>) =>
    eventually(
      `${name} stands on ${tier}`,
      async () => {
        const status = await statusOf(name);
        const sizes = (await deploymentsOf(name)).map(([of, spec]) => [of, spec.replicas] as const);
        const found = {
          tier: status?.tier,
          reconciling: status?.conditions?.find(({ type }) => type === 'Reconciling')?.status,
          external: status?.capabilities
            ?.filter(({ state }) => state === 'External')
            .map((one) => one.name)
            .toSorted(),
          replicas: Object.fromEntries(sizes),
        };
        const expected = { tier, reconciling: 'False', external: ['queue-system', 'redis-cache'], replicas };
        return isDeepStrictEqual(found, expected) || Promise.reject(new Error(JSON.stringify(found)));
      },
      120_000,
    );
  const large = (name: string) => ({
    [`${name}-ingest`]: MOST,
    [`${name}-queue-default`]: MOST,
    [`${name}-sync`]: 1,
  });

  beforeAll(async () => {
    redis = await startRedis({
      persistent: true,
      aclUsers: [{ name: 'measure', password, rules: '~* &* +@all' }],
    });
    loads = { brain: await startLoad(redis), quiet: await startLoad(redis) };
    namespace = await createNamespace('in-clear');
    const postgres = { username: testbed().postgres.user, password: testbed().postgres.password };
    for (const [name, stringData] of Object.entries({ postgres, redis: { username: 'measure', password } }))
      await apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData });

    // As an earlier version had them, which took what says nothing of TLS for this.
    for (const name of ['brain', 'quiet'] as const) await write(name, IN_CLEAR);
    await start();
    for (const name of ['brain', 'quiet']) await standsOn(name, 'high', large(name));
    await operator.end('SIGKILL');
    await write('brain', {});
    await endLoad(loads.quiet);
    await kubectl(['delete', 'lease', '--all', '-n', namespace]);
    before = await deploymentsOf('brain');
    await start();
  }, 300_000);
  afterAll(async () => {
    await operator?.end('SIGKILL');
    for (const { leads, queues } of loads === undefined ? [] : Object.values(loads)) {
      queues.close();
      await leads.drop();
    }
    await redis?.stop();
  });

  it('says which line is missing', async () => {
    const expected = {
      leadsPerDay: missing('postgres'),
      leadsPerMinute: missing('postgres'),
      databaseSize: missing('postgres'),
      'queueDepth.default': missing('redis'),
    };
    await eventually('each signal says it', async () => {
      const signals = (await statusOf('brain'))?.signals ?? [];
      const found = Object.fromEntries(
        signals
          .filter(({ name, reason }) => reason === 'SourceRefused' && Object.hasOwn(expected, name))
          .map(({ name, message }) => [name, message]),
      );
      return isDeepStrictEqual(found, expected) || Promise.reject(new Error(JSON.stringify(found)));
    });
  });

  it('changes no Deployment, for as long as a load that has ended takes to come down', async () => {
    await standsOn('quiet', 'low', { 'quiet-all-in-one': 1 });
    // What was in place is not rolled back, however long its server is not asked.
    const { tier, capabilities } = await eventually('the cache has waited for too long', async () => {
      const status = await statusOf('brain');
      return status?.capabilities?.some(({ reason }) => reason === 'StepTooLong') && status;
    });
    expect(capabilities).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          name: 'redis-cache',
          state: 'Blocked',
          message: expect.stringContaining(missing('redis')) as string,
        }),
        expect.objectContaining({
          name: 'queue-system',
          state: 'Progressing',
          message: expect.stringContaining(missing('redis')) as string,
        }),
      ]) as unknown[],
    );
    expect({ tier, deployments: await deploymentsOf('brain') }).toEqual({
      tier: 'high',
      deployments: before,
    });
  }, 180_000);

  it('is measured again once the line is written, and nothing changes by that', async () => {
    await write('brain', IN_CLEAR);
    await eventually('it is measured again', async () => {
      const signals = (await statusOf('brain'))?.signals ?? [];
      return ['leadsPerDay', 'queueDepth.default'].every((name) =>
        signals.some((one) => one.name === name && one.value !== undefined),
      );
    });
    await standsOn('brain', 'high', large('brain'));
    expect(await deploymentsOf('brain')).toEqual(before);
  }, 180_000);
});
