/** Deployments as the API server tells of them, with the instant at which it did. */
import type { KubeClient } from '../controller/runtime/client.ts';
import { ListWatch } from '../controller/runtime/list-watch.ts';
import type { KubeObject } from '../controller/runtime/resources.ts';
import { keyOf, resourceType } from '../controller/runtime/resources.ts';

export interface Deployment extends KubeObject {
  spec?: { replicas?: number };
}

export const DEPLOYMENTS = resourceType<Deployment>({
  group: 'apps',
  version: 'v1',
  plural: 'deployments',
  kind: 'Deployment',
});

/** A change of `spec.replicas`. Times are those of `performance.now()`. */
export interface Resize {
  readonly at: number;
  readonly replicas: number;
}

type Waiting = {
  readonly key: string;
  readonly accepts: (resize: Resize) => boolean;
  readonly done: (resize: Resize) => void;
};

export class DeploymentWatch {
  readonly #watch: ListWatch<Deployment>;
  readonly #waiting = new Set<Waiting>();
  readonly #resizes = new Map<string, Resize[]>();

  constructor(client: KubeClient) {
    this.#watch = new ListWatch({
      client,
      type: DEPLOYMENTS,
      transform: ({ metadata: { name, namespace, uid, resourceVersion }, spec }) =>
        ({
          metadata: { name, namespace, uid, resourceVersion },
          spec: { replicas: spec?.replicas ?? 1 },
        }) as Deployment,
    });
    this.#watch.onChange(({ type, object }) => {
      if (type === 'deleted') return;
      const key = keyOf(object);
      const resize = { at: performance.now(), replicas: object.spec?.replicas ?? 1 };
      const all = this.#resizes.get(key) ?? [];
      if (all.at(-1)?.replicas === resize.replicas) return;
      this.#resizes.set(key, [...all.slice(-99), resize]);
      for (const waiting of this.#waiting) {
        if (waiting.key === key && waiting.accepts(resize)) waiting.done(resize);
      }
    });
  }

  async start(): Promise<void> {
    this.#watch.start();
    await this.#watch.waitForSync();
  }

  stop(): Promise<void> {
    return this.#watch.stop();
  }

  get size(): number {
    return this.#watch.size;
  }

  replicas(key: string): number | undefined {
    return this.#resizes.get(key)?.at(-1)?.replicas;
  }

  /** The changes of size since `since`, oldest first. */
  resizes(key: string, since: number): readonly Resize[] {
    return (this.#resizes.get(key) ?? []).filter(({ at }) => at >= since);
  }

  /** The first size that is accepted, the one of now included. Undefined when there is none in time. */
  until(key: string, accepts: (resize: Resize) => boolean, deadlineMs: number): Promise<Resize | undefined> {
    const now = this.#resizes.get(key)?.at(-1);
    if (now !== undefined && accepts(now)) return Promise.resolve(now);
    return new Promise((resolve) => {
      const finish = (resize: Resize | undefined) => {
        clearTimeout(timer);
        this.#waiting.delete(waiting);
        resolve(resize);
      };
      const waiting: Waiting = { key, accepts, done: finish };
      const timer = setTimeout(() => finish(undefined), deadlineMs);
      this.#waiting.add(waiting);
    });
  }
}
