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
import { isNotFound, notKubernetes } from './errors.ts';
import type { KubeObject, ObjectList, ObjectRef, ResourceType } from './objects.ts';
import { apiVersionOf, pathOf, typed } from './objects.ts';

export * from './objects.ts';

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
    let resourceVersion = '';
    for await (const page of this.#pages(type, options)) {
      for (const item of page.items) items.push(item);
      resourceVersion = page.metadata.resourceVersion ?? '';
    }
    return { items, resourceVersion };
  }

  /** A list page by page, for what is not to be in memory all at once. */
  async *pages<T extends KubeObject>(
    type: ResourceType<T>,
    options: ListOptions = {},
  ): AsyncGenerator<readonly T[]> {
    for await (const { items } of this.#pages(type, options)) yield items;
  }

  async *#pages<T extends KubeObject>(
    type: ResourceType<T>,
    options: ListOptions,
  ): AsyncGenerator<ObjectList<T>> {
    let from: string | undefined;
    do {
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
      if (!isList(page)) throw notKubernetes('GET', pathOf(type, options.namespace));
      yield { ...page, items: page.items.map((item) => typed(type, item)) };
      from = page.metadata.continue;
    } while (from !== undefined && from !== '');
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
    of: Pick<KubeObject, 'metadata'>,
    status: object,
    options: ApplyOptions,
  ): Promise<T> {
    const { namespace, name } = of.metadata;
    const body = { metadata: { name, ...(namespace !== undefined && { namespace }) }, status };
    return this.#apply(type, body, 'status', options);
  }

  #apply<T extends KubeObject>(
    type: ResourceType<T>,
    object: Pick<KubeObject, 'metadata'>,
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
    return this.#patch(type, ref, 'application/merge-patch+json', patch, options);
  }

  jsonPatch<T extends KubeObject>(
    type: ResourceType<T>,
    ref: ObjectRef,
    operations: readonly JsonPatchOperation[],
    options: WriteOptions,
  ): Promise<T> {
    return this.#patch(type, ref, 'application/json-patch+json', operations, options);
  }

  #patch<T extends KubeObject>(
    type: ResourceType<T>,
    ref: ObjectRef,
    contentType: string,
    body: unknown,
    { fieldManager, signal }: WriteOptions,
  ): Promise<T> {
    const path = pathOf(type, ref.namespace, ref.name);
    return this.client.request<T>({
      method: 'PATCH',
      path,
      query: { fieldManager },
      body,
      contentType,
      signal,
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

/** Something else may answer at the address, in JSON of its own. */
const isList = (page: Partial<ObjectList<KubeObject>> | undefined): boolean =>
  Array.isArray(page?.items) && page.metadata !== undefined;

/** Items of a list carry neither apiVersion nor kind, so a write puts them in. */
function withType(type: ResourceType, object: object): object {
  return { ...object, apiVersion: apiVersionOf(type), kind: type.kind };
}
