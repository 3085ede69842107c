/** A Kubernetes object as JSON, and the kinds that a platform owns. */

/** The kinds of object that a platform owns. */
export const CHILD_KINDS = [
  'ServiceAccount',
  'ConfigMap',
  'StatefulSet',
  'Deployment',
  'Service',
  'PodDisruptionBudget',
  'CronJob',
  'Job',
  'Ingress',
  // Of other operators; absent from clusters that do not have them.
  'HTTPRoute',
  'Cluster',
  'RabbitmqCluster',
  'Elasticsearch',
] as const;
export type ChildKind = (typeof CHILD_KINDS)[number];

/** Kinds that not every cluster knows: of Gateway API, CloudNativePG, RabbitMQ's and Elastic's operators. */
export const ENGINE_KINDS = ['HTTPRoute', 'Cluster', 'RabbitmqCluster', 'Elasticsearch'] as const;

/** A Kubernetes object as JSON; only what somebody looks at has a type. Times are the strings of the API server, never a Date. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly generation?: number;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly OwnerReference[];
    readonly finalizers?: readonly string[];
    readonly managedFields?: readonly ManagedFieldsEntry[];
  };
  readonly [field: string]: unknown;
}

export interface ManagedFieldsEntry {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly apiVersion?: string;
  readonly time?: string;
  readonly fieldsType?: string;
  readonly fieldsV1?: object;
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** Who the platform is. */
export interface PlatformIdentity {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly generation: number;
  readonly annotations: Readonly<Record<string, string>>;
}

/** `Deployment/brain-ingest`: a child by kind and name. */
export function childKey({ kind, metadata }: Pick<KubeObject, 'kind' | 'metadata'>): string {
  return `${kind}/${metadata.name}`;
}
