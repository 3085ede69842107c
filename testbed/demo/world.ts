/** Everything that the demo runs on, brought up in order: cluster, Postgres, Redis, operator, LeadPlatform. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { loadKube } from '../../controller/runtime/kube.ts';
import { Resources } from '../../controller/runtime/resources.ts';
import { type Cluster, obtainCluster } from '../cluster.ts';
import { TestbedUnavailable } from '../errors.ts';
import { projectFolder } from '../folders.ts';
import { definitionsServed } from '../definitions.ts';
import { kubectl } from '../kubectl.ts';
import type { RunningOperator } from '../operator-process.ts';
import { startPostgres } from '../postgres.ts';
import type { Log } from '../progress.ts';
import { startRedis } from '../redis.ts';
import { LeadsTable } from './leads.ts';
import { startOperator } from './operator.ts';
import type { Options } from './options.ts';
import { readSample, type Sample } from './sample.ts';

export const NAMESPACE = 'leadplatform-demo';
const CRD = join(projectFolder, 'crds', 'leadplatform.io_leadplatforms.yaml');
const DAY_OF_KEEPING = 9;
/** A minute, and the time by which leads are put in ahead of theirs. */
const MINUTE_MS = 65_000;

export interface World {
  readonly cluster: Cluster;
  readonly resources: Resources;
  readonly operator: RunningOperator;
  /** Of an account that may get the platform, good for live numbers and for nothing else. */
  readonly viewerToken: string;
  readonly sample: Sample;
  readonly leads: LeadsTable;
  readonly redis: Redis;
}

/** Starts it all; what has been started is in `stack`, also when this fails half-way. */
export async function startWorld(options: Options, stack: AsyncDisposableStack, log: Log): Promise<World> {
  const cluster = await obtainCluster({
    ...(options.context !== undefined && { context: options.context }),
    ...(options.kubeconfig !== undefined && { kubeconfig: options.kubeconfig }),
    nodes: 3,
    log,
  });
  stack.defer(cluster.stop);
  await insistOnSimulatedPods(cluster);
  // Replicas are counted as users of the database: there must be room for as many as the top tier wants.
  const postgres = await startPostgres({ log, maxConnections: 300 });
  stack.defer(postgres.stop);
  const redisServer = await startRedis({ log });
  stack.defer(redisServer.stop);

  const sample = await readSample({
    namespace: NAMESPACE,
    postgres: { host: postgres.host, port: postgres.port },
    redis: { host: redisServer.host, port: redisServer.port },
    speed: options.speed,
  });
  const reader = { name: 'leadplatform', password: randomBytes(12).toString('hex') };
  const client = new Client({ connectionString: postgres.url, application_name: 'demo' });
  await client.connect();
  stack.defer(() => client.end());
  // As long as anybody counts: the last minute, and the week that a descent looks back on.
  const leads = new LeadsTable({ client, keepMs: Math.max(MINUTE_MS, DAY_OF_KEEPING * sample.dayMs) });
  await leads.create(Date.now(), reader);
  const redis = new Redis(redisServer.url, { enableAutoPipelining: true });
  stack.defer(async () => redis.disconnect());

  await prepareCluster(cluster, stack, sample, reader);
  const operator = await startOperator({ kubeconfigPath: cluster.kubeconfigPath, namespace: NAMESPACE });
  stack.defer(operator.stop);
  log(`operator: ${operator.url}, log in ${operator.logFile}`);

  const kube = await loadKube({ kubeconfig: cluster.kubeconfigPath });
  stack.defer(() => kube.close());
  await kubectl(cluster, ['apply', '--server-side', '--filename=-'], {
    input: JSON.stringify(sample.manifest),
  });
  const resources = new Resources(kube.client());
  return { cluster, resources, operator, viewerToken: await viewerToken(cluster), sample, leads, redis };
}

/** A pod that runs nothing needs no image. Where pods are real, `php` and the image of the sample would never start. */
async function insistOnSimulatedPods(cluster: Cluster): Promise<void> {
  if (cluster.hasSimulatedPods) return;
  if (cluster.hasControllers) {
    const nodes = JSON.parse(await kubectl(cluster, ['get', 'nodes', '--output=json'])) as {
      items: { metadata: { annotations?: Record<string, string> } }[];
    };
    if (nodes.items.some(({ metadata }) => 'kwok.x-k8s.io/node' in (metadata.annotations ?? {}))) return;
  }
  throw new TestbedUnavailable(
    'The demo needs a cluster on which kwok plays the pods, and this one has no such node.',
    'Leave out --context, --kubeconfig and KUBEBUILDER_ASSETS to have one made.',
  );
}

async function prepareCluster(
  cluster: Cluster,
  stack: AsyncDisposableStack,
  sample: Sample,
  reader: { readonly name: string; readonly password: string },
): Promise<void> {
  // A cluster that was there before gets back to how it was; ours goes as a whole.
  const isForeign = cluster.kind === 'explicit';
  const hadDefinition = await kubectl(cluster, [
    'get',
    '--ignore-not-found',
    '--output=name',
    `--filename=${CRD}`,
  ]);
  if (hadDefinition === '') {
    await kubectl(cluster, ['apply', '--server-side', `--filename=${CRD}`]);
    if (isForeign) stack.defer(() => remove(cluster, [`--filename=${CRD}`]));
  }
  await definitionsServed(cluster, [`--filename=${CRD}`]);
  await kubectl(cluster, ['create', 'namespace', NAMESPACE]);
  if (isForeign) stack.defer(() => remove(cluster, ['namespace', NAMESPACE]));
  await kubectl(cluster, ['create', '--filename=-'], {
    input: JSON.stringify({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: sample.postgresSecret, namespace: NAMESPACE },
      stringData: { username: reader.name, password: reader.password },
    }),
  });
}

/** A kubeconfig need not have a token; an account of the namespace has one on every cluster. */
async function viewerToken(cluster: Cluster): Promise<string> {
  const named = { name: 'demo-viewer', namespace: NAMESPACE };
  const group = 'rbac.authorization.k8s.io';
  const items = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: named },
    {
      apiVersion: `${group}/v1`,
      kind: 'Role',
      metadata: named,
      rules: [{ apiGroups: ['leadplatform.io'], resources: ['leadplatforms'], verbs: ['get'] }],
    },
    {
      apiVersion: `${group}/v1`,
      kind: 'RoleBinding',
      metadata: named,
      roleRef: { apiGroup: group, kind: 'Role', name: named.name },
      subjects: [{ kind: 'ServiceAccount', ...named }],
    },
  ];
  await kubectl(cluster, ['apply', '--server-side', '--filename=-'], {
    input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
  });
  const create = ['create', 'token', named.name, `--namespace=${NAMESPACE}`];
  return (await kubectl(cluster, [...create, '--audience=leadplatform.io', '--duration=24h'])).trim();
}

async function remove(cluster: Cluster, what: readonly string[]): Promise<void> {
  await kubectl(cluster, ['delete', '--ignore-not-found', ...what]);
}
