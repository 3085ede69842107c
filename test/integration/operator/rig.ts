/**
 * An operator for one test file: in this process, on the shared cluster, watching namespaces of its own, with Postgres and
 * Redis behind it. It can be stopped and started again as an upgrade would.
 */
import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import pg from 'pg';
import { stringify } from 'yaml';
import type { RequestSample } from '../../../controller/runtime/client.ts';
import { OperatorMetrics } from '../../../controller/http/metrics.ts';
import type { LeadPlatformObject } from '../../../controller/leadplatform/kinds.ts';
import { Operator } from '../../../controller/leadplatform/operator.ts';
import type { Kube } from '../../../controller/runtime/kube.ts';
import { loadKube } from '../../../controller/runtime/kube.ts';
import type { Logger } from '../../../controller/runtime/logger.ts';
import { silentLogger } from '../../../controller/runtime/logger.ts';
import type { KubeObject } from '../../../controller/runtime/resources.ts';
import { type AuthorPermissions, NOTHING_MORE } from '../../../src/api/permissions.ts';
import type { LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import { objectsOf } from '../../../testbed/objects.ts';
import { timed } from '../../../testbed/work-times.ts';
import { LOOPBACK } from '../../fixtures/loopback.ts';
import { createNamespace, kubectl, testbed } from '../support.ts';

export type DeploymentObject = KubeObject & {
  spec: { replicas: number; template: { spec: { containers: { name: string; image: string }[] } } };
  status?: { readyReplicas?: number };
};

type EventObject = KubeObject & { reason: string; message: string };

/** Waits until `probe` gives something truthy; fails with what it gave last. */
export function eventually<T>(
  what: string,
  probe: () => Promise<T | undefined | false>,
  timeoutMs = 30_000,
): Promise<T> {
  return timed('a test polls until something is so', () => poll(what, probe, timeoutMs));
}

async function poll<T>(
  what: string,
  probe: () => Promise<T | undefined | false>,
  timeoutMs: number,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const found = await probe();
      if (found) return found;
      last = found;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) {
      throw new Error(
        `It never happened that ${what}; last: ${last instanceof Error ? last.message : JSON.stringify(last)}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Counts what the operator writes, the lease left out. */
class CountingMetrics extends OperatorMetrics {
  writes = 0;
  override requested(sample: RequestSample): void {
    if (sample.method !== 'GET' && sample.method !== 'PUT') this.writes++;
    super.requested(sample);
  }
}

export class Rig {
  readonly namespace: string;
  /** What operators of this rig warned of, over all their lives. */
  readonly warnings: { readonly message: string; readonly fields: object }[] = [];
  /** What they said that they have written, such as `create Service/brain: it does not exist`. */
  readonly changes: string[] = [];
  readonly #namespaces: readonly string[];
  readonly #permissions: AuthorPermissions;
  #running:
    { operator: Operator; metrics: CountingMetrics; kube: Kube; stop: () => Promise<void> } | undefined;

  private constructor(namespaces: readonly string[], permissions: Partial<AuthorPermissions>) {
    this.#namespaces = namespaces;
    this.#permissions = { ...NOTHING_MORE, ...permissions };
    this.namespace = namespaces[0] ?? '';
  }

  /** @param permissions What authors may ask for beyond the defaults of the operator. */
  static async start(namespaces = 1, permissions: Partial<AuthorPermissions> = {}): Promise<Rig> {
    const names: string[] = [];
    for (let i = 0; i < namespaces; i++) names.push(await createNamespace('operator'));
    const rig = new Rig(names, permissions);
    await rig.startOperator();
    return rig;
  }

  get otherNamespace(): string {
    return this.#namespaces[1] ?? '';
  }

  get operator(): Operator {
    if (this.#running === undefined) throw new Error('The operator is stopped');
    return this.#running.operator;
  }

  get metrics(): OperatorMetrics {
    if (this.#running === undefined) throw new Error('The operator is stopped');
    return this.#running.metrics;
  }

  /** Writes since the operator was started, the lease's left out. */
  get writes(): number {
    return this.#running?.metrics.writes ?? 0;
  }

  async startOperator(): Promise<void> {
    const kube = await loadKube({ kubeconfig: testbed().cluster.kubeconfigPath });
    const metrics = new CountingMetrics();
    const operator = new Operator({
      kube,
      namespaces: this.#namespaces,
      leaseNamespace: this.namespace,
      permissions: this.#permissions,
      looksAtNodes: true,
      addresses: LOOPBACK,
      metrics,
      logger: this.#logger(),
    });
    metrics.observe(operator);
    const stopping = new AbortController();
    const ended = operator.run(stopping.signal);
    const stop = async (): Promise<void> => {
      stopping.abort();
      await ended;
      await kube.close();
    };
    const running = { operator, metrics, kube, stop };
    this.#running = running;
    ended.then(
      (how) => how === 'deposed' && this.#running === running && this.#startAgain(),
      (error: unknown) => console.error(`The operator of ${this.namespace} ended: ${String(error)}`),
    );
    await eventually('the operator leads', async () => operator.isLeading());
  }

  /** As the kubelet would: `leadplatform run` ends when its lease is lost, which happens where the machine has no time for it. */
  #startAgain(): void {
    console.error(`The operator of ${this.namespace} lost its lease; another one is started`);
    this.stopOperator()
      .then(() => this.startOperator())
      .catch((error: unknown) => console.error(`It was not started: ${String(error)}`));
  }

  #logger(): Logger {
    const warn = (fields: object, message: string): void => {
      // An API server that has no time to answer a renewal is no doing of what a test is about.
      if ('lease' in fields) console.error(`${message}: ${JSON.stringify(fields)}`);
      else this.warnings.push({ message, fields });
    };
    const info = (fields: { changes?: readonly string[] }) =>
      void this.changes.push(...(fields.changes ?? []));
    return { ...silentLogger, info, warn, error: warn };
  }

  async stopOperator(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.stop();
  }

  async apply(
    name: string,
    spec: Partial<LeadPlatformSpecInput>,
    metadata: object = {},
    namespace = this.namespace,
  ): Promise<void> {
    await this.applyObject({
      apiVersion: 'leadplatform.io/v1alpha1',
      kind: 'LeadPlatform',
      metadata: { name, namespace, ...metadata },
      spec: { image: 'registry.example/brain:1.4.0', ...spec },
    });
  }

  async applyObject(object: object): Promise<void> {
    await kubectl(['apply', '--server-side', '--force-conflicts', '--field-manager=user', '-f', '-'], {
      input: stringify(object),
    });
  }

  async find<T extends KubeObject>(
    kind: string,
    name: string,
    namespace = this.namespace,
  ): Promise<T | undefined> {
    return objectsOf(testbed().cluster).find<T>(kind, name, namespace);
  }

  async platform(name: string, namespace = this.namespace): Promise<LeadPlatformObject> {
    const found = await this.find<LeadPlatformObject>('leadplatform', name, namespace);
    if (found === undefined) throw new Error(`There is no LeadPlatform ${namespace}/${name}`);
    return found;
  }

  deployment(name: string): Promise<DeploymentObject | undefined> {
    return this.find<DeploymentObject>('deployment', name);
  }

  async condition(name: string, type: string, namespace = this.namespace) {
    const { status } = await this.platform(name, namespace);
    return status?.conditions?.find((condition) => condition.type === type);
  }

  /** Waits until the platform stands on a tier, with nothing under way. */
  async standsOn(name: string, tier: string, timeoutMs = 60_000): Promise<LeadPlatformObject> {
    return eventually(
      `${name} stands on ${tier}`,
      async () => {
        const platform = await this.platform(name);
        const reconciling = platform.status?.conditions?.find(({ type }) => type === 'Reconciling');
        if (platform.status?.tier === tier && reconciling?.status === 'False') return platform;
        throw new Error(`it stands on ${platform.status?.tier}: ${reconciling?.message}`);
      },
      timeoutMs,
    );
  }

  /** The events about a platform, in the order in which they were written. */
  async events(name: string): Promise<{ reason: string; message: string }[]> {
    const fieldSelector = `involvedObject.kind=LeadPlatform,involvedObject.name=${name}`;
    const options = { namespace: this.namespace, fieldSelector };
    const items = await objectsOf(testbed().cluster).list<EventObject>('events', options);
    return items.toSorted((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion));
  }
}

/** Leads are there so long before they are due: well within what a clock may be ahead. */
const SOON_MS = 20_000;

/** A table of leads of its own, in the shared Postgres. */
export class LeadsTable {
  readonly #coming = new Set<NodeJS.Timeout>();
  readonly name = `leads_${randomBytes(4).toString('hex')}`;
  readonly #client: pg.Client;

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  static async create(): Promise<LeadsTable> {
    const client = new pg.Client({ connectionString: testbed().postgres.url });
    await client.connect();
    const table = new LeadsTable(client);
    await client.query(
      `CREATE TABLE ${table.name} (id bigserial PRIMARY KEY, created_at timestamptz NOT NULL)`,
    );
    await client.query(`CREATE INDEX ON ${table.name} (created_at)`);
    return table;
  }

  /**
   * Leads spread evenly from `fromMs` to `toMs` of now; those of the future come by and by, for leads that are dated ahead
   * are not believed. So many that any span of `spanMs` has `leads` of them.
   */
  async spread(leads: number, spanMs: number, fromMs: number, toMs: number): Promise<void> {
    const now = Date.now();
    const each = spanMs / leads;
    let next = now + fromMs;
    const fillUntil = async (until: number) => {
      const [from, count] = [next, Math.floor((until - next) / each)];
      next += count * each;
      await this.#client.query(
        `INSERT INTO ${this.name} (created_at)
         SELECT to_timestamp(($1 + $2::float8 * i) / 1000) FROM generate_series(1, $3::int) AS i`,
        [from, each, count],
      );
    };
    await fillUntil(Math.min(now + toMs, now + SOON_MS));
    const coming = setInterval(() => {
      if (next >= now + toMs - each) clearInterval(coming);
      else fillUntil(Math.min(now + toMs, Date.now() + SOON_MS)).catch(() => undefined);
    }, SOON_MS / 4);
    this.#coming.add(coming);
  }

  #stop(): void {
    for (const coming of this.#coming) clearInterval(coming);
    this.#coming.clear();
  }

  /** A user of the table's own name that may read it, with this password from now on. */
  async login(password: string): Promise<void> {
    const { rowCount } = await this.#client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [this.name]);
    const word = rowCount === 0 ? 'CREATE' : 'ALTER';
    await this.#client.query(`${word} ROLE ${this.name} LOGIN PASSWORD '${password}'`);
    await this.#client.query(`GRANT SELECT ON ${this.name} TO ${this.name}`);
  }

  async clear(): Promise<void> {
    this.#stop();
    await this.#client.query(`TRUNCATE ${this.name}`);
  }

  async drop(): Promise<void> {
    this.#stop();
    await this.#client.query(`DROP TABLE IF EXISTS ${this.name}`);
    await this.#client.query(`DROP ROLE IF EXISTS ${this.name}`);
    await this.#client.end();
  }
}

/** Laravel's queues under a prefix of their own, in a Redis. */
export class Queues {
  readonly prefix = `test-${randomBytes(4).toString('hex')}-`;
  readonly #redis: Redis;

  constructor(at: { host: string; port: number }) {
    this.#redis = new Redis({ host: at.host, port: at.port, maxRetriesPerRequest: 1 });
    this.#redis.on('error', () => undefined);
  }

  async push(queue: string, jobs: number): Promise<void> {
    // An application leaves keys beside its queues. With none, an empty queue in a Redis of others looks like a wrong prefix.
    await this.#redis.set(`${this.prefix}illuminate:queue:restart`, '0');
    const pushedAt = String(Date.now() / 1_000);
    const payloads = Array.from({ length: jobs }, () =>
      JSON.stringify({
        uuid: randomBytes(8).toString('hex'),
        displayName: 'PushLead',
        attempts: 0,
        pushedAt,
      }),
    );
    await this.#redis.rpush(`${this.prefix}queues:${queue}`, ...payloads);
  }

  async empty(queue: string): Promise<void> {
    await this.#redis.del(`${this.prefix}queues:${queue}`);
  }

  close(): void {
    this.#redis.disconnect();
  }
}

/** The Secret of the shared Postgres, and the stores that name it. */
export async function postgresStore(rig: Rig, namespace = rig.namespace) {
  const { host, port, user, password, database } = testbed().postgres;
  await rig.applyObject({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'postgres', namespace },
    stringData: { username: user, password },
  });
  return { host, port, database, secretRef: { name: 'postgres' }, tls: { mode: 'Disable' as const } };
}

/** Windows of seconds instead of days: every one of them is a public field. */
export const COMPRESSED = {
  promote: { sustainedFor: '1s' },
  demote: { lookback: '4s', wait: '1s' },
  health: { sustainedFor: '60s' },
  scaleDown: { window: '2s' },
} as const;
