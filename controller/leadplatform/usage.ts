/**
 * What the containers of a platform use, from the metrics API. One list serves all platforms, so that a thousand of
 * them cost the API server one request; limits and requests come from the Deployments that are watched anyway.
 */
import type { ContainerUsage, ReadUsage } from '../../src/sources/port.ts';
import { COMPONENT_LABEL } from '../../src/kube/labels.ts';
import { quantityValue } from '../../src/api/kubernetes-quantity.ts';
import { isForbidden, isNotFound } from '../runtime/errors.ts';
import type { KubeObject, Resources } from '../runtime/resources.ts';
import { MANAGED_BY_SELECTOR, POD_METRICS } from './kinds.ts';
import type { PodMetrics } from './kinds.ts';
import type { ClusterCache } from './cluster-cache.ts';

/** metrics-server scrapes every 15 s; asking more often brings nothing. */
const SHARE_MS = 10_000;
/** How long an absent metrics API is taken as absent. */
const ABSENT_MS = 300_000;

/** Where limits and requests are looked up. */
type Deployments = Pick<ClusterCache, 'child' | 'childrenOf'> & {
  readonly platforms: Pick<ClusterCache['platforms'], 'get'>;
};

interface Shared {
  /** By `namespace/instance`; undefined: the cluster has no metrics API. */
  readonly byPlatform: ReadonlyMap<string, readonly PodMetrics[]> | undefined;
}

export class UsageReader {
  readonly #resources: Resources;
  readonly #cache: Deployments;
  readonly #namespaces: readonly string[] | undefined;
  #shared: Promise<Shared> | undefined;
  #askedAt = -Infinity;
  #keepMs = SHARE_MS;

  constructor(resources: Resources, cache: Deployments, namespaces: readonly string[] | undefined) {
    this.#resources = resources;
    this.#cache = cache;
    this.#namespaces = namespaces;
  }

  /** The reader for one platform. */
  of(namespace: string, name: string): ReadUsage {
    return async () => {
      const { byPlatform } = await this.#list();
      const pods = byPlatform?.get(`${namespace}/${name}`);
      return byPlatform === undefined
        ? undefined
        : (pods ?? []).flatMap((pod) => this.#containers(namespace, name, pod));
    };
  }

  #list(): Promise<Shared> {
    // Monotonic: a clock that is set back must not keep an old list.
    const now = performance.now();
    if (this.#shared === undefined || now - this.#askedAt > this.#keepMs) {
      this.#askedAt = now;
      this.#shared = this.#ask().catch((error: unknown) => {
        // The next platform asks again; this one's reading is unknown.
        this.#shared = undefined;
        throw error;
      });
    }
    return this.#shared;
  }

  async #ask(): Promise<Shared> {
    const byPlatform = new Map<string, PodMetrics[]>();
    try {
      for (const namespace of this.#namespaces ?? [undefined]) {
        const { items } = await this.#resources.list(POD_METRICS, {
          namespace,
          labelSelector: MANAGED_BY_SELECTOR,
        });
        for (const pod of items) {
          const key = `${pod.metadata.namespace ?? ''}/${pod.metadata.labels?.['app.kubernetes.io/instance'] ?? ''}`;
          const pods = byPlatform.get(key);
          if (pods === undefined) byPlatform.set(key, [pod]);
          else pods.push(pod);
        }
      }
    } catch (error) {
      // 503 is an APIService without a server behind it: as good as absent, and no reason to ask every time.
      if (!isNotFound(error) && !isForbidden(error) && (error as { status?: number }).status !== 503)
        throw error;
      this.#keepMs = ABSENT_MS;
      return { byPlatform: undefined };
    }
    this.#keepMs = SHARE_MS;
    return { byPlatform };
  }

  /** By its name, which a part's label nearly always tells; a long one is a hash in the label. */
  #deployment(namespace: string, platform: string, component: string): KubeObject | undefined {
    const found = this.#cache.child('Deployment', `${namespace}/${platform}-${component}`);
    if (found !== undefined) return found;
    const { uid } = this.#cache.platforms.get(`${namespace}/${platform}`)?.metadata ?? {};
    if (uid === undefined) return undefined;
    return this.#cache
      .childrenOf(uid, `${namespace}/${platform}`)
      .map(({ object }) => object as unknown as KubeObject)
      .find(
        ({ kind, metadata }) => kind === 'Deployment' && metadata.labels?.[COMPONENT_LABEL] === component,
      );
  }

  #containers(namespace: string, platform: string, pod: PodMetrics): ContainerUsage[] {
    const component = pod.metadata.labels?.[COMPONENT_LABEL] ?? '';
    const bounds = containerBounds(this.#deployment(namespace, platform, component));
    const at = Date.parse(pod.timestamp ?? '');
    return (pod.containers ?? []).map(({ name, usage }) => {
      const { limits, requests } = bounds.get(name) ?? {};
      return {
        pod: pod.metadata.name ?? '',
        container: name,
        at,
        cpu: {
          used: quantityValue(usage?.cpu) ?? Number.NaN,
          ...both(quantityValue(limits?.['cpu']), quantityValue(requests?.['cpu'])),
        },
        memory: {
          used: quantityValue(usage?.memory) ?? Number.NaN,
          ...both(quantityValue(limits?.['memory']), quantityValue(requests?.['memory'])),
        },
      };
    });
  }
}

const both = (limit: number | undefined, request: number | undefined) => ({
  ...(limit !== undefined && { limit }),
  ...(request !== undefined && { request }),
});

interface Bounds {
  readonly limits?: Record<string, string>;
  readonly requests?: Record<string, string>;
}

function containerBounds(deployment: KubeObject | undefined): ReadonlyMap<string, Bounds> {
  const { spec } = (deployment ?? {}) as {
    spec?: { template?: { spec?: { containers?: { name: string; resources?: Bounds }[] } } };
  };
  return new Map(
    (spec?.template?.spec?.containers ?? []).map(({ name, resources }) => [name, resources ?? {}]),
  );
}
