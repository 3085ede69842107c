/** What spike and fleet run on: a control plane of our own, Redis, and an operator with an identity of its own. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type Kube, loadKube } from '../controller/runtime/kube.ts';
import { readTarget } from '../controller/runtime/kubeconfig.ts';
import { Resources } from '../controller/runtime/resources.ts';
import { type ControlPlane, type ControlPlaneOptions, startControlPlane } from '../testbed/control-plane.ts';
import { projectFolder, temporaryFolder, type TemporaryFolder } from '../testbed/folders.ts';
import { definitionsServed } from '../testbed/definitions.ts';
import { kubectl } from '../testbed/kubectl.ts';
import type { Log } from '../testbed/progress.ts';
import { type Redis as RedisServer, startRedis } from '../testbed/redis.ts';

const CRD = join(projectFolder, 'crds', 'leadplatform.io_leadplatforms.yaml');
/** Where the operator, its account and its lease are. */
export const OPERATOR_NAMESPACE = 'leadplatform-system';
const ACCOUNT = 'leadplatform-operator';
/** By this name the audit log knows the operator and nobody else. */
export const OPERATOR_USER = `system:serviceaccount:${OPERATOR_NAMESPACE}:${ACCOUNT}`;

export interface World {
  readonly controlPlane: ControlPlane;
  readonly kubernetes: string;
  readonly folder: TemporaryFolder;
  readonly auditLog: string;
  /** As the administrator. */
  readonly kube: Kube;
  readonly resources: Resources;
  readonly redisServer: RedisServer;
  /** The bench's own connection. */
  readonly redis: Redis;
  readonly operatorKubeconfig: string;
}

export async function startWorld(
  stack: AsyncDisposableStack,
  log: Log,
  options: Pick<ControlPlaneOptions, 'pace' | 'apiServerArgs' | 'managerArgs'> = {},
): Promise<World> {
  const folder = await temporaryFolder('bench');
  stack.defer(() => folder.remove());
  const auditLog = join(folder.path, 'audit.log');
  const controlPlane = await startControlPlane({ name: 'bench', auditLog, log, ...options });
  stack.defer(() => controlPlane.stop());
  const redisServer = await startRedis({ log });
  stack.defer(() => redisServer.stop());
  const redis = new Redis(redisServer.url);
  stack.defer(async () => redis.disconnect());
  const kube = await loadKube({ kubeconfig: controlPlane.kubeconfigPath, maxConnections: 32 });
  stack.defer(() => kube.close());
  await kubectl(controlPlane, ['apply', '--server-side', `--filename=${CRD}`]);
  await definitionsServed(controlPlane, [`--filename=${CRD}`]);
  const { gitVersion } = JSON.parse(await kubectl(controlPlane, ['get', '--raw=/version'])) as {
    gitVersion: string;
  };
  return {
    controlPlane,
    kubernetes: gitVersion,
    folder,
    auditLog,
    kube,
    resources: new Resources(kube.client()),
    redisServer,
    redis,
    operatorKubeconfig: await operatorAccount(controlPlane, folder),
  };
}

/** A ServiceAccount for the operator, and a kubeconfig with its token. */
async function operatorAccount(controlPlane: ControlPlane, folder: TemporaryFolder): Promise<string> {
  const within = `--namespace=${OPERATOR_NAMESPACE}`;
  await kubectl(controlPlane, ['create', 'namespace', OPERATOR_NAMESPACE]);
  await kubectl(controlPlane, ['create', 'serviceaccount', ACCOUNT, within]);
  await kubectl(controlPlane, [
    'create',
    'clusterrolebinding',
    ACCOUNT,
    '--clusterrole=cluster-admin',
    `--serviceaccount=${OPERATOR_NAMESPACE}:${ACCOUNT}`,
  ]);
  const token = (await kubectl(controlPlane, ['create', 'token', ACCOUNT, within, '--duration=24h'])).trim();
  const { cluster } = readTarget([controlPlane.kubeconfigPath], undefined);
  const name = 'bench';
  const path = join(folder.path, 'operator.kubeconfig');
  const content = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: OPERATOR_NAMESPACE } }],
    'current-context': name,
  };
  await writeFile(path, JSON.stringify(content), { mode: 0o600 });
  return path;
}
