import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import type { RedisProbe } from '../../../src/probes/probe.ts';
import { probeRunnerOf } from '../../../src/sources/probes/index.ts';
import { startRedis, type Redis as RedisServer } from '../../../testbed/redis.ts';
import { describeWith } from '../support.ts';
import { never, parse, sourceDeps, sourceOf } from './fixture.ts';

const NOW = Date.parse('2026-03-02T09:00:00Z');
const seconds = NOW / 1_000;
const message = (pattern: RegExp) => expect.stringMatching(pattern) as string;

describeWith(['redis'], 'an application that keeps its queues elsewhere than the spec says', () => {
  let server: RedisServer | undefined;
  let client: Redis | undefined;
  beforeAll(async () => {
    server = await startRedis({ log: () => {} });
    client = new Redis({ host: server.host, port: server.port, protocol: 2 });
  });
  beforeEach(() => client!.flushall());
  afterAll(async () => {
    client?.disconnect();
    await server?.stop();
  });

  const job = (key: string) => () => client!.rpush(key, '{}');
  const held = (key: string) => () => client!.zadd(key, seconds + 60, '{}');
  const text = (key: string) => () => client!.set(key, '1');
  const specOf = (redis: object) =>
    parse({
      stores: { redis: { host: server!.host, port: server!.port } },
      components: { queues: [{ name: 'mail' }] },
      signals: { queueDepth: { redis } },
    });
  const sourceWith = (redis: object) => sourceOf(specOf(redis), sourceDeps(), 'redis:queues');

  it.each<{ name: string; redis: object; keys: readonly (() => Promise<unknown>)[]; says: RegExp }>([
    {
      name: 'under the prefix of newer versions, while keys of before linger',
      redis: { prefix: 'laravel_database_' },
      keys: [text('laravel_database_cache'), job('laravel-database-queues:mail')],
      says: /prefix to "laravel-database-"/,
    },
    {
      name: 'under the prefix of older versions',
      redis: {},
      keys: [held('laravel_database_queues:mail:reserved'), text('laravel-database-cache')],
      says: /prefix to "laravel_database_"/,
    },
    {
      name: 'under a prefix of their own that moved with the upgrade',
      redis: { prefix: 'my_brain_database_' },
      keys: [text('my_brain_database_cache'), job('my-brain-database-queues:mail')],
      says: /prefix to "my-brain-database-"/,
    },
    {
      name: 'in braces, as newer versions write them on a cluster',
      redis: {},
      keys: [text('laravel-database-cache'), job('laravel-database-queues:{mail}')],
      says: /clusterNames to true/,
    },
    {
      name: 'under a newer prefix, while a job that nobody works on any more lingers',
      redis: { prefix: 'laravel_database_' },
      keys: [held('laravel_database_queues:mail:reserved'), job('laravel-database-queues:mail')],
      says: /prefix to "laravel-database-"/,
    },
    {
      name: 'under another prefix altogether',
      redis: { prefix: 'misspelt-' },
      keys: [text('other'), job('brain-database-queues:mail')],
      says: /with the prefix "brain-database-"/,
    },
    {
      name: 'under a prefix that begins with that of the spec',
      redis: { prefix: 'laravel' },
      keys: [text('laravel-database-cache'), held('laravel-database-queues:mail:delayed')],
      says: /with the prefix "laravel-database-"/,
    },
  ])('is found out: $name', async ({ redis, keys, says }) => {
    for (const put of keys) await put();
    const found = await sourceWith(redis).read(NOW);
    const doubtful = { unknown: 'Suspicious', message: message(says) };
    expect(found.queues).toMatchObject({ mail: doubtful, 'vici-updates': doubtful });
  });

  it('is found out when it moves, and believed again where it comes back', async () => {
    const source = sourceWith({ prefix: 'laravel_database_' });
    const mail = async (now: number) => (await source.read(now)).queues?.['mail'];
    await job('laravel_database_queues:mail')();
    expect(await mail(NOW)).toMatchObject({ value: { ready: 1 } });
    await client!.del('laravel_database_queues:mail');
    await text('laravel_database_cache')();
    expect(await mail(NOW + 1_000)).toMatchObject({ value: { ready: 0 } });
    await job('laravel-database-queues:mail')();
    expect(await mail(NOW + 12_000)).toMatchObject({ unknown: 'Suspicious' });
    expect(await mail(NOW + 13_000)).toMatchObject({ unknown: 'Suspicious' });
    await job('laravel_database_queues:mail')();
    expect(await mail(NOW + 14_000)).toMatchObject({ value: { ready: 1 } });
    await client!.del('laravel_database_queues:mail');
    // What was left under the other prefix does not change any more.
    for (const later of [15_000, 30_000, 300_000])
      expect(await mail(NOW + later)).toMatchObject({ value: { ready: 0 } });
  });

  it('is another one, where the prefix differs in its letters', async () => {
    await text('laravel-database-cache')();
    await job('staging-database-queues:mail')();
    const found = await sourceWith({}).read(NOW);
    expect(found.queues?.['mail']).toMatchObject({ value: { ready: 0 } });
  });

  it('costs no look at all keys, and one at the others every ten seconds', async () => {
    await text('laravel-database-cache')();
    const source = sourceWith({});
    await client!.config('RESETSTAT');
    for (let second = 0; second < 60; second += 1) await source.read(NOW + second * 1_000);
    const stats = await client!.info('commandstats');
    const calls = (command: string) =>
      Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
    // Beside the sixty of its own: three other ways to write its queues, six times.
    expect({
      exists: calls('exists'),
      keys: calls('keys'),
      scan: calls('scan'),
      llen: calls('llen'),
    }).toEqual({
      exists: 60 + 3 * 6,
      keys: 0,
      scan: 2,
      llen: 0,
    });
  });

  it('is found out before queues move from a server that only seems to be drained', async () => {
    await text('laravel_database_cache')();
    await job('laravel-database-queues:mail')();
    const { redis } = specOf({}).stores;
    const probe: RedisProbe = {
      kind: 'redis',
      id: 'queues',
      store: redis!,
      queues: { prefix: 'laravel_database_', clusterNames: false, names: ['mail'] },
    };
    const runner = probeRunnerOf(probe, sourceDeps(), () => NOW);
    onTestFinished(() => runner.close());
    expect(await runner.put(never)).toMatchObject({ facts: { doubt: message(/"laravel-database-"/) } });
  });
});
