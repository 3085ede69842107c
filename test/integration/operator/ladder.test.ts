import type { KubeObject } from '../../../controller/runtime/resources.ts';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { startTcpProxy } from '../runtime/tcp-proxy.ts';
import { describeWithCluster, testbed } from '../support.ts';
import type { DeploymentObject } from './rig.ts';
import { COMPRESSED, LeadsTable, Queues, Rig, eventually, postgresStore } from './rig.ts';

const DAY = 86_400_000;

describeWithCluster('A LeadPlatform on a real API server', () => {
  let rig: Rig;
  let leads: LeadsTable;
  let queues: Queues;

  beforeAll(async () => {
    rig = await Rig.start();
    leads = await LeadsTable.create();
    queues = new Queues(testbed().redis);
  });
  afterAll(async () => {
    await rig?.stopOperator();
    queues?.close();
    await leads?.drop();
  });

  it('climbs as leads arrive in Postgres and comes back down when they stop, one tier at a time', async () => {
    const window = 2_000;
    await rig.apply('climber', {
      stores: { postgres: await postgresStore(rig) },
      signals: {
        leadsPerDay: {
          postgres: { table: leads.name, window: '2s', interval: '200ms', rateInterval: '200ms' },
        },
        leadsPerMinute: { postgres: { table: leads.name, interval: '1s' } },
      },
      components: { ingest: { capacity: { leadsPerMinute: 1_000_000 } } },
      transitions: { minReadyTime: '1s' },
      // Long enough for a transition to end before the next tier.
      scaling: { ...COMPRESSED, demote: { lookback: '4s', wait: '8s' } },
    });
    await rig.standsOn('climber', 'single-server');
    expect((await rig.deployment('climber-all-in-one'))?.spec.replicas).toBe(1);

    await leads.spread(12_000, window, -window, 120_000);
    const separated = await rig.standsOn('climber', 'separated');
    expect(separated.status?.targetTier).toBe('separated');
    // The old side went after the new one was ready, and the Service points at the new one.
    expect(await rig.deployment('climber-all-in-one')).toBeUndefined();
    for (const component of ['ingest', 'sync', 'queue-default']) {
      expect(
        (await rig.deployment(`climber-${component}`))?.status?.readyReplicas,
        component,
      ).toBeGreaterThan(0);
    }
    const service = await rig.find<KubeObject & { spec: { selector: Record<string, string> } }>(
      'service',
      'climber',
    );
    expect(service?.spec.selector['app.kubernetes.io/component']).toBe('ingest');

    await leads.clear();
    await rig.standsOn('climber', 'single-server');
    expect(await rig.deployment('climber-ingest')).toBeUndefined();
    const changes = async () => {
      const tiers = (await rig.events('climber')).filter(({ reason }) => reason === 'TierChanged');
      return tiers.map(({ message }) => /^From \S+ to \S+/.exec(message)?.[0].replace(/:$/, ''));
    };
    await expect
      .poll(changes, { timeout: 10_000 })
      .toEqual([
        'From single-server to separated',
        'From separated to cached',
        'From cached to single-server',
      ]);
  }, 180_000);

  it('keeps its tier while Postgres is away, and comes down after that', async () => {
    const { host, port } = testbed().postgres;
    const wire = await startTcpProxy(host, port);
    onTestFinished(() => wire.stop());
    const { lookback, wait } = { lookback: 4_000, wait: 1_000 };
    await leads.clear();
    await leads.spread(1_000, 2_000, -2_000, 180_000);
    await rig.apply('steadfast', {
      stores: { postgres: { ...(await postgresStore(rig)), port: wire.port } },
      signals: {
        leadsPerDay: {
          postgres: { table: leads.name, window: '2s', interval: '200ms', rateInterval: '200ms' },
        },
        staleAfter: '1s',
      },
      tiers: [
        { name: 'low', fromLeadsPerDay: 0 },
        { name: 'high', fromLeadsPerDay: 500 },
      ],
      scaling: { ...COMPRESSED, demote: { lookback: `${lookback}ms`, wait: `${wait}ms` } },
    });
    await rig.standsOn('steadfast', 'high');

    wire.refuse(true);
    wire.cut();
    const since = Date.now();
    await eventually('it was decided for longer than a descent takes', async () =>
      [...rig.operator.platforms()].some(
        ([key, { decision }]) =>
          key.endsWith('/steadfast') && (decision?.at ?? 0) > since + 2 * (lookback + wait),
      ),
    );
    const { status } = await rig.platform('steadfast');
    expect(status?.tier).toBe('high');
    expect(status?.signals?.find(({ name }) => name === 'leadsPerDay')?.reason).toBeDefined();

    await leads.clear();
    wire.refuse(false);
    await rig.standsOn('steadfast', 'low', 90_000);
  }, 240_000);

  it('reads the load of the past days from Postgres, so that it neither starts small nor forgets at a restart', async () => {
    await leads.clear();
    await leads.spread(28_000, DAY, -9 * DAY, DAY);
    await rig.apply('remembered', {
      stores: { postgres: await postgresStore(rig) },
      signals: {
        leadsPerDay: { postgres: { table: leads.name } },
        leadsPerMinute: { postgres: { table: leads.name } },
      },
    });
    const platform = await rig.standsOn('remembered', 'balanced');
    // Straight there: the tiers between were never stood on.
    const tiers = (await rig.events('remembered')).filter(({ reason }) => reason === 'TierChanged');
    expect(tiers.length).toBeLessThanOrEqual(1);

    await rig.stopOperator();
    await rig.startOperator();
    await eventually('a decision was made after the restart', async () =>
      [...rig.operator.platforms()].some(
        ([key, { decision }]) => key.endsWith('/remembered') && decision !== undefined,
      ),
    );
    const after = await rig.platform('remembered');
    expect(after.status?.tier).toBe('balanced');
    expect(after.status?.tierSince).toBe(platform.status?.tierSince);
  });

  it('goes to the right size in one step when 5,000 jobs arrive at once, and a new operator holds it', async () => {
    await rig.apply('bursty', {
      minTier: 'enterprise',
      stores: {
        redis: testbed().redis.port > 0 ? { host: testbed().redis.host, port: testbed().redis.port } : {},
      },
      signals: { queueDepth: { redis: { prefix: queues.prefix } } },
      components: { queues: [{ name: 'imports', capacity: { jobsPerMinute: 100 } }, { name: 'mail' }] },
      tiers: [
        {
          name: 'only',
          fromLeadsPerDay: 0,
          capabilities: ['separate-queue-workers'],
          components: { queue: { min: 1, max: 100 } },
        },
        { name: 'enterprise', fromLeadsPerDay: 1_000, components: { queue: { min: 1, max: 100 } } },
      ],
      scaling: { ...COMPRESSED, scaleDown: { window: '10m' } },
    });
    const sizeOf = async (): Promise<number | undefined> =>
      (await rig.deployment('bursty-queue-imports'))?.spec.replicas;
    await eventually('the queue has its Deployment', async () => (await sizeOf()) === 1);
    const sizes = new Set<number>();
    await queues.push('imports', 5_000);
    // 3,000 s of work, of which 57 s for the one that is ready, and 37 s for each that is to be ready 20 s from now.
    await eventually('it is at least 80', async () => {
      const size = await sizeOf();
      if (size !== undefined) sizes.add(size);
      return size !== undefined && size >= 80;
    });
    const [one, many = 0] = [...sizes];
    expect(sizes.size).toBe(2);
    expect(one).toBe(1);
    expect(many).toBeLessThanOrEqual(90);

    // Nothing is in the queue any more, and the operator is new: without a full window seen, they stay.
    await queues.empty('imports');
    await rig.stopOperator();
    await rig.startOperator();
    const decided = await eventually('the new operator has decided with a known depth', async () =>
      [...rig.operator.platforms()]
        .map(([key, memory]) => (key.endsWith('/bursty') ? memory.decision : undefined))
        .find((decision) =>
          decision?.signals.some(({ name, value }) => name === 'queueDepth.imports' && value === 0),
        ),
    );
    const component = decided.components.find(({ name }) => name === 'queue-imports');
    expect(component).toMatchObject({ replicas: many, rule: 'WindowNotSeen' });
    expect((await rig.find<DeploymentObject>('deployment', 'bursty-queue-imports'))?.spec.replicas).toBe(
      many,
    );
  });
});
