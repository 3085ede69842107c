/** What the platform lives on goes away under it, one after the other: nothing is scaled down, and work goes on. */
import { setTimeout as delay } from 'node:timers/promises';
import { Redis as RedisClient } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { KubeObject } from '../../../controller/runtime/resources.ts';
import type { Redis } from '../../../testbed/redis.ts';
import { killContainer, leadingPod, type Write, writesOf } from '../abrupt.ts';
import { installOperator, operatorName, operatorNamespace } from '../operator.ts';
import { condition, type PlatformStatus } from '../lead-platform.ts';
import { type Platform, tiers, startPlatform } from '../platform.ts';
import { describeOnRealPods, type Namespace, namespaceOf } from '../support.ts';

/**
 * Each part at its most while leads come, and at one replica when none do. Five jobs of 0.5 s a second keep three workers
 * busy five sixths of their time, and at four fifths it would take four.
 */
const HUNGRY = {
  components: {
    ingest: { capacity: { leadsPerMinute: 1 }, replicas: { max: 2 } },
    sync: { capacity: { jobsPerMinute: 120 }, replicas: { max: 3 } },
  },
};
const A_SECOND = 5;
const JOB = { seconds: 0.5 };
const AT_MOST = { ingest: 2, sync: 3 };
/** Well beyond the window after which replicas go (10 s): what was taken for zero would have had its way. */
const WHILE_MS = 15_000;

type DeploymentObject = KubeObject & { spec: { replicas: number } };
type LeaseObject = KubeObject & { spec: { renewTime?: string } };
type Stoppable = Pick<Redis, 'pause' | 'resume' | 'halt' | 'start'>;

describeOnRealPods('a platform that loses what it lives on', (cluster) => {
  let platform: Platform;
  let operator: Namespace;
  const steady = new AbortController();
  /** When a store was away, from and to, in ms since the epoch. */
  const away: (readonly [number, number])[] = [];
  let load: ReturnType<Platform['sendLeads']>;

  beforeAll(async () => {
    const installed = await installOperator(cluster);
    operator = namespaceOf(cluster, operatorNamespace);
    platform = await startPlatform(cluster, { name: 'outages', spec: HUNGRY, operator: installed });
    load = platform.sendLeads({
      rate: A_SECOND,
      count: A_SECOND * 900,
      work: () => JOB,
      signal: steady.signal,
    });
  });
  afterAll(async () => {
    steady.abort();
    await load?.catch(() => undefined);
    await platform?.remove();
  });

  /** What each Deployment asks for, and how often its spec was written. */
  const sizes = async () => {
    const deployments = await platform.list<DeploymentObject>('deployments');
    return Object.fromEntries(
      deployments.map(({ metadata: { name, generation }, spec }) => [
        name,
        { generation, replicas: spec.replicas },
      ]),
    );
  };
  const pods = async () => (await platform.list('pods')).map(({ metadata: { uid = '' } }) => uid).toSorted();
  const effects = async (): Promise<number> => {
    const { rows } = await platform.pool.query<{ count: string }>('SELECT count(*) FROM lead_effects');
    return Number(rows[0]?.count);
  };
  const worksOn = async () => {
    const before = await effects();
    await expect.poll(effects, { timeout: 60_000, interval: 500 }).toBeGreaterThan(before + 10);
  };
  const isFresh = () =>
    platform.until('every signal is known', (now) => condition(now, 'SignalsFresh') === 'True', 150_000);
  const isUnknown = (signal: string) =>
    platform.until(`${signal} is unknown`, (now) => unknownSignals(now).includes(signal));

  it('has the next step of a transition taken by another replica within 20 s after its leader was killed', async () => {
    await platform.spec({ minTier: tiers.apart });
    await platform.until('it waits at the gate', ({ transition }) => transition?.step === 'WaitReady');
    const leader = await leadingPod(operator);
    const killedAt = await killContainer(operator, leader);
    const user = `system:serviceaccount:${operatorNamespace}:${operatorName}`;
    let next: Write | undefined;
    await expect
      .poll(
        async () => {
          // Dead is dead: the kubelet would have it back within a second.
          await killContainer(operator, leader).catch(() => undefined);
          const writes = await writesOf(user, killedAt);
          next = writes.find(
            ({ namespace, resource }) => namespace === platform.namespace && resource === 'services',
          );
          return next?.pod;
        },
        { timeout: 60_000, interval: 250 },
      )
      .toBeDefined();
    const after = (next?.at ?? Infinity) - killedAt;
    process.stderr.write(`The traffic was switched ${after} ms after the kill\n`);
    expect(next?.pod).not.toBe(leader);
    expect(after).toBeLessThan(20_000);
    await platform.until(
      'it has arrived',
      ({ tier, transition }) => tier === tiers.apart && transition === undefined,
    );
  });

  it('has its full size under the load', async () => {
    await expect.poll(sizes, { timeout: 90_000, interval: 500 }).toMatchObject({
      'brain-ingest': { replicas: AT_MOST.ingest },
      'brain-sync': { replicas: AT_MOST.sync },
    });
    await platform.until('it has settled', (now) => condition(now, 'Reconciling') === 'False');
    // Those of the side before finish their jobs, and are not counted below.
    await expect
      .poll(pods, { timeout: 60_000, interval: 500 })
      .toHaveLength(AT_MOST.ingest + AT_MOST.sync + 1);
  });

  it('is left as it is while etcd restarts and the API server is away for a minute, and works on meanwhile', async () => {
    const before = { sizes: await sizes(), pods: await pods() };
    await cluster.stopEtcd('SIGKILL');
    try {
      await worksOn();
    } finally {
      await cluster.startEtcd();
    }
    await expect.poll(sizes, { timeout: 60_000, interval: 1_000 }).toEqual(before.sizes);
    await cluster.stopApiServer('SIGKILL');
    const until = Date.now() + 60_000;
    try {
      while (Date.now() < until) await worksOn();
    } finally {
      await cluster.startApiServer();
    }
    await expect
      .poll(() => leaseRenewedAt(operator), { timeout: 120_000, interval: 1_000 })
      .toBeGreaterThan(until);
    await isFresh();
    await delay(WHILE_MS);
    expect({ sizes: await sizes(), pods: await pods() }).toEqual(before);
  });

  const stores = {
    Postgres: { signal: 'leadsPerMinute', server: () => platform.postgres },
    Redis: { signal: 'queueDepth', server: () => platform.redis },
  };
  const outages: Record<string, (server: Stoppable, meanwhile: () => Promise<void>) => Promise<void>> = {
    'does not answer': async (server, meanwhile) => {
      server.pause();
      try {
        await meanwhile();
      } finally {
        server.resume();
      }
    },
    'is restarted': async (server, meanwhile) => {
      await server.halt();
      try {
        await meanwhile();
      } finally {
        await server.start();
      }
    },
  };

  it.each(
    (['Postgres', 'Redis'] as const).flatMap((store) =>
      Object.keys(outages).map((outage) => [store, outage] as const),
    ),
  )('is left as it is while %s %s, and works on after that', async (store, outage) => {
    const { signal, server } = stores[store];
    const before = await sizes();
    // Some work is waiting when the store goes, so that workers have every reason to stay.
    await platform.sendLeads({ rate: 50, count: 12, work: () => ({ seconds: 2 }) });
    // A request that is under way fails too, and clients come back a moment after the store.
    const from = Date.now() - 5_000;
    await outages[outage]!(server(), async () => {
      await isUnknown(signal);
      await delay(WHILE_MS);
      expect(await sizes()).toEqual(before);
    }).finally(() => away.push([from, Date.now() + 30_000]));
    await worksOn();
    await isFresh();
    expect(await sizes()).toEqual(before);
  });

  it('has a signal that is stale where a NetworkPolicy cuts the operator off from its source, and knows it again after that', async ({
    skip,
  }) => {
    skip(cluster.kind === 'kind', "kind's network hides the address of a pod, by which it is hung up here");
    const before = await sizes();
    const policy = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'cut' },
      spec: {
        podSelector: {},
        policyTypes: ['Egress'],
        // All but Redis: names, the API server, Postgres.
        egress: [
          { ports: [{ port: 53, protocol: 'UDP' }] },
          {
            ports: [443, Number(new URL(cluster.server).port), platform.postgres.port].map((port) => ({
              port,
            })),
          },
        ],
      },
    };
    await operator.kubectl(['apply', '--filename=-'], { input: JSON.stringify(policy) });
    try {
      // Policies are asked about new connections; one that is there ends as with any hiccup of the network.
      await platform.until('queueDepth is unknown', async (now) => {
        await hangUpOperators(platform, operator);
        return unknownSignals(now).includes('queueDepth');
      });
      await delay(WHILE_MS);
      expect(unknownSignals(await platform.status())).toContain('queueDepth');
      expect(await sizes()).toEqual(before);
      await worksOn();
    } finally {
      await operator.kubectl(['delete', 'networkpolicy', 'cut']);
    }
    await isFresh();
    expect(await sizes()).toEqual(before);
  });

  it('did follow its load all the time: without leads it goes down to one replica each', async () => {
    steady.abort();
    const { failed } = await load;
    // Where the stores were there, no request failed: whatever else was away, and whatever was moved.
    const withStores = failed.filter(({ at }) => !away.some(([from, to]) => at >= from && at <= to));
    expect(withStores).toEqual([]);
    const { missing, accepted } = await platform.tally();
    expect(accepted).toBeGreaterThan(500);
    expect(missing).toEqual([]);
    await expect.poll(sizes, { timeout: 150_000, interval: 500 }).toMatchObject({
      'brain-ingest': { replicas: 1 },
      'brain-sync': { replicas: 1 },
    });
  });
});

/** What the condition says of signals that are configured; nothing where all are known. */
function unknownSignals({ conditions = [] }: PlatformStatus): string {
  const fresh = conditions.find(({ type }) => type === 'SignalsFresh');
  return fresh?.status === 'False' ? fresh.message : '';
}

/** ms since the epoch. */
async function leaseRenewedAt({ find }: Pick<Namespace, 'find'>): Promise<number> {
  const lease = await find<LeaseObject>('lease', operatorName);
  return Date.parse(lease?.spec.renewTime ?? '');
}

/** Ends the connections of the operator's pods to Redis. */
async function hangUpOperators(
  { redis: { url } }: Platform,
  { kubectl }: Pick<Namespace, 'kubectl'>,
): Promise<void> {
  const addresses = (await kubectl(['get', 'pods', '--output=jsonpath={.items[*].status.podIP}'])).split(' ');
  const client = new RedisClient(url, { maxRetriesPerRequest: 1, lazyConnect: true });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const list = String(await client.client('LIST'));
    const theirs = [...list.matchAll(/ addr=((\S+):\d+) /g)].filter(([, , host]) =>
      addresses.includes(host ?? ''),
    );
    for (const [, address] of theirs) await client.call('CLIENT', 'KILL', 'ADDR', address ?? '');
  } finally {
    client.disconnect();
  }
}
