import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LaravelQueue, queueKeys } from '../../testbed/demo/jobs.ts';
import { LeadsTable } from '../../testbed/demo/leads.ts';
import { SimulatedWorkers } from '../../testbed/demo/workers.ts';
import { eventually } from './processes.ts';
import { describeWith, testbed } from './support.ts';

describeWith(['redis'], 'the workers of the demo', () => {
  const name = 'vici-updates';
  let redis: Redis;
  let prefix: string;
  let queue: LaravelQueue;
  let workers: SimulatedWorkers;
  const errors: unknown[] = [];

  beforeEach(() => {
    redis = new Redis(testbed().redis.url, { enableAutoPipelining: true });
    prefix = `demo-${randomBytes(4).toString('hex')}-`;
    queue = new LaravelQueue({ redis, prefix, name, jobClass: 'App\\Jobs\\PushLeadToVici' });
    workers = withWorkers(5);
    errors.length = 0;
  });
  afterEach(async () => {
    await workers.stop();
    const { ready, delayed, reserved, notify } = queueKeys(prefix, name);
    await redis.del(ready, delayed, reserved, notify);
    redis.disconnect();
    expect(errors).toEqual([]);
  });

  function withWorkers(serviceMs: number): SimulatedWorkers {
    return new SimulatedWorkers({
      queue,
      serviceMs,
      random: () => 0.5,
      onError: (error) => errors.push(error),
    });
  }

  const held = async () => (await queue.counts()).reserved;

  it('does every job once, those for later too, and leaves nothing', async () => {
    const now = Date.now();
    await queue.push(200, now);
    await queue.later(20, now, now + 1_000);
    expect(await queue.counts()).toEqual({ ready: 200, delayed: 20, reserved: 0 });
    workers.resize(8);
    await eventually('all are done', async () => workers.done === 220);
    expect(await queue.counts()).toEqual({ ready: 0, delayed: 0, reserved: 0 });
    expect(await redis.exists(queueKeys(prefix, name).notify)).toBe(0);
    // A job for later waits from when it was put aside.
    expect(workers.longestWaitMs).toBeGreaterThanOrEqual(500);
  });

  it.each([3, 7])('holds as many jobs at a time as there are workers, and never more (%i)', async (size) => {
    workers = withWorkers(100);
    await queue.push(60, Date.now());
    workers.resize(size);
    const seen: number[] = [];
    await eventually('all are done', async () => {
      seen.push(await held());
      return workers.done === 60;
    });
    expect(Math.max(...seen)).toBe(size);
  });

  it('lets workers that are too many finish the job that they hold', async () => {
    workers = withWorkers(50);
    await queue.push(40, Date.now());
    workers.resize(10);
    await eventually('all are busy', async () => (await held()) === 10);
    await workers.stop();
    const { ready, delayed, reserved } = await queue.counts();
    expect({ delayed, reserved }).toEqual({ delayed: 0, reserved: 0 });
    expect(ready + workers.done).toBe(40);
    expect(workers.done).toBeGreaterThanOrEqual(10);
  });

  it('does again what a worker took and never finished', async () => {
    const now = Date.now();
    await queue.push(1, now);
    const lost = await queue.pop(now - 3_600_000);
    expect(lost).toBeDefined();
    expect(await held()).toBe(1);
    workers.resize(1);
    await eventually('another has done it', async () => workers.done === 1);
    expect(await queue.delete(lost!)).toBe(false);
  });

  it('keeps jobs as Laravel does: the head is the oldest, an attempt counts, reserved until retry_after', async () => {
    const now = Date.parse('2026-03-02T08:00:00.250Z');
    const { ready, reserved } = queueKeys(prefix, name);
    expect(ready).toBe(`${prefix}queues:vici-updates`);
    await queue.push(1, now);
    await queue.push(1, now + 60_000);
    const [first] = (await redis.lrange(ready, 0, 0)) as [string];
    const payload = JSON.parse(first) as Record<string, unknown>;
    expect(payload).toMatchObject({
      displayName: 'App\\Jobs\\PushLeadToVici',
      job: 'Illuminate\\Queue\\CallQueuedHandler@call',
      attempts: 0,
      createdAt: Math.floor(now / 1000),
      pushedAt: (now / 1000).toFixed(4),
    });
    const job = await queue.pop(now);
    expect(job?.pushedAt).toBe(now);
    expect(JSON.parse(job!.reserved)).toMatchObject({ uuid: payload['uuid'], attempts: 1 });
    expect(await redis.zscore(reserved, job!.reserved)).toBe(String(Math.floor(now / 1000) + 90));
  });
});

describeWith(['postgres'], 'the leads of the demo', () => {
  const database = `demo_${randomBytes(4).toString('hex')}`;
  const reader = { name: database, password: 'reads' };
  let admin: Client;
  let client: Client;

  beforeEach(async () => {
    admin = new Client({ connectionString: testbed().postgres.url });
    await admin.connect();
    await admin.query(`CREATE DATABASE ${database}`);
    client = new Client({ ...testbed().postgres, database });
    await client.connect();
  });
  afterEach(async () => {
    await client.end();
    await admin.query(`DROP DATABASE ${database} WITH (FORCE)`);
    await admin.query(`DROP ROLE IF EXISTS ${reader.name}`);
    await admin.end();
  });

  const counted = async (from: number, to: number, by = client) => {
    const text = 'SELECT count(*)::int AS leads FROM leads WHERE created_at > $1 AND created_at <= $2';
    const values = [new Date(from).toISOString(), new Date(to).toISOString()];
    return (await by.query<{ leads: number }>(text, values)).rows[0]?.leads;
  };

  it('are stamped by when they were due, kept as long as anybody counts, and then dropped', async () => {
    const start = Date.parse('2026-03-02T08:00:00Z');
    const table = new LeadsTable({ client, keepMs: 8_000 });
    await table.create(start, reader);
    for (let second = 1; second <= 30; second += 1) {
      await table.insert(1_000, start + (second - 1) * 1_000, start + second * 1_000);
    }
    const now = start + 30_000;
    expect(table.inserted).toBe(30_000);
    expect(await counted(now - 8_000, now)).toBe(8_000);
    expect(await counted(now - 2_500, now)).toBe(2_500);
    expect(await counted(start, now - 14_000)).toBe(0);
  });

  it('are taken in though they began before the newest partition did', async () => {
    const start = Date.parse('2026-03-02T08:00:00Z');
    const table = new LeadsTable({ client, keepMs: 8_000 });
    await table.create(start, reader);
    await table.insert(5, start - 4_100, start);
    expect(await counted(start - 5_000, start)).toBe(5);
  });

  it('can be counted by the operator, and not changed', async () => {
    const now = Date.now();
    const table = new LeadsTable({ client, keepMs: 8_000 });
    await table.create(now, reader);
    await table.insert(5, now - 100, now);
    const operator = new Client({
      ...testbed().postgres,
      database,
      user: reader.name,
      password: reader.password,
    });
    await operator.connect();
    try {
      expect(await counted(now - 1_000, now, operator)).toBe(5);
      await expect(operator.query('DELETE FROM leads')).rejects.toThrow(/permission denied/);
    } finally {
      await operator.end();
    }
  });
});
