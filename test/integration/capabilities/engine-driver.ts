/**
 * Stands in for the operators of engines, and for a cloud's load balancers, which cannot run here: writes the status that
 * they would write, and the Secret that comes with it. What is tested with it is what our operator makes of such a status;
 * that the real ones write it so is read in their sources, and simulated here.
 */
import { kubectl } from '../support.ts';

interface Metadata {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly generation?: number;
}

export interface Driven {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** What a controller says of an object that is well, and the Secrets that it makes beside it. */
interface Said {
  readonly status: Readonly<Record<string, unknown>>;
  readonly secrets?: readonly { readonly name: string; readonly data: Readonly<Record<string, string>> }[];
}

/** What a test may say otherwise. */
export interface Otherwise {
  /** Of Service and Ingress; 192.0.2.10 when left out. */
  readonly address?: string;
  /** In the Secret; an engine that a test runs in the controller's place has others. */
  readonly credentials?: Readonly<Record<string, string>>;
  /** Replaces fields of the status. */
  readonly status?: Readonly<Record<string, unknown>>;
}

const AT = '2026-01-01T00:00:00Z';

const SAYS = {
  Cluster: ({ metadata, spec }: Driven, { credentials }: Otherwise): Said => {
    const instances = Number(spec?.['instances'] ?? 1);
    const { name, namespace } = metadata;
    return {
      status: {
        phase: 'Cluster in healthy state',
        instances,
        readyInstances: instances,
        instanceNames: Array.from({ length: instances }, (_, index) => `${name}-${index + 1}`),
        currentPrimary: `${name}-1`,
        targetPrimary: `${name}-1`,
        writeService: `${name}-rw`,
        readService: `${name}-r`,
        conditions: [
          condition('Ready', 'ClusterIsReady', 'Cluster is Ready'),
          condition('ConsistentSystemID', 'Unique', 'A single, unique system ID was found'),
        ],
      },
      secrets: [
        {
          name: `${name}-app`,
          data: {
            username: 'app',
            password: 'made-up',
            dbname: 'app',
            host: `${name}-rw.${namespace}`,
            port: '5432',
            ...credentials,
          },
        },
      ],
    };
  },
  RabbitmqCluster: ({ metadata: { name, namespace, generation } }: Driven, { credentials }: Otherwise) => ({
    status: {
      observedGeneration: generation,
      conditions: [
        condition('AllReplicasReady', 'AllPodsAreReady'),
        condition('ClusterAvailable', 'AtLeastOneEndpointAvailable'),
        condition('NoWarnings', 'NoWarnings'),
        condition('ReconcileSuccess', 'Success', 'Finish reconciling'),
      ],
      binding: { name: `${name}-default-user` },
      defaultUser: {
        secretReference: {
          name: `${name}-default-user`,
          namespace,
          keys: { username: 'username', password: 'password' },
        },
        serviceReference: { name, namespace },
      },
    },
    secrets: [
      {
        name: `${name}-default-user`,
        data: {
          username: 'default_user',
          password: 'made-up',
          host: `${name}.${namespace}.svc`,
          port: '5672',
          provider: 'rabbitmq',
          type: 'rabbitmq',
          ...credentials,
        },
      },
    ],
  }),
  Elasticsearch: ({ metadata: { name, generation }, spec }: Driven, { credentials }: Otherwise) => {
    const nodeSets = (spec?.['nodeSets'] ?? []) as readonly { readonly count?: number }[];
    return {
      status: {
        observedGeneration: generation,
        health: 'green',
        phase: 'Ready',
        version: spec?.['version'],
        availableNodes: nodeSets.reduce((sum, { count = 1 }) => sum + count, 0),
      },
      secrets: [{ name: `${name}-es-elastic-user`, data: { elastic: 'made-up', ...credentials } }],
    };
  },
  HTTPRoute: ({ metadata: { generation }, spec }: Driven) => ({
    status: {
      parents: ((spec?.['parentRefs'] ?? []) as readonly object[]).map((parentRef) => ({
        parentRef,
        controllerName: 'example.com/gateway-controller',
        conditions: [condition('Accepted', 'Accepted'), condition('ResolvedRefs', 'ResolvedRefs')].map(
          (one) => ({ ...one, observedGeneration: generation }),
        ),
      })),
    },
  }),
  Ingress: (_: Driven, { address = '192.0.2.10' }: Otherwise) => balanced(address),
  Service: (_: Driven, { address = '192.0.2.10' }: Otherwise) => balanced(address),
} as const satisfies Readonly<Record<string, (object: Driven, otherwise: Otherwise) => Said>>;

export type DrivenKind = keyof typeof SAYS;

/** What the controller of its kind would say of this object, were it well. Pure. */
export function wellOf(object: Driven, otherwise: Otherwise = {}): Said {
  const said: Said = SAYS[object.kind as DrivenKind](object, otherwise);
  return { ...said, status: { ...said.status, ...otherwise.status } };
}

/** Full names: other groups have kinds that are called so, too. */
const RESOURCES: Readonly<Record<DrivenKind, string>> = {
  Cluster: 'clusters.postgresql.cnpg.io',
  RabbitmqCluster: 'rabbitmqclusters.rabbitmq.com',
  Elasticsearch: 'elasticsearches.elasticsearch.k8s.elastic.co',
  HTTPRoute: 'httproutes.gateway.networking.k8s.io',
  Ingress: 'ingresses.networking.k8s.io',
  Service: 'services',
};

/**
 * Writes once, as its controller would, the status and the Secrets of an object that exists; again after a change of it, to
 * say that the change was seen. Throws where there is no such object: wait for it first.
 */
export async function drive(
  kind: DrivenKind,
  namespace: string,
  name: string,
  otherwise: Otherwise = {},
): Promise<void> {
  const text = await kubectl(['get', RESOURCES[kind], name, '-n', namespace, '-o', 'json']);
  const object = JSON.parse(text) as Driven;
  const { status, secrets = [] } = wellOf(object, otherwise);
  for (const { name: secret, data } of secrets) {
    const { apiVersion, metadata } = object;
    await apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: secret,
        namespace,
        ownerReferences: [{ apiVersion, kind, name, uid: metadata.uid, controller: true }],
      },
      stringData: data,
    });
  }
  await kubectl([
    'patch',
    RESOURCES[kind],
    name,
    ...['-n', namespace, '--subresource=status', '--type=merge', '--patch', JSON.stringify({ status })],
  ]);
}

async function apply(object: object): Promise<void> {
  await kubectl(
    ['apply', '--server-side', '--force-conflicts', '--field-manager=engine-driver', '--filename=-'],
    { input: JSON.stringify(object) },
  );
}

function condition(type: string, reason: string, message = '') {
  return { type, status: 'True', reason, message, lastTransitionTime: AT };
}

const balanced = (address: string): Said => ({
  status: {
    loadBalancer: {
      ingress: [/^[\d.]+$|:/.test(address) ? { ip: address } : { hostname: address }],
    },
  },
});
