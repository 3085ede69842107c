/** The RabbitMQ of a platform: the one that the user gives, or a `RabbitmqCluster` of its own operator. */
import type { RabbitmqStore } from '../../api/schema/stores.ts';
import { keptMetadata } from '../../kube/labels.ts';
import type { KubeObject } from '../../kube/object.ts';
import { queueNames } from '../../signals/view.ts';
import type { RabbitmqProbe } from '../../probes/probe.ts';
import type { EnvVar } from '../../workloads/pod-shape.ts';
import type { Step } from '../contract/contribution.ts';
import type { CapabilityContext } from '../contract/context.ts';

const CAPABILITY = 'message-queue';

export interface RabbitmqServer {
  /** The name of its RabbitmqCluster; undefined where it is the user's. */
  readonly managed: string | undefined;
  readonly store: RabbitmqStore;
  readonly probe: RabbitmqProbe;
  readonly objects: readonly KubeObject[];
  readonly env: readonly EnvVar[];
}

/** `external` undefined: the one that the operator asks for. */
export function rabbitmqServer(
  context: CapabilityContext,
  external: RabbitmqStore | undefined,
): RabbitmqServer {
  const { platform, spec } = context;
  const name = `${platform.name}-rabbitmq`;
  const store = external ?? managedStore(context, name);
  return {
    managed: external === undefined ? name : undefined,
    store,
    probe: {
      kind: 'rabbitmq',
      id: `${CAPABILITY}/${external === undefined ? 'own-' : ''}rabbitmq`,
      store,
      queues: queueNames(spec),
    },
    objects: external === undefined ? [cluster(context, name)] : [],
    env: external === undefined ? ofCluster(name) : ofStore(external),
  };
}

/** Made by the cluster operator, with the address and a user of its own. */
export const secretOfRabbitmq = (name: string) => `${name}-default-user`;

const managedStore = ({ platform }: CapabilityContext, name: string): RabbitmqStore => ({
  host: `${name}.${platform.namespace}`,
  port: 5672,
  // Its management API is asked within the cluster, where its operator gives it no TLS.
  tls: { mode: 'Disable' },
  managementPort: 15672,
  vhost: '/',
  secretRef: { name: secretOfRabbitmq(name), userKey: 'username', passwordKey: 'password' },
});

function ofCluster(cluster: string): readonly EnvVar[] {
  const name = secretOfRabbitmq(cluster);
  return [
    { name: 'RABBITMQ_HOST', secret: { name, key: 'host' } },
    { name: 'RABBITMQ_PORT', secret: { name, key: 'port' } },
    { name: 'RABBITMQ_USER', secret: { name, key: 'username' } },
    { name: 'RABBITMQ_PASSWORD', secret: { name, key: 'password' } },
    { name: 'RABBITMQ_VHOST', value: '/' },
  ];
}

/** The credential that the operator measures with is not the application's, which is the user's to give. */
const ofStore = ({ host, port, vhost }: RabbitmqStore): readonly EnvVar[] => [
  { name: 'RABBITMQ_HOST', value: host },
  { name: 'RABBITMQ_PORT', value: String(port) },
  { name: 'RABBITMQ_VHOST', value: vhost },
];

function cluster({ platform, spec }: CapabilityContext, name: string): KubeObject {
  const { replicas, image, storage, storageClassName, resources } = spec.capabilities.messageQueue;
  return {
    apiVersion: 'rabbitmq.com/v1beta1',
    kind: 'RabbitmqCluster',
    metadata: keptMetadata(platform, spec, name, CAPABILITY, 'rabbitmq'),
    spec: {
      replicas,
      ...(image !== undefined && { image }),
      persistence: { storage, ...(storageClassName !== undefined && { storageClassName }) },
      ...(resources !== undefined && { resources }),
    },
  };
}

/** The gate: its operator says that all of it is there, and it answers. */
export function rabbitmqReady(context: CapabilityContext, { managed, probe }: RabbitmqServer): Step {
  const step = (done: boolean, waits: string): Step => ({ name: 'ServerReady', done, waits });
  const what = managed === undefined ? 'the RabbitMQ of spec.stores.rabbitmq' : `RabbitmqCluster/${managed}`;
  if (managed !== undefined && !isUp(context.live('RabbitmqCluster', managed)))
    return step(false, `${what} is not ready yet, by AllReplicasReady and ClusterAvailable in its status`);
  const answer = context.probeResult(probe);
  if (answer === undefined) return step(false, `${what} has not been asked yet`);
  return 'unknown' in answer
    ? step(false, `${what} does not answer (${answer.unknown}): ${answer.message}`)
    : step(true, '');
}

function isUp(object: KubeObject | undefined): boolean {
  const { conditions = [] } = (object?.['status'] ?? {}) as {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
  return ['AllReplicasReady', 'ClusterAvailable'].every((type) =>
    conditions.some((condition) => condition.type === type && condition.status === 'True'),
  );
}
