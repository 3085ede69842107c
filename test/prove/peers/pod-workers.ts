/**
 * Workers of one queue, one for each Pod that is Ready: it takes a job, holds it for as long as that job takes, and deletes it. A Pod
 * that is deleted finishes its job, as on SIGTERM. The Pods are the cluster's, their containers are not there.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { KubeClient } from '../../../controller/runtime/client.ts';
import { ListWatch } from '../../../controller/runtime/list-watch.ts';
import { resourceType, type KubeObject } from '../../../controller/runtime/resources.ts';
import type { LaravelQueue } from '../../../testbed/demo/jobs.ts';

interface Pod extends KubeObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

const PODS = resourceType<Pod>({ group: '', version: 'v1', plural: 'pods', kind: 'Pod' });
/** How long a worker with nothing to do waits before it asks again. */
const IDLE_MS = 50;

export interface PodWorkersOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  /** Pods of the component are called `${deployment}-…`. */
  readonly deployment: string;
  readonly queue: LaravelQueue;
  /** Seconds that each job takes, in the order in which jobs come, which is that in which they are taken. */
  readonly services: Float64Array;
  /** Seconds since the epoch at which each job was put on the queue; filled by whoever does. */
  readonly pushedAt: Float64Array;
}

export class PodWorkers {
  readonly #options: PodWorkersOptions;
  readonly #pods: ListWatch<Pod>;
  readonly #working = new Map<string, Promise<void>>();
  readonly #ready = new Set<string>();
  /** When each Pod that was Ready was deleted, in ms since the epoch. */
  readonly #goneAt = new Map<string, number>();
  readonly #waits: number[] = [];
  #taken = 0;
  #drainSeconds = 0;
  #failure: Error | undefined;

  constructor(options: PodWorkersOptions) {
    this.#options = options;
    this.#pods = new ListWatch({
      client: options.client,
      type: PODS,
      namespace: options.namespace,
    });
    this.#pods.onChange(({ type, object }) => this.#changed(object, type === 'deleted'));
  }

  /** Pods that are Ready. */
  get ready(): number {
    return this.#ready.size;
  }

  /** Seconds that each job waited, of those that were taken. */
  get waits(): readonly number[] {
    return this.#waits;
  }

  /** Seconds for which Pods worked on after they had been deleted, in all. */
  get drainSeconds(): number {
    return this.#drainSeconds;
  }

  async start(): Promise<void> {
    this.#pods.start();
    await this.#pods.waitForSync();
  }

  /** Back when no job is held any more. @throws what a worker failed with */
  async stop(): Promise<void> {
    await this.#pods.stop();
    this.#ready.clear();
    await Promise.all(this.#working.values());
    if (this.#failure !== undefined) throw this.#failure;
  }

  #changed({ metadata, status }: Pod, isDeleted: boolean): void {
    const { uid = '', name, deletionTimestamp } = metadata;
    if (!name.startsWith(`${this.#options.deployment}-`)) return;
    const ready = status?.conditions?.find(({ type }) => type === 'Ready');
    const isReady = !isDeleted && deletionTimestamp === undefined && ready?.status === 'True';
    if (!isReady) {
      if (this.#ready.delete(uid)) this.#goneAt.set(uid, Date.now());
    } else if (!this.#ready.has(uid)) {
      this.#ready.add(uid);
      const work = this.#work(uid)
        .catch((error: Error) => (this.#failure ??= error))
        .then(() => void this.#working.delete(uid));
      this.#working.set(uid, work);
    }
  }

  async #work(uid: string): Promise<void> {
    const { queue, services, pushedAt } = this.#options;
    while (this.#ready.has(uid)) {
      const job = await queue.pop(Date.now());
      if (job === undefined) {
        await delay(IDLE_MS);
        continue;
      }
      // One connection, so answers come in the order in which jobs were taken.
      const index = this.#taken++;
      const taken = Date.now();
      this.#waits.push(taken / 1_000 - (pushedAt[index] ?? taken / 1_000));
      await delay((services[index] ?? 0) * 1_000);
      await queue.delete(job);
      this.#drainSeconds += Math.max(0, Date.now() - (this.#goneAt.get(uid) ?? Infinity)) / 1_000;
    }
  }
}
