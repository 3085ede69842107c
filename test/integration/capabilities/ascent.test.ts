/**
 * One platform goes from 0 to 120,000 leads/day and back, over all eight tiers, by its load alone, with every capability that
 * there is. On each tier all of them come to be in place, and a person is asked where data is moved or lost.
 *
 * Real: the API server, Postgres with a copy, both Redis, RabbitMQ, and the operator with what it asks them. Simulated: pods
 * (kwok), what the operators of CloudNativePG, RabbitMQ and Elastic and a Gateway say in a status (`engine-driver.ts`), and
 * Elasticsearch itself, of which there is one answer, behind the password of its Secret. A move of data is somebody's word.
 */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CHILD_TYPES } from '../../../controller/leadplatform/kinds.ts';
import { loadKube } from '../../../controller/runtime/kube.ts';
import { Resources } from '../../../controller/runtime/resources.ts';
import type { CapabilityName } from '../../../src/api/names.ts';
import type { LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import type { LeadPlatformStatus } from '../../../src/api/schema/status.ts';
import { CAPABILITY_LABEL, KEEPS_DATA_LABEL } from '../../../src/kube/labels.ts';
import { type Postgres, startCopy, startPostgres } from '../../../testbed/postgres.ts';
import { startRabbitmq } from '../../../testbed/rabbitmq.ts';
import { type Redis as RedisServer, startRedis } from '../../../testbed/redis.ts';
import { answered } from '../../fixtures/person.ts';
import { COMPRESSED, eventually, Rig } from '../operator/rig.ts';
import { describeWith, kubectl, testbed } from '../support.ts';
import { startCdn } from './cdn-server.ts';
import { leadNames } from './cluster-names.ts';
import { playControllers } from './controllers.ts';
import { userCluster } from './user-cluster.ts';

type State = 'Ready' | 'External' | 'Leaving';
type Found = Partial<Record<CapabilityName, readonly [state: State, because: RegExp]>>;

interface Tier {
  readonly name: string;
  readonly leadsPerDay: number;
  /** What is new on it, and what is another there than below. */
  readonly has: Found;
}

const TIERS: readonly Tier[] = [
  { name: 'single-server', leadsPerDay: 0, has: {} },
  {
    name: 'cached',
    leadsPerDay: 6_000,
    has: {
      'redis-cache': ['External', /^The Redis of stores\.redis answers/],
      'queue-system': ['External', /^Queues are in the Redis of stores\.redis/],
      'database-indexes': ['Ready', /^There and usable: leads\(created_at\) by leads_created_at_idx/],
      'queue-monitoring': ['Ready', /^The depth of every queue is known/],
      'app-optimize': ['Ready', /runs `php artisan optimize` before/],
    },
  },
  {
    name: 'separated',
    leadsPerDay: 12_000,
    has: {
      'separate-queue-workers': ['Ready', /^Each queue has a Deployment/],
      'read-replica': ['Ready', /copies of Cluster\/db, by Service\/brain-reports/],
      cdn: ['Ready', /https:\/\/localhost:\d+, which answers/],
    },
  },
  {
    name: 'scaled',
    leadsPerDay: 18_000,
    has: { 'app-instances': ['Ready', /replicas of the web side and \d+ workers are ready/] },
  },
  {
    name: 'balanced',
    leadsPerDay: 26_000,
    has: {
      'load-balancer': ['Ready', /^HTTPRoute\/brain lets requests in/],
      'multiple-app-servers': ['Ready', /Sessions are in Redis/],
      'dedicated-queue-server': ['External', /a Redis of their own, which is yours/],
      'queue-system': ['Ready', /^Queues have moved on, to external-redis-queue/],
    },
  },
  {
    name: 'enterprise',
    leadsPerDay: 36_000,
    has: {
      'message-queue': ['Ready', /RabbitmqCluster\/brain-rabbitmq/],
      'dedicated-queue-server': ['Ready', /^Queues have moved on, to rabbitmq/],
      'queue-system': ['Ready', /^Queues have moved on, to rabbitmq/],
      search: ['Ready', /^Elasticsearch\/brain-search answers/],
      'database-per-service': ['Ready', /a database of its own: intake/],
      microservices: ['Ready', /Deployment of its own: intake\./],
    },
  },
  {
    name: 'microservices',
    leadsPerDay: 60_000,
    has: {
      microservices: ['Ready', /Deployment of its own: intake, reports\./],
      'database-sharding': ['Ready', /spread over 2 databases/],
      orchestration: ['Ready', /^Every component is spread/],
    },
  },
  {
    name: 'full-microservices',
    leadsPerDay: 120_000,
    has: { 'full-microservices': ['Ready', /^Every capability of the ladder/] },
  },
];

/** On the way down: what stays of capabilities that the tier does not have any more. Their data waits for a person. */
const UNCONFIRMED = ['Leaving', /confirm-removal/] as const;
const LEFT: Readonly<Record<string, Found>> = {
  enterprise: { 'database-sharding': UNCONFIRMED },
  balanced: {
    'message-queue': UNCONFIRMED,
    search: UNCONFIRMED,
    'database-per-service': UNCONFIRMED,
  },
  // Names in DNS point there.
  scaled: { 'load-balancer': ['Ready', /^The load does not call for it any more/] },
  cached: { 'read-replica': UNCONFIRMED },
};

const upTo = (index: number): Found =>
  Object.assign({}, ...TIERS.slice(0, index + 1).map(({ has }) => has)) as Found;
const leftBelow = (index: number): Found =>
  Object.assign({}, ...TIERS.slice(index).map(({ name }) => LEFT[name] ?? {})) as Found;
const CLIMB = TIERS.map((tier, index) => ({ ...tier, found: upTo(index) }));
const DESCENT = TIERS.map((tier, index) => ({
  ...tier,
  // Nobody believes a load that falls to nothing at once.
  leadsPerDay: Math.max(1_000, tier.leadsPerDay),
  found: { ...leftBelow(index), ...upTo(index) },
}))
  .slice(0, -1)
  .toReversed();

async function serve(listener: RequestListener): Promise<{ server: Server; port: number }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

describeWith(['pods', 'engines', 'postgres', 'redis', 'rabbitmq'], 'A platform with every capability', () => {
  const ends: (() => unknown)[] = [];
  let leadsPerDay = 0;
  /** Where it should have come to; each tier is only come to from the one before. */
  let onTheWayTo: string | undefined;
  let rig: Rig;
  let resources: Resources;
  let loadUrl = '';
  let assetUrl = '';
  let primary: Postgres;
  let redis: readonly RedisServer[];

  beforeAll(async () => {
    [primary, redis] = [await startDatabase(), [await startQueueServer(), await startQueueServer()]];
    const rabbitmq = await startRabbitmq({ log: () => undefined });
    ends.push(() => rabbitmq.stop());
    const load = await serve((_, response) => response.end(JSON.stringify({ leads: leadsPerDay })));
    const expected = `Basic ${Buffer.from('elastic:made-up').toString('base64')}`;
    const search = await serve((request, response) => {
      response.statusCode = request.headers.authorization === expected ? 200 : 401;
      response.end(JSON.stringify({ status: 'green' }));
    });
    ends.push(
      () => load.server.close(),
      () => search.server.close(),
    );
    loadUrl = `http://127.0.0.1:${load.port}/`;
    const cdn = await startCdn();
    ends.push(cdn.stop);
    ({ assetUrl } = cdn);

    rig = await Rig.start(1, { hostnames: ['*'] });
    const { namespace } = rig;
    ends.push(
      await leadNames([
        {
          name: `brain-rabbitmq.${namespace}`,
          port: 15_672,
          to: { host: rabbitmq.host, port: rabbitmq.managementPort },
        },
        {
          name: `brain-search-es-http.${namespace}.svc`,
          port: 9_200,
          to: { host: '127.0.0.1', port: search.port },
        },
      ]),
    );
    const kube = await loadKube({ kubeconfig: testbed().cluster.kubeconfigPath });
    ends.push(() => kube.close());
    resources = new Resources(kube.client());
    const { user: username, password } = rabbitmq;
    ends.push(
      playControllers(resources, namespace, { RabbitmqCluster: { credentials: { username, password } } }),
    );
    ends.push(() => rig.stopOperator());
  }, 180_000);
  afterAll(async () => {
    for (const end of ends.toReversed()) await end();
  });

  async function startDatabase(): Promise<Postgres> {
    const postgres = await startPostgres({ log: () => undefined });
    ends.push(() => postgres.stop());
    const copy = await startCopy(postgres, 'db-2');
    ends.push(() => copy.stop());
    const { host, port, user, password } = postgres;
    const client = new pg.Client({ host, port, user, password, database: 'leads' });
    await client.connect();
    await client.query('CREATE TABLE leads (created_at timestamptz NOT NULL)');
    await client.query('CREATE INDEX leads_created_at_idx ON leads (created_at)');
    await client.end();
    return postgres;
  }

  async function startQueueServer(): Promise<RedisServer> {
    const server = await startRedis();
    ends.push(() => server.stop());
    const client = new Redis(server.url);
    await client.config('SET', 'appendonly', 'yes');
    client.disconnect();
    return server;
  }

  const at = (index: number) => ({ host: redis[index]?.host ?? '', port: redis[index]?.port ?? 0 });
  const spec = (): Partial<LeadPlatformSpecInput> => ({
    stores: {
      postgres: {
        host: primary.host,
        port: primary.port,
        database: 'leads',
        secretRef: { name: 'postgres' },
        tls: { mode: 'Disable' },
      },
      redis: at(0),
    },
    signals: {
      leadsPerDay: { http: { url: loadUrl, path: 'leads', interval: '200ms' } },
      queueDepth: { redis: {} },
    },
    components: {
      ingest: { command: ['php', 'artisan', 'serve'], drainTime: '1s' },
      queues: [{ name: 'default' }],
    },
    scaling: COMPRESSED,
    transitions: { minReadyTime: '0s' },
    capabilities: {
      dedicatedQueueServer: { redis: at(1) },
      readReplica: { cluster: 'db' },
      cdn: { assetUrl, cacheControl: 'public, max-age=31536000' },
      loadBalancer: { gateway: { parentRefs: [{ name: 'public' }] } },
      search: { tls: false },
      databasePerService: { services: [{ name: 'intake', instances: 1, storage: '1Gi' }] },
      databaseSharding: { instances: 1, storage: '1Gi' },
      microservices: {
        services: [
          { name: 'intake', command: ['php', 'artisan', 'intake'], port: 8000, paths: ['/api/leads'] },
          { name: 'reports', command: ['php', 'artisan', 'reports'] },
        ],
      },
    },
  });

  /** Says what is asked for. */
  async function speak(letsDataGo: boolean): Promise<boolean> {
    const { status = {}, metadata } = await rig.platform('brain');
    const words = Object.entries(answered(status, metadata.annotations ?? {}, letsDataGo));
    if (words.length === 0) return false;
    const pairs = words.map(([key, text]) => (text === '' ? `${key}-` : `${key}=${text}`));
    await kubectl(['annotate', 'leadplatform', 'brain', '-n', rig.namespace, '--overwrite', ...pairs]);
    return true;
  }

  /** On this tier by this load, with these capabilities, and with nothing under way. */
  async function comesTo(due: string, leads: number, found: Found): Promise<void> {
    if (onTheWayTo !== undefined) throw new Error(`It never came to ${onTheWayTo}, so not to ${due} either`);
    onTheWayTo = due;
    leadsPerDay = leads;
    const wanted = Object.fromEntries(Object.entries(found).map(([name, [state]]) => [name, state]));
    // The words are those of the look that found all of it: what comes next may be under way at another one.
    let there: NonNullable<LeadPlatformStatus['capabilities']> = [];
    await eventually(
      `it has all that ${due} has`,
      async () => {
        if (await speak(false)) throw new Error('somebody was asked');
        const { status } = await rig.platform('brain');
        const { tier, targetTier, conditions, capabilities = [] } = status ?? {};
        const reconciling = conditions?.find(({ type }) => type === 'Reconciling');
        const states = Object.fromEntries(capabilities.map(({ name, state }) => [name, state]));
        const others = capabilities.filter(({ name, state }) => wanted[name] !== state);
        const isThere = tier === due && targetTier === due && reconciling?.status === 'False';
        if (!isThere || others.length > 0 || Object.keys(states).length !== Object.keys(wanted).length)
          throw new Error(JSON.stringify({ tier, targetTier, reconciling: reconciling?.message, others }));
        there = capabilities;
        return true;
      },
      90_000,
    );
    for (const { name, message } of there) {
      expect(message, name).toMatch(found[name as CapabilityName]?.[1] ?? /^$/);
    }
    onTheWayTo = undefined;
  }

  /** Whatever a capability has made, by `Kind/name`. */
  async function made() {
    const lists = await Promise.all(
      Object.values(CHILD_TYPES).map((type) =>
        resources.list(type, { namespace: rig.namespace, labelSelector: CAPABILITY_LABEL }),
      ),
    );
    return lists.flatMap(({ items }) => items);
  }

  it.each(CLIMB)(
    'climbs to $name at $leadsPerDay leads/day',
    async ({ name, leadsPerDay: leads, found }) => {
      if (leads === 0) {
        for (const object of userCluster(rig.namespace, primary)) await rig.applyObject(object);
        await rig.apply('brain', spec());
      }
      await comesTo(name, leads, found);
    },
    100_000,
  );

  it.each(DESCENT)(
    'descends to $name at $leadsPerDay leads/day',
    async ({ name, leadsPerDay: leads, found }) => {
      await comesTo(name, leads, found);
    },
    100_000,
  );

  it('has nothing left then but what holds data, and the way in', async () => {
    const left = await made();
    const keys = left.map(({ kind, metadata }) => `${kind}/${metadata.name}`).toSorted();
    expect(keys).toEqual([
      'Cluster/brain-db-intake',
      'Cluster/brain-shard-0',
      'Cluster/brain-shard-1',
      'Elasticsearch/brain-search',
      'HTTPRoute/brain',
      'RabbitmqCluster/brain-rabbitmq',
    ]);
    for (const { kind, metadata } of left.filter((object) => object.kind !== 'HTTPRoute')) {
      expect(metadata.labels?.[KEEPS_DATA_LABEL], kind).toBeDefined();
      expect(metadata.ownerReferences, kind).toBeUndefined();
    }
    const pods = JSON.stringify((await rig.deployment('brain-all-in-one'))?.spec.template);
    // That a job has one worker at a time belongs to no tier.
    const rest = pods.replaceAll(/(REDIS|DB)_QUEUE_RETRY_AFTER/g, '');
    expect(rest).not.toMatch(/CACHE_STORE|QUEUE_|RABBITMQ_|ELASTICSEARCH_|DB_|ASSET_URL|SESSION_|optimize/);
    expect(await rig.condition('brain', 'Reconciling')).toMatchObject({
      status: 'False',
      reason: 'WaitingForPerson',
    });
  });

  it('lets the data go once somebody has confirmed that', async () => {
    await eventually('somebody has said all that was asked for', async () => !(await speak(true)));
    await eventually('only the way in is left', async () => {
      const keys = (await made()).map(({ kind, metadata }) => `${kind}/${metadata.name}`);
      if (keys.join() !== 'HTTPRoute/brain') throw new Error(keys.join());
      return true;
    });
    await eventually('nothing is waited for', async () => {
      const condition = await rig.condition('brain', 'Reconciling');
      if (condition?.reason !== 'Converged') throw new Error(condition?.message);
      return true;
    });
    const cluster = await rig.find('clusters.postgresql.cnpg.io', 'db');
    expect(cluster).toMatchObject({ spec: { instances: 1 } });
  }, 60_000);
});
