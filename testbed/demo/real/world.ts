/** Everything that the demo on real pods runs on, brought up in order, in a room. */
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { type ShownToken, ownToken } from '../../../controller/commands/shown-token.ts';
import { loadKube } from '../../../controller/runtime/kube.ts';
import { Resources } from '../../../controller/runtime/resources.ts';
import { kubectl } from '../../kubectl.ts';
import { startPostgres } from '../../postgres.ts';
import { waitUntilReady } from '../../processes.ts';
import type { Log } from '../../progress.ts';
import { startRealCluster } from '../../real/cluster.ts';
import { exposeOnNode } from '../../real/expose.ts';
import { installOperator } from '../../real/operator.ts';
import { imageArchives } from '../../real/prepare.ts';
import { brainImage } from '../../real/project-images.ts';
import { startRedis } from '../../redis.ts';
import { type RealSample, readRealSample } from './sample.ts';

/** The sample finds its stores there by name. */
export const NAMESPACE = 'leadplatform-demo';

export interface RealWorld {
  readonly resources: Resources;
  /** The address of the API server. */
  readonly server: string;
  /** The administrator's. */
  readonly token: () => Promise<ShownToken>;
  readonly sample: RealSample;
  /** Where leads are posted: the address of the platform's Service. */
  readonly url: string;
  readonly database: Pool;
  readonly redis: Redis;
}

/** Starts it all; what has been started is in `stack`, also when this fails half-way. */
export async function startRealWorld(stack: AsyncDisposableStack, log: Log): Promise<RealWorld> {
  const cluster = await startRealCluster({ name: 'demo', log });
  stack.defer(cluster.stop);
  for (const archive of await imageArchives()) await cluster.importImage(archive);
  await installOperator(cluster);
  log('the operator is installed, by Helm, from its image: two replicas, one of them leads');

  const { nodeAddress: host } = cluster;
  const postgres = await startPostgres({ log, host });
  stack.defer(postgres.stop);
  const redisServer = await startRedis({ log, host });
  stack.defer(redisServer.stop);
  const { port, user, password, database } = postgres;
  const pool = new Pool({ host, port, user, password, database, max: 2 });
  pool.on('error', () => undefined);
  stack.defer(() => pool.end());
  const redis = new Redis(redisServer.url);
  redis.on('error', () => undefined);
  stack.defer(async () => redis.disconnect());

  await kubectl(cluster, ['create', 'namespace', NAMESPACE]);
  for (const server of [
    { service: 'postgres', port: 5432, targetPort: port },
    { service: 'redis', port: 6379, targetPort: redisServer.port },
  ])
    await exposeOnNode(cluster, { namespace: NAMESPACE, ...server });
  const sample = await readRealSample(NAMESPACE, brainImage);
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'brain-postgres', namespace: NAMESPACE },
    stringData: { username: user, password },
  };
  for (const object of [secret, sample.manifest]) {
    await kubectl(cluster, ['apply', '--server-side', '--filename=-'], { input: JSON.stringify(object) });
  }
  const kube = await loadKube({ kubeconfig: cluster.kubeconfigPath });
  stack.defer(() => kube.close());
  const within = `--namespace=${NAMESPACE}`;
  // The first request is to find a pod that serves it.
  await waitUntilReady('the platform is Ready', [], async () => {
    const ready = ['wait', '--for=condition=Ready', `leadplatform/${sample.name}`, '--timeout=5s'];
    await kubectl(cluster, [...ready, within]);
    return true;
  });
  const address = await kubectl(cluster, [
    ...['get', 'service', sample.name, within],
    '--output=jsonpath={.spec.clusterIP}',
  ]);
  return {
    resources: new Resources(kube.client()),
    server: kube.server,
    token: async () => ownToken(await kube.bearerToken(), { mayBeSent: true, isForSeveral: false }),
    sample,
    url: `http://${address}/api/leads`,
    database: pool,
    redis,
  };
}
