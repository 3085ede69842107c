/**
 * What the containers of a platform use, from the metrics API. One list serves all platforms, so that a thousand of
 * them cost the API server one request; limits and requests come from the Deployments that are watched anyway.
 */
import type { ContainerUsage, ReadUsage } from '../../src/sources/port.ts';
import { COMPONENT_LABEL } from '../../src/kube/labels.ts';
import { quantityValue } from '../../src/api/kubernetes-quantity.ts';
import type { OptionalRead } from '../../src/model/optional-read.ts';
import type { OptionalReads } from './optional-reads.ts';
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

/** Of all platforms, by `namespace/instance`. */
type Shared = OptionalRead<ReadonlyMap<string, readonly PodMetrics[]>>;

export class UsageReader {
  readonly #resources: Resources;
  readonly #reads: OptionalReads;
  readonly #cache: Deployments;
  readonly #namespaces: readonly string[] | undefined;
  #shared: Promise<Shared> | undefined;
  #askedAt = -Infinity;
  #keepMs = SHARE_MS;

  constructor(
    resources: Resources,
    reads: OptionalReads,
    cache: Deployments,
    namespaces: readonly string[] | undefined,
  ) {
    this.#resources = resources;
    this.#reads = reads;
    this.#cache = cache;
    this.#namespaces = namespaces;
  }

  /** The reader for one platform. */
  of(namespace: string, name: string): ReadUsage {
    return async () => {
      const list = await this.#list();
      if (!('value' in list)) return list;
      const pods = list.value.get(`${namespace}/${name}`) ?? [];
      return { value: pods.flatMap((pod) => this.#containers(namespace, name, pod)) };
    };
  }

  #list(): Promise<Shared> {
    // Monotonic: a clock that is set back must not keep an old list.
    const now = performance.now();
    if (this.#shared === undefined || now - this.#askedAt > this.#keepMs) {
      this.#askedAt = now;
      this.#shared = this.#ask();
    }
    return this.#shared;
  }

  async #ask(): Promise<Shared> {
    const list = await this.#reads.read('usage', undefined, () => this.#byPlatform());
    // After one that failed the next platform asks again. What is absent is no reason to ask every time.
    if ('unavailable' in list && list.unavailable === 'Failed') this.#shared = undefined;
    else this.#keepMs = 'value' in list ? SHARE_MS : ABSENT_MS;
    return list;
  }

  async #byPlatform(): Promise<ReadonlyMap<string, readonly PodMetrics[]>> {
    const byPlatform = new Map<string, PodMetrics[]>();
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
    return byPlatform;
  }

  /** By its name, which a part's label nearly always tells; a long one is a hash in the label. */
  #deployment(namespace: string, platform: string, component: string): KubeObject | undefined {
    const found = this.#cache.child('Deployment', `${namespace}/${platform}-${component}`);
    if (found !== undefined) return found;
    const { uid } = this.#cache.platforms.get(`${namespace}/${platform}`)?.metadata ?? {};
    if (uid === undefined) return undefined;
    return this.#cache
      .childrenOf(uid, `${namespace}/${platform}`)
      .map(({ object }) => object)
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
        pod: pod.metadata.name,
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
