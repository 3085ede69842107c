import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import type { LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import type { RedisAsk } from '../../../src/capabilities/asks.ts';
import { askerOf } from '../../../src/sources/asks/index.ts';
import { Pools } from '../../../src/sources/index.ts';
import { startRedis, startSentinel, type Redis as RedisServer } from '../../../testbed/redis.ts';
import { describeWith } from '../support.ts';
import { eventually, never, ownRedis, parse, type Secrets, sourceDeps, sourceOf } from './fixture.ts';

const NOW = Date.parse('2026-03-02T09:00:00Z');
const seconds = NOW / 1_000;
const message = (pattern: RegExp) => expect.stringMatching(pattern) as string;

describeWith(['redis'], 'signals from Redis', () => {
  const own = ownRedis();
  const { prefix } = own;
  const list = `${prefix}queues:vici-updates`;

  const specOf = (redis: object = {}, signals: LeadPlatformSpecInput['signals'] = {}) =>
    parse({
      stores: { redis: own.store() },
      components: { queues: [{ name: 'mail' }] },
      signals: { queueDepth: { redis: { prefix, ...redis } }, ...signals },
    });
  const queues = (redis: object = {}) => sourceOf(specOf(redis), sourceDeps(), 'redis:queues');

  beforeEach(async () => {
    const keys = await own.client().keys(`${prefix}*`);
    if (keys.length > 0) await own.client().del(...keys);
    // Some other key of the application.
    await own.client().set(`${prefix}app`, '1');
  });

  it('counts what a worker could take now, what it holds, and what is not due', async () => {
    const redis = own.client();
    await redis.rpush(list, JSON.stringify({ uuid: 'a', pushedAt: String(seconds - 42.5) }), '{}', '{}');
    await redis.zadd(
      `${list}:delayed`,
      seconds - 1,
      'due',
      seconds,
      'due now',
      seconds + 1,
      'later',
      seconds + 9,
      'b',
    );
    await redis.zadd(
      `${list}:reserved`,
      seconds - 5,
      'expired',
      seconds + 60,
      'held',
      seconds + 61,
      'c',
      seconds + 62,
      'd',
    );
    expect(await queues().read(NOW)).toEqual({
      queues: {
        'vici-updates': {
          value: { ready: 6, inFlight: 3, delayed: 2, oldestAgeSeconds: 42.5 },
          at: NOW,
        },
        mail: { value: { ready: 0, inFlight: 0, delayed: 0 }, at: NOW },
      },
    });
  });

  it('sees jobs that only a worker would move to the list', async () => {
    await own.client().zadd(`${list}:delayed`, seconds - 1, 'due');
    const found = await queues().read(NOW);
    expect(found.queues?.['vici-updates']).toEqual({ value: { ready: 1, inFlight: 0, delayed: 0 }, at: NOW });
  });

  it('reads off a job that a worker takes after how long another one gets it', async () => {
    const reserved = `${list}:reserved`;
    const source = queues();
    const seen = async (now: number) =>
      (await source.read(now)).queues?.['vici-updates'] as { value: { retryAfterSeconds?: number } };
    // Nobody knows when this one was taken.
    await own.client().zadd(reserved, seconds + 40, 'held');
    expect((await seen(NOW)).value.retryAfterSeconds).toBeUndefined();
    await own.client().zadd(reserved, seconds + 90, 'taken at once, for 90 s');
    expect(await seen(NOW + 1_000)).toMatchObject({ value: { inFlight: 2, retryAfterSeconds: 90 } });
  });

  it('reads queue names in braces, as on a cluster', async () => {
    await own.client().rpush(`${prefix}queues:{vici-updates}`, '{}', '{}');
    const found = await queues({ clusterNames: true }).read(NOW);
    expect(found.queues?.['vici-updates']).toMatchObject({ value: { ready: 2 } });
  });

  it('follows a queue from empty to busy and back', async () => {
    const source = queues();
    const ready = async () => (await source.read(NOW)).queues?.['vici-updates'];
    expect(await ready()).toMatchObject({ value: { ready: 0 } });
    await own.client().rpush(list, ...Array.from({ length: 5_000 }, () => '{}'));
    expect(await ready()).toMatchObject({ value: { ready: 5_000 } });
    await own.client().del(list);
    expect(await ready()).toMatchObject({ value: { ready: 0 } });
    expect(await ready()).toMatchObject({ value: { ready: 0 } });
  });

  it('does not believe a zero under a prefix that nothing begins with, until a job comes', async () => {
    const source = queues({ prefix: `${prefix}misspelt[*]-` });
    for (const now of [NOW, NOW + 1_000, NOW + 90_000]) {
      const found = await source.read(now);
      expect(found.queues?.['mail']).toMatchObject({ unknown: 'Suspicious', message: message(/prefix/) });
    }
    await own.client().rpush(`${prefix}misspelt[*]-queues:mail`, '{}');
    expect((await source.read(NOW + 91_000)).queues?.['mail']).toMatchObject({ value: { ready: 1 } });
    await own.client().del(`${prefix}misspelt[*]-queues:mail`);
    expect((await source.read(NOW + 92_000)).queues?.['mail']).toMatchObject({ value: { ready: 0 } });
  });

  it('finds the one key that shows that a prefix is right among thousands of others', async () => {
    const others = Array.from({ length: 5_000 }, (_, index) => [`${prefix}x${index}`, '1']).flat();
    await own.client().mset(...others);
    await own.client().set(`${prefix}needle-a`, '1');
    const source = queues({ prefix: `${prefix}needle-` });
    let now = NOW;
    await eventually(async () => {
      now += 1_000;
      expect((await source.read(now)).queues?.['mail']).toMatchObject({ value: { ready: 0 } });
    });
    expect(now - NOW).toBeLessThanOrEqual(20_000);
  });

  it('believes the zeros of an empty database', async () => {
    const redis = await startRedis({ log: () => {} });
    try {
      const spec = parse({ stores: { redis: { host: redis.host, port: redis.port } } });
      const found = await sourceOf(spec, sourceDeps(), 'redis:queues').read(NOW);
      expect(found.queues?.['default'] ?? found.queues?.['vici-updates']).toMatchObject({
        value: { ready: 0 },
      });
    } finally {
      await redis.stop();
    }
  });

  it('is unknown where something else lies under the key of a queue', async () => {
    await own.client().set(list, 'text');
    const found = await queues().read(NOW);
    expect(found.queues?.['vici-updates']).toMatchObject({
      unknown: 'Suspicious',
      message: message(/something else/),
    });
  });

  it.each([
    { stored: '123.4', unit: 'ms', expected: { value: 123.4, at: NOW } },
    { stored: 'd:0.12;', unit: 's', expected: { value: 120, at: NOW } },
    { stored: 'i:7;', unit: 'ms', expected: { value: 7, at: NOW } },
    { stored: 's:3:"abc";', unit: 'ms', expected: { unknown: 'NotANumber' } },
    { stored: 'd:NAN;', unit: 'ms', expected: { unknown: 'NotANumber' } },
    { stored: '-5', unit: 'ms', expected: { unknown: 'OutOfRange' } },
    // What msgpack writes for 49.
    { stored: '1', unit: 'ms', expected: { unknown: 'Suspicious', message: message(/msgpack/) } },
    {
      stored: Buffer.from('cb4048c00000000000', 'hex'),
      unit: 'ms',
      expected: { unknown: 'NotANumber', message: message(/msgpack/) },
    },
    {
      stored: Buffer.from('000000020631', 'hex'),
      unit: 'ms',
      expected: { unknown: 'NotANumber', message: message(/igbinary/) },
    },
    { stored: 'x'.repeat(3_000_000), unit: 'ms', expected: { unknown: 'TooLarge' } },
    { stored: '', unit: 'ms', expected: { unknown: 'NotFound' } },
    {
      stored: undefined,
      unit: 'ms',
      expected: { unknown: 'NotFound', message: message(/does the application write it/) },
    },
  ])('reads the response time from the cache: $stored', async ({ stored, unit, expected }) => {
    const cache = own.client().duplicate({ db: 1 });
    try {
      const key = `${prefix}cache-last_api_response_time`;
      if (stored === undefined) await cache.del(key);
      else await cache.set(key, stored, 'EX', 60);
      const responseTime = { redis: { prefix: `${prefix}cache-`, unit: unit as 'ms' | 's' } };
      const source = sourceOf(specOf({}, { responseTime }), sourceDeps(), 'redis:responseTime');
      expect((await source.read(NOW)).responseTime).toMatchObject(expected);
      await cache.del(key);
    } finally {
      await cache.quit();
    }
  });
});

describeWith(['redis'], 'a response time of one digit', () => {
  const own = ownRedis(1);

  it('is read once the application has shown that it writes text, and no more once msgpack is seen', async () => {
    const spec = parse({
      stores: { redis: own.store() },
      signals: { responseTime: { redis: { prefix: own.prefix, key: 'time', unit: 'ms' } } },
    });
    const source = sourceOf(spec, sourceDeps(), 'redis:responseTime');
    const readingOf = async (stored: string | Buffer) => {
      await own.client().set(`${own.prefix}time`, stored);
      return (await source.read(NOW)).responseTime;
    };
    expect(await readingOf('7')).toMatchObject({ unknown: 'Suspicious' });
    expect(await readingOf('12')).toMatchObject({ value: 12 });
    expect(await readingOf('7')).toMatchObject({ value: 7 });
    expect(await readingOf(Buffer.from('ccc8', 'hex'))).toMatchObject({ unknown: 'NotANumber' });
    expect(await readingOf('7')).toMatchObject({ unknown: 'Suspicious' });
  });
});

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
    // Three other ways to write two queues, six times.
    expect({
      exists: calls('exists'),
      keys: calls('keys'),
      scan: calls('scan'),
      llen: calls('llen'),
    }).toEqual({
      exists: 60,
      keys: 0,
      scan: 2,
      llen: 36,
    });
  });

  it('is found out before queues move from a server that only seems to be drained', async () => {
    await text('laravel_database_cache')();
    await job('laravel-database-queues:mail')();
    const { redis } = specOf({}).stores;
    const ask: RedisAsk = {
      kind: 'redis',
      id: 'queues',
      store: redis!,
      queues: { prefix: 'laravel_database_', clusterNames: false, names: ['mail'] },
    };
    const asker = askerOf(ask, sourceDeps(), () => NOW);
    onTestFinished(() => asker.close());
    expect(await asker.put(never)).toMatchObject({ facts: { doubt: message(/"laravel-database-"/) } });
  });
});

describeWith(['redis'], 'connections to Redis', () => {
  const quiet = { log: () => {} };

  it('are one, with one command for each of 200 platforms while idle', async () => {
    // A server of its own: it counts the commands of everybody.
    const redis = await startRedis(quiet);
    const client = new Redis({ host: redis.host, port: redis.port, protocol: 2 });
    try {
      const { host, port } = redis;
      const spec = parse({ stores: { redis: { host, port } }, components: { queues: [{ name: 'mail' }] } });
      const deps = sourceDeps();
      const sources = Array.from({ length: 200 }, () => sourceOf(spec, deps, 'redis:queues'));
      const calls = async () => {
        const text = await client.info('commandstats');
        return new Map(
          [...text.matchAll(/cmdstat_([a-z|]+):calls=(\d+)/g)].map(([, name, n]) => [name!, Number(n)]),
        );
      };
      const round = async (now: number) => {
        const before = await calls();
        await Promise.all(sources.map((source) => source.poll(now, never)));
        const after = await calls();
        return Object.fromEntries(
          [...after]
            .map(([name, count]) => [name, count - (before.get(name) ?? 0)] as const)
            .filter(([, n]) => n > 0),
        );
      };
      // Some other key of the application: in an empty Redis a source looks further.
      await client.set('laravel-database-app', '1');
      await round(NOW);
      expect(await round(NOW + 1_000)).toEqual({ exists: 200, info: 1 });
      await client.rpush('laravel-database-queues:vici-updates', '{}');
      await round(NOW + 2_000);
      expect(await round(NOW + 3_000)).toEqual({ llen: 400, lindex: 400, zcount: 1_600, info: 1 });
      const clients = String(await client.client('LIST'));
      expect(clients.match(/name=leadplatform-operator/g)).toHaveLength(1);
    } finally {
      client.disconnect();
      await redis.stop();
    }
  });

  it('use a user of its own with no more than it needs', async () => {
    const redis = await startRedis({
      ...quiet,
      aclUsers: [
        {
          name: 'reader',
          password: 'pw',
          rules: '~laravel-database-* resetchannels -@all +@read +dbsize +select',
        },
      ],
    });
    try {
      const { host, port } = redis;
      const spec = parse({ stores: { redis: { host, port, database: 2, secretRef: { name: 'redis' } } } });
      const secrets = { redis: { username: 'reader', password: 'pw' } };
      const found = await sourceOf(spec, sourceDeps(secrets), 'redis:queues').read();
      expect(found.queues?.['vici-updates']).toMatchObject({ value: { ready: 0 } });

      const other = parse({
        stores: { redis: { host, port, secretRef: { name: 'redis' } } },
        signals: { queueDepth: { redis: { prefix: 'other-' } } },
      });
      expect((await sourceOf(other, sourceDeps(secrets), 'redis:queues').read()).queues).toMatchObject({
        'vici-updates': { unknown: 'SourceRefused', message: message(/ACL/) },
      });
    } finally {
      await redis.stop();
    }
  });

  it('do not hammer with a wrong password, ask for a missing one, and take up a right one', async () => {
    const redis = await startRedis({ ...quiet, password: 'right' });
    try {
      let elapsed = 0;
      const { host, port } = redis;
      const secrets = { redis: { password: 'wrong' } };
      const deps = sourceDeps(secrets, new Pools({ elapsed: () => elapsed }));
      const bare = parse({ stores: { redis: { host, port } } });
      expect((await sourceOf(bare, deps, 'redis:queues').read()).queues?.['vici-updates']).toMatchObject({
        unknown: 'CredentialMissing',
      });
      const spec = parse({ stores: { redis: { host, port, secretRef: { name: 'redis' } } } });
      const sources = Array.from({ length: 50 }, () => sourceOf(spec, deps, 'redis:queues'));
      for (let round = 0; round < 3; round += 1) {
        for (const { queues } of await Promise.all(sources.map((source) => source.read()))) {
          expect(queues?.['vici-updates']).toMatchObject({ unknown: 'CredentialRejected' });
          expect(JSON.stringify(queues)).not.toContain('wrong');
        }
      }
      secrets.redis.password = 'right';
      elapsed += 1;
      expect((await sources[0]!.read()).queues?.['vici-updates']).toMatchObject({ value: { ready: 0 } });
      await deps.pools.close();
    } finally {
      await redis.stop();
    }
  });

  it('come back after a restart of the server, and wait longer while it is away', async () => {
    let elapsed = 0;
    const first = await startRedis(quiet);
    const { host, port } = first;
    const deps = sourceDeps({}, new Pools({ elapsed: () => elapsed }));
    const source = sourceOf(parse({ stores: { redis: { host, port } } }), deps, 'redis:queues');
    const read = async () => (await source.read()).queues?.['vici-updates'];
    expect(await read()).toMatchObject({ value: { ready: 0 } });
    await first.stop();
    await eventually(async () => expect(await read()).toMatchObject({ unknown: 'SourceUnreachable' }));
    const second = await startRedis({ ...quiet, port });
    try {
      await eventually(async () => {
        elapsed += 60_000;
        expect(await read()).toMatchObject({ value: { ready: 0 } });
      });
    } finally {
      await second.stop();
    }
  });

  it('end a poll of a server that stands still', async () => {
    const redis = await startRedis(quiet);
    const { host, port } = redis;
    const source = sourceOf(parse({ stores: { redis: { host, port } } }), sourceDeps(), 'redis:queues');
    const read = async () => (await source.read()).queues?.['vici-updates'];
    try {
      await read();
      redis.pause();
      expect(await read()).toMatchObject({ unknown: 'SourceTimeout' });
    } finally {
      redis.resume();
      await redis.stop();
    }
  });

  it('find the master through Sentinel', async () => {
    const sentinel = await startSentinel({ ...quiet, password: 'pw' });
    try {
      const spec = parse({
        stores: {
          redis: {
            sentinel: { master: sentinel.masterName, hosts: sentinel.sentinels },
            secretRef: { name: 'redis' },
          },
        },
      });
      const deps = sourceDeps({ redis: { password: 'pw' } });
      const found = await sourceOf(spec, deps, 'redis:queues').read();
      expect(found.queues?.['vici-updates']).toMatchObject({ value: { ready: 0 } });
      const gone = parse({
        stores: { redis: { sentinel: { master: 'leads', hosts: [{ host: '127.0.0.1', port: 1 }] } } },
      });
      expect((await sourceOf(gone, deps, 'redis:queues').read()).queues?.['vici-updates']).toMatchObject({
        unknown: 'SourceUnreachable',
      });
      await deps.pools.close();
    } finally {
      await sentinel.stop();
    }
  });

  it.each<{ name: string; secrets: Record<string, object>; ref: object; expected: object }>([
    {
      name: 'with their own password',
      secrets: { redis: { password: 'pw' }, sentinels: { password: 'of-sentinels' } },
      ref: { secretRef: { name: 'sentinels' } },
      expected: { value: { ready: 0 } },
    },
    {
      name: 'without one, and says which field would give it',
      secrets: { redis: { password: 'pw' } },
      ref: {},
      expected: { unknown: 'CredentialMissing', message: message(/give stores\.redis\.sentinel\.secretRef/) },
    },
    {
      name: 'with a wrong one',
      secrets: { redis: { password: 'pw' }, sentinels: { password: 'pw' } },
      ref: { secretRef: { name: 'sentinels' } },
      expected: { unknown: 'CredentialRejected', message: message(/the sentinel at/) },
    },
    {
      name: 'with a Secret that is missing',
      secrets: { redis: { password: 'pw' } },
      ref: { secretRef: { name: 'sentinels' } },
      expected: { unknown: 'CredentialMissing', message: message(/Secret sentinels does not exist/) },
    },
  ])('ask sentinels that want a password $name', async ({ secrets, ref, expected }) => {
    const sentinel = await startSentinel({ ...quiet, password: 'pw', sentinelPassword: 'of-sentinels' });
    try {
      const gone = { host: '127.0.0.1', port: 1 };
      const hosts = [gone, ...sentinel.sentinels];
      const spec = parse({
        stores: {
          redis: { sentinel: { master: sentinel.masterName, hosts, ...ref }, secretRef: { name: 'redis' } },
        },
      });
      const deps = sourceDeps(secrets as Secrets);
      const found = await sourceOf(spec, deps, 'redis:queues').read();
      expect(found.queues?.['vici-updates']).toMatchObject(expected);
      expect(JSON.stringify(found)).not.toContain('of-sentinels');
      await deps.pools.close();
    } finally {
      await sentinel.stop();
    }
  });

  it('read a Redis Cluster of one shard, which refuses a command over keys of several slots', async () => {
    const redis = await startRedis({ ...quiet, cluster: true });
    const client = new Redis({ host: redis.host, port: redis.port, protocol: 2 });
    try {
      await client.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
      await eventually(async () => expect(await client.cluster('INFO')).toContain('cluster_state:ok'));
      await client.set('laravel-database-app', '1');
      for (const clusterNames of [true, false]) {
        const spec = parse({
          stores: { redis: { host: redis.host, port: redis.port } },
          components: { queues: [{ name: 'mail' }] },
          signals: {
            queueDepth: { redis: { clusterNames } },
            responseTime: { redis: { prefix: 'cache-', key: 'time', unit: 'ms' } },
          },
        });
        const deps = sourceDeps();
        const source = sourceOf(spec, deps, 'redis:queues');
        const mail = async (now: number) => (await source.read(now)).queues?.['mail'];
        expect(await mail(NOW)).toMatchObject({ value: { ready: 0 } });
        const key = `laravel-database-queues:${clusterNames ? '{mail}' : 'mail'}`;
        await client.rpush(key, '{}');
        expect(await mail(NOW + 1_000)).toMatchObject({ value: { ready: 1 } });
        await client.del(key);
        expect(await mail(NOW + 2_000)).toMatchObject({ value: { ready: 0 } });
        // A cluster has one database, so the cache is in it, too, though another is named.
        await client.set('cache-time', '120.5');
        const { responseTime } = await sourceOf(spec, deps, 'redis:responseTime').read(NOW);
        expect(responseTime).toMatchObject({ value: 120.5 });
      }
    } finally {
      client.disconnect();
      await redis.stop();
    }
  });
});
