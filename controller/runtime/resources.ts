/**
 * Kubernetes objects by type, without a generated class a kind.
 *
 *     const DEPLOYMENTS = resourceType<Deployment>({ group: 'apps', version: 'v1', plural: 'deployments', kind: 'Deployment' });
 *     const resources = new Resources(client);
 *     const deployment = await resources.get(DEPLOYMENTS, { namespace: 'leads', name: 'brain' });
 *     await resources.apply(DEPLOYMENTS, desired, { fieldManager: 'leadplatform-operator' });
 *     await resources.applyStatus(LEAD_PLATFORMS, resource, status, { fieldManager: 'leadplatform-operator' });
 *
 * Everything rejects with `KubeError` (see `errors.ts`).
 */
import type { KubeClient } from './client.ts';
import { isNotFound } from './errors.ts';

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
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

/** The inverse of `keyOf`. */
export function refOf(key: string): ObjectRef {
  const slash = key.indexOf('/');
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** The owner that controls the object, of which there is at most one. */
export const controllerOf = (object: KubeObject): OwnerReference | undefined =>
  object.metadata.ownerReferences?.find((owner) => owner.controller === true);

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface WriteOptions extends CallOptions {
  readonly fieldManager: string;
}

export interface ApplyOptions extends WriteOptions {
  /** Take fields over that another manager owns. Default true: an operator's word on its own fields is final. */
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

export interface ListOptions extends CallOptions {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

export interface JsonPatchOperation {
  readonly op: 'add' | 'remove' | 'replace' | 'test';
  readonly path: string;
  readonly value?: unknown;
}

export interface DeleteOptions extends CallOptions {
  /** Delete only this very object, never one that took its name since. */
  readonly uid?: string | undefined;
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
}

/** How many objects one page of a list asks for: some megabytes of JSON at most. */
export const PAGE_SIZE = 500;

export class Resources {
  readonly client: KubeClient;

  constructor(client: KubeClient) {
    this.client = client;
  }

  get<T extends KubeObject>(type: ResourceType<T>, ref: ObjectRef, options: CallOptions = {}): Promise<T> {
    return this.client.request<T>({
      method: 'GET',
      path: pathOf(type, ref.namespace, ref.name),
      signal: options.signal,
    });
  }

  /** Like `get`, with undefined for an object that is not there. */
  async find<T extends KubeObject>(
    type: ResourceType<T>,
    ref: ObjectRef,
    options: CallOptions = {},
  ): Promise<T | undefined> {
    try {
      return await this.get(type, ref, options);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** All pages of a list, with the resource version to watch from. */
  async list<T extends KubeObject>(
    type: ResourceType<T>,
    options: ListOptions = {},
  ): Promise<{ items: T[]; resourceVersion: string }> {
    const items: T[] = [];
    let from: string | undefined;
    for (;;) {
      const page: ObjectList<T> = await this.client.request<ObjectList<T>>({
        method: 'GET',
        path: pathOf(type, options.namespace),
        query: {
          limit: PAGE_SIZE,
          continue: from,
          labelSelector: options.labelSelector,
          fieldSelector: options.fieldSelector,
        },
        signal: options.signal,
      });
      for (const item of page.items) items.push(item);
      from = page.metadata.continue;
      if (from === undefined || from === '')
        return { items, resourceVersion: page.metadata.resourceVersion ?? '' };
    }
  }

  /** POST. Rejects with AlreadyExists where the name is taken. */
  create<T extends KubeObject>(type: ResourceType<T>, object: T, options: WriteOptions): Promise<T> {
    return this.client.request<T>({
      method: 'POST',
      path: pathOf(type, object.metadata.namespace),
      query: { fieldManager: options.fieldManager },
      body: withType(type, object),
      signal: options.signal,
    });
  }

  /**
   * Server-side apply: the object holds exactly the fields that this manager wants; those that it owned and no longer
   * names are removed. With `metadata.uid` it applies to that very object and conflicts where another took its name.
   */
  apply<T extends KubeObject>(type: ResourceType<T>, object: T, options: ApplyOptions): Promise<T> {
    return this.#apply(type, object, undefined, options);
  }

  /**
   * Makes the status what is said here, and removes what an earlier call said and this one does not: also single
   * entries of lists, which a merge patch cannot. Needs the status subresource.
   *
   * The API server does not compare UIDs here: the status of an object that was deleted and made anew lands on the new
   * one, until the next reconcile of it.
   */
  applyStatus<T extends KubeObject>(
    type: ResourceType<T>,
    of: KubeObject,
    status: object,
    options: ApplyOptions,
  ): Promise<T> {
    const { namespace, name } = of.metadata;
    const body = { metadata: { name, ...(namespace !== undefined && { namespace }) }, status };
    return this.#apply(type, body as unknown as T, 'status', options);
  }

  #apply<T extends KubeObject>(
    type: ResourceType<T>,
    object: T,
    subresource: string | undefined,
    options: ApplyOptions,
  ): Promise<T> {
    const { namespace, name } = object.metadata;
    return this.client.request<T>({
      method: 'PATCH',
      path: pathOf(type, namespace, name, subresource),
      query: {
        fieldManager: options.fieldManager,
        force: options.force ?? true,
        dryRun: options.dryRun === true ? 'All' : undefined,
      },
      body: withType(type, object),
      contentType: 'application/apply-patch+yaml',
      // Saying twice what the fields are is saying it once.
      idempotent: true,
      signal: options.signal,
    });
  }

  mergePatch<T extends KubeObject>(
    type: ResourceType<T>,
    ref: ObjectRef,
    patch: object,
    options: WriteOptions,
  ): Promise<T> {
    return this.client.request<T>({
      method: 'PATCH',
      path: pathOf(type, ref.namespace, ref.name),
      query: { fieldManager: options.fieldManager },
      body: patch,
      contentType: 'application/merge-patch+json',
      signal: options.signal,
    });
  }

  jsonPatch<T extends KubeObject>(
    type: ResourceType<T>,
    ref: ObjectRef,
    operations: readonly JsonPatchOperation[],
    options: WriteOptions,
  ): Promise<T> {
    return this.client.request<T>({
      method: 'PATCH',
      path: pathOf(type, ref.namespace, ref.name),
      query: { fieldManager: options.fieldManager },
      body: operations,
      contentType: 'application/json-patch+json',
      signal: options.signal,
    });
  }

  /** PUT. With `metadata.resourceVersion` it conflicts where anybody wrote meanwhile. */
  replace<T extends KubeObject>(type: ResourceType<T>, object: T, options: WriteOptions): Promise<T> {
    return this.client.request<T>({
      method: 'PUT',
      path: pathOf(type, object.metadata.namespace, object.metadata.name),
      query: { fieldManager: options.fieldManager },
      body: withType(type, object),
      signal: options.signal,
    });
  }

  /** Asks for deletion. False where it was gone already. */
  async delete(type: ResourceType, ref: ObjectRef, options: DeleteOptions = {}): Promise<boolean> {
    try {
      await this.client.request({
        method: 'DELETE',
        path: pathOf(type, ref.namespace, ref.name),
        body: {
          apiVersion: 'v1',
          kind: 'DeleteOptions',
          propagationPolicy: options.propagationPolicy ?? 'Background',
          ...(options.uid !== undefined && { preconditions: { uid: options.uid } }),
        },
        signal: options.signal,
      });
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }
}

/** Items of a list carry neither apiVersion nor kind, so a write puts them in. */
function withType<T extends KubeObject>(type: ResourceType<T>, object: T): T {
  return { ...object, apiVersion: apiVersionOf(type), kind: type.kind };
}
