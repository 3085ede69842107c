import { beforeEach, expect, it } from 'vitest';
import type { LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import { startRedis } from '../../../testbed/redis.ts';
import { describeWith } from '../support.ts';
import { eventually, ownRedis, parse, sourceDeps, sourceOf } from './fixture.ts';

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
    const source = queues();
    expect(await source.read(NOW)).toEqual({
      queues: {
        'vici-updates': {
          value: { ready: 6, inFlight: 3, delayed: 2, oldestAgeSeconds: 42.5, firstForSeconds: 0 },
          at: NOW,
        },
        mail: { value: { ready: 0, inFlight: 0, delayed: 0 }, at: NOW },
      },
    });
    // The same job is still the first one.
    expect((await source.read(NOW + 3_000)).queues?.['vici-updates']).toMatchObject({
      value: { oldestAgeSeconds: 45.5, firstForSeconds: 3 },
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
    await eventually(async () => {
      expect((await source.read(NOW)).queues?.['mail']).toMatchObject({ unknown: 'Suspicious' });
    });
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

  it.each([
    { others: 'a cache', keyOf: (index: number) => `${prefix}y${index}`, says: /looked through for one/ },
    {
      others: 'other applications, each with a queue of that name',
      keyOf: (index: number) => `${prefix}app-${index}-queues:mail`,
      says: /looked through for one.*one of the queues is there with the prefix ".*app-\d+-"/,
    },
  ])('suspects nothing before it has looked through all keys, beside $others', async ({ keyOf, says }) => {
    const others = Array.from({ length: 5_000 }, (_, index) => [keyOf(index), '1']).flat();
    await own.client().mset(...others);
    const source = queues({ prefix: `${prefix}nothing-begins-with-this-` });
    const unknowns: unknown[] = [];
    for (let now = NOW; now <= NOW + 50_000; now += 1_000)
      unknowns.push((await source.read(now)).queues?.['mail']);
    const reasons = unknowns.map((reading) => (reading as { unknown?: string }).unknown);
    expect(unknowns[0]).toMatchObject({ unknown: 'NotYetCompared', message: message(says) });
    expect(reasons.at(-1)).toBe('Suspicious');
    expect(new Set(reasons.slice(reasons.indexOf('Suspicious')))).toEqual(new Set(['Suspicious']));
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
