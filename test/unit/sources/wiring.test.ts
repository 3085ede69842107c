import { expect, it, onTestFinished } from 'vitest';
import { LeadPlatformSpec, type LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import { RabbitmqStore, RedisStore } from '../../../src/api/schema/stores.ts';
import { createSources, Pools, sourcesFingerprint, type SourceDeps } from '../../../src/sources/index.ts';
import { postgresPool } from '../../../src/sources/postgres/access.ts';

const parse = (input: Partial<LeadPlatformSpecInput>) =>
  LeadPlatformSpec.parse({ image: 'brain:1', ...input });

function deps(): SourceDeps {
  const pools = new Pools();
  onTestFinished(() => pools.close());
  return { pools, readSecret: async () => undefined, readUsage: async () => ({ value: [] }) };
}

const names = (input: Partial<LeadPlatformSpecInput>) =>
  createSources(parse(input), deps())
    .map(({ name }) => name)
    .toSorted();

const postgres = { host: 'db' };
const redis = { host: 'cache' };
const http = { url: 'http://brain/health', path: 'a' };
const query = { url: 'http://prometheus', query: 'up' };

const ALL_OF_POSTGRES = [
  'postgres:databaseConnections',
  'postgres:databaseSize',
  'postgres:leadsPerDay',
  'postgres:leadsPerMinute',
  'postgres:leadsTotal',
];

it.each<{ name: string; input: Partial<LeadPlatformSpecInput>; expected: string[] }>([
  { name: 'the image alone', input: {}, expected: ['kubernetes:usage'] },
  {
    name: 'stores',
    input: { stores: { postgres, redis } },
    expected: ['kubernetes:usage', ...ALL_OF_POSTGRES, 'redis:queues'],
  },
  {
    name: 'another source for a signal of Postgres',
    input: { stores: { postgres }, signals: { leadsPerDay: { http }, leadsTotal: { prometheus: query } } },
    expected: [
      'http:leadsPerDay',
      'kubernetes:usage',
      'postgres:databaseConnections',
      'postgres:databaseSize',
      'postgres:leadsPerMinute',
      'prometheus:leadsTotal',
    ],
  },
  {
    name: 'everything outside',
    input: {
      signals: {
        cpu: { prometheus: query },
        memory: { http },
        agents: { http },
        apiCallsPerHour: { prometheus: query },
        activeLeads: { http },
        databaseSize: { http },
        responseTime: { prometheus: query },
      },
    },
    expected: [
      'http:activeLeads',
      'http:agents',
      'http:databaseSize',
      'http:memory',
      'prometheus:apiCallsPerHour',
      'prometheus:cpu',
      'prometheus:responseTime',
    ],
  },
  {
    name: 'active leads and the response time in the cache',
    input: {
      stores: { postgres, redis },
      signals: { activeLeads: { postgres: { condition: 'true' } }, responseTime: { redis: {} } },
    },
    expected: [
      'kubernetes:usage',
      'postgres:activeLeads',
      ...ALL_OF_POSTGRES,
      'redis:queues',
      'redis:responseTime',
    ],
  },
  {
    name: 'signals of stores that are not given',
    input: { signals: { leadsPerDay: { postgres: {} }, queueDepth: { redis: {} } } },
    expected: ['kubernetes:usage', 'postgres:none', 'redis:none'],
  },
])('reads what a spec asks for: $name', ({ input, expected }) => {
  expect(names(input)).toEqual(expected);
});

const rabbitmq = { host: 'rabbit' };

it.each<{
  name: string;
  input: Partial<LeadPlatformSpecInput>;
  movedTo?: 'redis' | 'rabbitmq';
  from: string;
}>([
  { name: 'a store of Redis alone', input: { stores: { redis } }, from: 'redis:queues' },
  {
    name: 'a store of RabbitMQ, which no signal names',
    input: { stores: { redis, rabbitmq } },
    from: 'redis:queues',
  },
  {
    name: 'both named',
    input: { stores: { redis, rabbitmq }, signals: { queueDepth: { redis: {}, rabbitmq: {} } } },
    from: 'rabbitmq:queues',
  },
  {
    name: 'a platform that has moved',
    input: { stores: { redis } },
    movedTo: 'rabbitmq',
    from: 'rabbitmq:queues',
  },
  {
    name: 'one that has moved back',
    input: { signals: { queueDepth: { rabbitmq: {} } } },
    movedTo: 'redis',
    from: 'redis:queues',
  },
])('reads queues in one place: $name', ({ input, movedTo, from }) => {
  const { stores, ...spec } = parse(input);
  const moved = {
    redis: { queues: { redis: RedisStore.parse(redis) } },
    rabbitmq: { queues: { rabbitmq: RabbitmqStore.parse(rabbitmq) } },
    nowhere: {},
  };
  const sources = createSources({ ...spec, stores: { ...stores, ...moved[movedTo ?? 'nowhere'] } }, deps());
  expect(sources.filter(({ reads }) => reads.includes('queues')).map(({ name }) => name)).toEqual([from]);
});

it('says which store is missing', async () => {
  const [source] = createSources(parse({ signals: { queueDepth: { redis: {} } } }), deps());
  const found = await source?.poll(0, new AbortController().signal);
  expect(found?.queues?.['vici-updates']).toMatchObject({
    unknown: 'NotConfigured',
    message: expect.stringMatching(/stores\.redis is not given/) as string,
  });
});

it('has one source at most for each signal, and opens nothing before the first poll', () => {
  const shared = deps();
  const sources = createSources(
    parse({ stores: { postgres, redis }, signals: { responseTime: { http } } }),
    shared,
  );
  const reads = sources.flatMap((source) => source.reads);
  expect(new Set(reads).size).toBe(reads.length);
  expect(shared.pools.counts()).toEqual({ postgres: 0, redis: 0 });
});

it('tells specs that read the same from those that do not', () => {
  const print = (input: Partial<LeadPlatformSpecInput>) => sourcesFingerprint(parse(input));
  const base = print({ stores: { postgres } });
  expect(print({ stores: { postgres }, image: 'brain:2', minTier: 'cached' })).toBe(base);
  expect(print({ stores: { postgres: { host: 'other' } } })).not.toBe(base);
  expect(print({ stores: { postgres }, components: { queues: [{ name: 'mail' }] } })).not.toBe(base);
});

it('keys pools by everything that a connection depends on, and shares what is equal', () => {
  const { pools } = deps();
  // Long enough that no digest holds them by chance.
  const [user, password] = ['reader-of-leads', 'correct-horse-battery'];
  const base = { host: 'db', port: 5432, database: 'brain', user, password, tls: undefined };
  const others = [
    { ...base, host: 'other' },
    { ...base, port: 5433 },
    { ...base, database: 'other' },
    { ...base, user: 'other' },
    { ...base, password: 'other' },
    { ...base, tls: { mode: 'Require' as const } },
    { ...base, tls: { mode: 'VerifyFull' as const, ca: 'CA' } },
  ];
  const keys = [base, ...others].map((settings) => postgresPool(pools, settings).key);
  expect(new Set(keys).size).toBe(keys.length);
  expect(postgresPool(pools, { ...base }).key).toBe(keys[0]);
  expect(keys.join()).not.toMatch(/reader-of-leads|correct-horse-battery/);
  expect(pools.counts().postgres).toBe(keys.length);
});
