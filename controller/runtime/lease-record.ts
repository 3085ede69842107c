import type { KubeClient } from './client.ts';
import { isNotFound } from './errors.ts';
import type { KubeObject } from './resources.ts';
import { apiVersionOf, pathOf, resourceType } from './resources.ts';

export interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

interface LeaseObject extends KubeObject {
  readonly spec?: LeaseSpec;
}

const LEASES = resourceType<LeaseObject>({
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
});

/**
 * One Lease object on the API server. A write replaces it as it was last seen here, so that it fails where anybody
 * wrote meanwhile.
 */
export class LeaseRecord {
  readonly #client: KubeClient;
  readonly #namespace: string;
  readonly #name: string;
  #live: LeaseObject | undefined;

  constructor(client: KubeClient, namespace: string, name: string) {
    this.#client = client;
    this.#namespace = namespace;
    this.#name = name;
  }

  /** As it was last seen. */
  get spec(): LeaseSpec | undefined {
    return this.#live?.spec;
  }

  /** Undefined where there is none yet. */
  async read(timeoutMs: number, signal?: AbortSignal): Promise<LeaseSpec | undefined> {
    const request = { method: 'GET', path: pathOf(LEASES, this.#namespace, this.#name), signal } as const;
    try {
      this.#live = await this.#client.request<LeaseObject>({ ...request, ...attempt(timeoutMs) });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      this.#live = undefined;
    }
    return this.#live === undefined ? undefined : (this.#live.spec ?? {});
  }

  /** Makes the object where there was none. Rejects with a conflict, or AlreadyExists, where somebody was faster. */
  async write(spec: LeaseSpec, timeoutMs: number): Promise<void> {
    const metadata = this.#live?.metadata ?? { namespace: this.#namespace, name: this.#name };
    const body = { apiVersion: apiVersionOf(LEASES), kind: LEASES.kind, metadata, spec };
    const request =
      this.#live === undefined
        ? ({ method: 'POST', path: pathOf(LEASES, this.#namespace) } as const)
        : ({ method: 'PUT', path: pathOf(LEASES, this.#namespace, this.#name) } as const);
    this.#live = await this.#client.request<LeaseObject>({ ...request, body, ...attempt(timeoutMs) });
  }
}

/** No repeats, as every attempt counts from its own beginning; and no waiting behind other requests. */
const attempt = (timeoutMs: number) => ({ retries: 0, urgent: true, timeoutMs });
