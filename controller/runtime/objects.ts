/** What Kubernetes objects have in common, and where they live on the API server. */

import type { KubeObject, OwnerReference } from '../../src/kube/object.ts';

export type { KubeObject, ManagedFieldsEntry, OwnerReference } from '../../src/kube/object.ts';
export type ObjectMeta = KubeObject['metadata'];

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
    ? object.metadata.name
    : `${object.metadata.namespace}/${object.metadata.name}`;

/** The owner that controls the object, of which there is at most one. */
export const controllerOf = (object: KubeObject): OwnerReference | undefined =>
  object.metadata.ownerReferences?.find((owner) => owner.controller === true);

/** The same object with its type, which a list does not say of its items. */
export function typed<T extends KubeObject>(type: ResourceType<T>, object: T): T {
  return Object.assign(object, { apiVersion: apiVersionOf(type), kind: type.kind });
}

/** What tells this very object, in this very version, from all others. */
export function identityOf({ name, namespace, uid, resourceVersion }: ObjectMeta): ObjectMeta {
  return {
    name,
    ...(namespace !== undefined && { namespace }),
    ...(uid !== undefined && { uid }),
    ...(resourceVersion !== undefined && { resourceVersion }),
  };
}
