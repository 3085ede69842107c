/** How many replicas a Deployment is asked to have, over time. */
import type { KubeClient } from '../../../controller/runtime/client.ts';
import { ListWatch } from '../../../controller/runtime/list-watch.ts';
import { type Deployment, DEPLOYMENTS } from '../../../bench/deployments.ts';

export interface Size {
  /** Seconds since the log was begun. */
  readonly at: number;
  readonly replicas: number;
}

export class ReplicaLog {
  readonly #watch: ListWatch<Deployment>;
  readonly #sizes: { readonly at: number; readonly replicas: number }[] = [];
  #last = 0;
  #beganAt: number | undefined;

  constructor(client: KubeClient, namespace: string, deployment: string) {
    this.#watch = new ListWatch({ client, type: DEPLOYMENTS, namespace });
    this.#watch.onChange(({ type, object }) => {
      if (object.metadata.name !== deployment) return;
      this.#note(type === 'deleted' ? 0 : (object.spec?.replicas ?? 1));
    });
  }

  get replicas(): number {
    return this.#last;
  }

  async start(): Promise<void> {
    this.#watch.start();
    await this.#watch.waitForSync();
  }

  /** From now on sizes are kept. */
  begin(): void {
    this.#beganAt = performance.now();
    this.#sizes.push({ at: 0, replicas: this.#last });
  }

  get sizes(): readonly Size[] {
    return this.#sizes;
  }

  stop(): Promise<void> {
    return this.#watch.stop();
  }

  #note(replicas: number): void {
    if (replicas === this.#last) return;
    this.#last = replicas;
    if (this.#beganAt !== undefined)
      this.#sizes.push({ at: (performance.now() - this.#beganAt) / 1_000, replicas });
  }
}
