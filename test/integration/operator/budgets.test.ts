import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Decision } from '../../../src/model/decision.ts';
import { describeWith, testbed } from '../support.ts';
import { COMPRESSED, eventually, postgresStore, Queues, Rig } from './rig.ts';

/** Parts of their own from the start, and no tier that bounds them. */
const TIERS = [
  {
    name: 'only',
    fromLeadsPerDay: 0,
    capabilities: ['separate-queue-workers' as const],
    components: { queue: { min: 1, max: 100 }, sync: { min: 1, max: 100 } },
  },
];
const JOBS = 5_000;
const redisStore = () => ({ host: testbed().redis.host, port: testbed().redis.port });
/** So often it is decided again before something is said not to happen. */
const TIMES = 10;

describeWith(['pods', 'postgres', 'redis'], 'A budget', () => {
  let rig: Rig;
  let queues: Queues;
  let source: Server;
  /** Calls to Vici in the last hour, as the source tells them. */
  let calls = 0;

  beforeAll(async () => {
    source = createServer((_, response) => response.end(JSON.stringify({ calls })));
    await new Promise<void>((resolve) => source.listen(0, '127.0.0.1', resolve));
    queues = new Queues(testbed().redis);
    rig = await Rig.start();
  });
  afterAll(async () => {
    await rig?.stopOperator();
    queues?.close();
    source?.close();
  });

  const decision = (platform: string): Decision | undefined =>
    [...rig.operator.platforms()].find(([key]) => key.endsWith(`/${platform}`))?.[1].decision;
  const componentOf = (platform: string, name: string) =>
    decision(platform)?.components.find((component) => component.name === name);
  const replicas = async (deployment: string) => (await rig.deployment(deployment))?.spec.replicas;
  /** All sizes that the Deployment has while it is decided a few times more. */
  const sizesMeanwhile = async (platform: string, deployment: string): Promise<readonly number[]> => {
    const sizes = new Set<number>();
    const instants = new Set<number>();
    await eventually('it was decided again', async () => {
      instants.add(decision(platform)?.at ?? 0);
      sizes.add((await replicas(deployment)) ?? 0);
      return instants.size > TIMES;
    });
    return [...sizes];
  };

  it("of the database's connections ends the growth of a queue, however deep it is", async () => {
    const each = 20;
    const client = new pg.Client({ connectionString: testbed().postgres.url });
    await client.connect();
    const { rows } = await client.query<{ max_connections: string }>('SHOW max_connections');
    await client.end();
    // Half of them may be used, by everybody together.
    const most = Math.floor(Number(rows[0]?.max_connections) / 2 / each);

    await rig.apply('hungry', {
      stores: { postgres: await postgresStore(rig), redis: redisStore() },
      signals: {
        databaseConnections: { postgres: { interval: '500ms' } },
        queueDepth: { redis: { prefix: queues.prefix } },
      },
      components: {
        queues: [{ name: 'imports', connectionsPerReplica: each, capacity: { jobsPerMinute: 100 } }],
      },
      budgets: { databaseConnections: '50%' },
      tiers: TIERS,
      scaling: COMPRESSED,
    });
    await eventually(
      'the queue has its Deployment',
      async () => (await replicas('hungry-queue-imports')) === 1,
    );
    await queues.push('imports', JOBS);
    const component = await eventually('more workers are wanted than are granted', async () => {
      const found = componentOf('hungry', 'queue-imports');
      return found !== undefined && found.wanted >= 50 && found;
    });
    expect(component.replicas).toBeLessThanOrEqual(most);
    expect(component.clamps.join()).toContain('the database allows');
    const sizes = await sizesMeanwhile('hungry', 'hungry-queue-imports');
    expect(Math.max(...sizes)).toBeLessThanOrEqual(most);
  });

  it('of calls to Vici ends the growth of sync while it is used up, and bounds it for ever', async () => {
    calls = 40_000;
    await rig.apply('calling', {
      stores: { redis: redisStore() },
      signals: {
        queueDepth: { redis: { prefix: queues.prefix } },
        apiCallsPerHour: {
          http: {
            url: `http://127.0.0.1:${(source.address() as AddressInfo).port}`,
            path: 'calls',
            interval: '1s',
          },
        },
      },
      // A call a job and a job a second: 3,600 calls an hour each, so 36,000 feed ten.
      components: { sync: { queue: 'vici', capacity: { jobsPerMinute: 60 } } },
      budgets: { viciApiCallsPerHour: 36_000 },
      tiers: TIERS,
      scaling: COMPRESSED,
    });
    await eventually('sync has its Deployment', async () => (await replicas('calling-sync')) === 1);
    await queues.push('vici', JOBS);
    const component = await eventually('more workers are wanted', async () => {
      const found = componentOf('calling', 'sync');
      return found !== undefined && found.wanted > 10 && found;
    });
    expect(await sizesMeanwhile('calling', 'calling-sync')).toEqual([1]);
    expect(component.clamps.join()).toContain('Vici was called 40,000 times in the last hour');

    calls = 100;
    await eventually('it grows', async () => ((await replicas('calling-sync')) ?? 0) >= 10);
    expect(await sizesMeanwhile('calling', 'calling-sync')).toEqual([10]);
  });
});
