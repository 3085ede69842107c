/** Databases that CloudNativePG makes for a platform: their Clusters, and the Secret of each that pods get. */
import { containersOf } from '../../kube/workload.ts';
import type { CapabilityName } from '../../api/names.ts';
import type { ServiceDatabase } from '../../api/schema/capabilities/databases.ts';
import { CAPABILITY_LABEL, keptMetadata } from '../../kube/labels.ts';
import type { KubeObject } from '../../kube/object.ts';
import { componentOfName } from '../../kube/names.ts';
import { blocked, type PartialContribution } from '../contract/contribution.ts';
import type { EnvVar } from '../../workloads/pod-shape.ts';
import { removal } from '../removal.ts';
import type { CapabilityContext } from '../contract/context.ts';

type Settings = Pick<ServiceDatabase, 'instances' | 'storage' | 'storageClassName' | 'resources'>;

/** What CloudNativePG says of a Cluster that lacks nothing. */
const HEALTHY = 'Cluster in healthy state';

export function clusterOf(
  { platform, spec }: CapabilityContext,
  name: string,
  capability: CapabilityName,
  { instances, storage, storageClassName, resources }: Settings,
): KubeObject {
  return {
    apiVersion: 'postgresql.cnpg.io/v1',
    kind: 'Cluster',
    metadata: keptMetadata(platform, spec, name, capability),
    spec: {
      instances,
      storage: { size: storage, ...(storageClassName !== undefined && { storageClass: storageClassName }) },
      ...(resources !== undefined && { resources }),
    },
  };
}

/** All instances are ready, and its operator is content. */
export function isHealthy(live: KubeObject | undefined, instances: number): boolean {
  const { readyInstances = 0, phase = '' } = (live?.['status'] ?? {}) as {
    readyInstances?: number;
    phase?: string;
  };
  return readyInstances >= instances && phase === HEALTHY;
}

/** The Secret that CloudNativePG makes with each Cluster. */
export const secretOf = (cluster: string): string => `${cluster}-app`;

/** A database as Laravel is told of it, under names that begin with `prefix`. */
export function databaseVariables(
  secret: string,
  prefix: string,
  components: readonly string[] | undefined,
): readonly EnvVar[] {
  const keys = { HOST: 'host', PORT: 'port', DATABASE: 'dbname', USERNAME: 'username', PASSWORD: 'password' };
  return Object.entries(keys).map(([name, key]) => ({
    name: `${prefix}${name}`,
    secret: { name: secret, key },
    ...(components !== undefined && { components }),
  }));
}

/** Clusters of a capability, those included that the spec has forgotten. */
export function clustersThere(
  { observed }: CapabilityContext,
  capability: CapabilityName,
): readonly KubeObject[] {
  return [...observed.own.values()]
    .map(({ object }) => object)
    .filter(({ kind, metadata }) => kind === 'Cluster' && metadata.labels?.[CAPABILITY_LABEL] === capability);
}

/** What pods of any Deployment of the platform have of a Secret now, whatever the spec says. */
export function variablesFrom({ observed, platform }: CapabilityContext, secret: string): readonly EnvVar[] {
  return [...observed.own.values()].flatMap(({ object }) => {
    if (object.kind !== 'Deployment') return [];
    const [first] = containersOf(object);
    return (first?.env ?? []).flatMap(({ name, valueFrom }) => {
      const { name: from, key } = valueFrom?.secretKeyRef ?? {};
      return from === secret && key !== undefined
        ? [
            {
              name,
              secret: { name: secret, key },
              components: [componentOfName(platform.name, object.metadata.name)],
            },
          ]
        : [];
    });
  });
}

/**
 * Whether pods of a component run with a database of their own: what is in it is nowhere else, so they cannot be replaced by pods
 * that have the first one.
 */
export function hasOwnDatabase(context: CapabilityContext, component: string): boolean {
  const { services } = context.spec.capabilities.databasePerService;
  const secrets = [
    ...services.flatMap(({ secretName }) => secretName ?? []),
    ...services.map(({ name }) => secretOf(`${context.platform.name}-db-${name}`)),
    ...clustersThere(context, 'database-per-service').map(({ metadata }) => secretOf(metadata.name)),
  ];
  return secrets.some((secret) =>
    variablesFrom(context, secret).some(({ components = [] }) => components.includes(component)),
  );
}

/** On the way out: they stay until a person has confirmed their loss. What holds data is not written meanwhile. */
export function clustersLeaving(
  context: CapabilityContext,
  clusters: readonly KubeObject[],
): PartialContribution {
  const { objects: _as, ...rest } = removal(context, clusters);
  return rest;
}

export const NO_CLOUDNATIVEPG = (instead: string) =>
  blocked(
    'CloudNativePGMissing',
    `The cluster has no CloudNativePG (postgresql.cnpg.io/v1, Cluster); install it, ${instead}.`,
  );
