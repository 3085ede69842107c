/**
 * Queues that move between two real Redis servers, by the operator on the real API server. Pods do nothing here: jobs are
 * put in, and worked off, by the test.
 */
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startRedis, type Redis as Server } from '../../../testbed/redis.ts';
import type { CapabilityName } from '../../../src/api/names.ts';
import { eventually, Rig } from '../operator/rig.ts';
import { describeWith } from '../support.ts';

const KEY = 'laravel-database-queues:default';

describeWith(['pods', 'redis'], 'Queues that move to a server of their own', () => {
  let rig: Rig;
  const servers: Server[] = [];
  const clients: Redis[] = [];
  beforeAll(async () => {
    for (let count = 0; count < 2; count += 1) {
      const server = await startRedis();
      const client = new Redis(server.url);
      servers.push(server);
      clients.push(client);
      // Queues are for a server that keeps them.
      await client.config('SET', 'appendonly', 'yes');
    }
    rig = await Rig.start();
  }, 120_000);
  afterAll(async () => {
    await rig?.stopOperator();
    for (const client of clients) client.disconnect();
    for (const server of servers) await server.stop();
  });

  const at = (index: number) => ({ host: servers[index]?.host ?? '', port: servers[index]?.port ?? 0 });
  const apply = (dedicated: 'Auto' | 'Never') =>
    rig.apply('brain', {
      tierPin: { tier: 'balanced', reason: 'to see the queues move' },
      stores: { redis: at(0) },
      components: { ingest: { drainTime: '1s' }, queues: [{ name: 'default' }] },
      callLogSync: { strategy: 'Webhook' },
      transitions: {
        minReadyTime: '0s',
        policies: [
          { capability: 'queue-system', policy: 'Auto' },
          { capability: 'dedicated-queue-server', policy: dedicated },
        ],
      },
      capabilities: { dedicatedQueueServer: { redis: at(1) } },
    });
  const report = async (name: CapabilityName) =>
    (await rig.platform('brain')).status?.capabilities?.find((one) => one.name === name);
  const comesTo = (name: CapabilityName, expected: { state: string; step?: string }) =>
    eventually(
      `${name} is ${expected.state} ${expected.step ?? ''}`,
      async () => {
        const found = await report(name);
        if (found?.state !== expected.state || found.step !== expected.step)
          throw new Error(JSON.stringify(found));
        return found;
      },
      90_000,
    );
  const portIn = async (component: string): Promise<string | undefined> =>
    /"name":"REDIS_QUEUE_PORT","value":"(\d+)"/.exec(
      JSON.stringify((await rig.deployment(`brain-${component}`))?.spec.template),
    )?.[1];
  const putIn = async (client: Redis | undefined) => {
    await client?.rpush(KEY, '{"id":"1"}');
    await client?.zadd(`${KEY}:delayed`, Math.floor(Date.now() / 1_000) + 3_600, '{"id":"2"}');
  };

  it('leave workers with what is in the first one, and say until when', async () => {
    await apply('Never');
    await comesTo('queue-system', { state: 'External' });
    await putIn(clients[0]);
    await apply('Auto');
    const { message } = await comesTo('dedicated-queue-server', {
      state: 'Progressing',
      step: 'SourceDrained',
    });
    expect(message).toMatch(/comes due at \d{4}-/);
    for (const component of ['ingest', 'sync', 'queue-default']) {
      expect(await portIn(component)).toBe(String(servers[1]?.port));
    }
    expect(await portIn('left-queue-default-on-external-redis')).toBeUndefined();
    // As many as worked on that queue when it began.
    const left = await rig.deployment('brain-left-queue-default-on-external-redis');
    expect(left?.status?.readyReplicas).toBe(left?.spec.replicas);
    expect(left?.spec.replicas).toBeGreaterThan(0);
  }, 180_000);

  it('let the first one go once it is empty, and go on where an operator was that ended meanwhile', async () => {
    await rig.stopOperator();
    await clients[0]?.del(KEY, `${KEY}:delayed`);
    await rig.startOperator();
    await comesTo('dedicated-queue-server', { state: 'External' });
    await eventually('nobody is left behind', async () => {
      const left = await rig.deployment('brain-left-queue-default-on-external-redis');
      return left === undefined;
    });
  }, 180_000);

  it('come back the same way when it is declined', async () => {
    await putIn(clients[1]);
    await apply('Never');
    await comesTo('dedicated-queue-server', { state: 'Leaving', step: 'SourceDrained' });
    expect(await portIn('ingest')).toBeUndefined();
    expect(await portIn('left-queue-default-on-external-redis-queue')).toBe(String(servers[1]?.port));
    await clients[1]?.del(KEY, `${KEY}:delayed`);
    await comesTo('dedicated-queue-server', { state: 'Declined' });
    expect(await rig.deployment('brain-left-queue-default-on-external-redis-queue')).toBeUndefined();
  }, 180_000);
});
