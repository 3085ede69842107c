/** What Kubernetes objects have in common, and where they live on the API server. */

import type { OwnerReference } from '../../src/kube/object.ts';

export type { OwnerReference };

export interface ManagedFieldsEntry {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly apiVersion?: string;
  readonly time?: string;
  readonly fieldsType?: string;
  readonly fieldsV1?: object;
}

export interface ObjectMeta {
  name?: string;
  generateName?: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
  managedFields?: ManagedFieldsEntry[];
}

/** What every object has. Times are the strings of the API server, never a Date. */
export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
}

export interface ObjectList<T extends KubeObject> {
  readonly metadata: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items: T[];
}

export interface ResourceType<T extends KubeObject = KubeObject> {
  /** `''` for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Never set; carries the object's type. */
  readonly object?: T;
}

export function resourceType<T extends KubeObject = KubeObject>(
  type: Omit<ResourceType, 'namespaced' | 'object'> & { readonly namespaced?: boolean },
): ResourceType<T> {
  return { namespaced: true, ...type };
}

/** An object's place. `namespace` is left out for cluster-scoped types, and to mean all namespaces in a list. */
export interface ObjectRef {
  readonly namespace?: string | undefined;
  readonly name: string;
}

export const apiVersionOf = (type: ResourceType): string =>
  type.group === '' ? type.version : `${type.group}/${type.version}`;

/** The path of a collection, or of one object of it. */
export function pathOf(type: ResourceType, namespace?: string, name?: string, subresource?: string): string {
  const root = type.group === '' ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`;
  const within =
    type.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  const object = name === undefined ? '' : `/${encodeURIComponent(name)}`;
  return `${root}${within}/${type.plural}${object}${subresource === undefined ? '' : `/${subresource}`}`;
}

/** `namespace/name`, or just the name of a cluster-scoped object. The key of caches and queues. */
export const keyOf = (object: KubeObject): string =>
  object.metadata.namespace === undefined
    ? (object.metadata.name ?? '')
    : `${object.metadata.namespace}/${object.metadata.name ?? ''}`;

/** The owner that controls the object, of which there is at most one. */
export const controllerOf = (object: KubeObject): OwnerReference | undefined =>
  object.metadata.ownerReferences?.find((owner) => owner.controller === true);

/** What tells this very object, in this very version, from all others. */
export function identityOf({ name, namespace, uid, resourceVersion }: ObjectMeta): ObjectMeta {
  return {
    ...(name !== undefined && { name }),
    ...(namespace !== undefined && { namespace }),
    ...(uid !== undefined && { uid }),
    ...(resourceVersion !== undefined && { resourceVersion }),
  };
}
