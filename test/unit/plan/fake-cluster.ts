/**
 * A cluster in a few lines: it keeps what is written, fills defaults in as an API server does, and makes the pods of
 * Deployments come and go when told to.
 */
import { childKey, type KubeObject } from '../../../src/kube/object.ts';
import type { Action } from '../../../src/plan/types.ts';
import type { Snapshot } from '../../../src/cluster/snapshot.ts';

type Fields = Record<string, unknown>;
const fields = (value: unknown): Fields => (value ?? {}) as Fields;

/** Fields that the API server fills in where nobody said anything. */
const DEFAULTS: Readonly<Record<string, Fields>> = {
  Deployment: { minReadySeconds: 0, paused: false },
  Service: { type: 'ClusterIP', clusterIP: '10.0.0.7', sessionAffinity: 'None' },
  CronJob: { suspend: false },
};

export class FakeCluster {
  readonly #objects = new Map<string, KubeObject>();
  #uids = 0;
  /** How many more pods of each Deployment become ready in one step. */
  pace = Number.POSITIVE_INFINITY;
  /** Components whose pods never become ready, by the name of the Deployment. */
  readonly broken = new Set<string>();

  get objects(): readonly KubeObject[] {
    return [...this.#objects.values()];
  }

  find(key: string): KubeObject | undefined {
    return this.#objects.get(key);
  }

  /** Somebody else's write. */
  put(object: KubeObject): void {
    this.#objects.set(childKey(object), object);
  }

  /** Somebody else's deletion. */
  remove(key: string): void {
    this.#objects.delete(key);
  }

  edit(key: string, change: (object: KubeObject) => KubeObject): void {
    const before = this.#objects.get(key);
    if (before === undefined) throw new Error(`${key} does not exist`);
    const after = change(before);
    const { generation = 1 } = before.metadata;
    this.put({ ...after, metadata: { ...after.metadata, generation: generation + 1 } });
  }

  children(): Snapshot['children'] {
    return this.objects.map((object) => ({ object, replicasOwnedByOther: false }));
  }

  carryOut(actions: readonly Action[]): void {
    for (const action of actions) this.#carryOut(action);
  }

  #carryOut(action: Action): void {
    const key = childKey({ kind: action.object.kind, metadata: action.object.metadata });
    const live = this.#objects.get(key);
    if (action.do === 'create') {
      if (live !== undefined) throw new Error(`${key} exists already`);
      this.#uids += 1;
      this.#store(action.object, `uid-${this.#uids}`, undefined);
      return;
    }
    if (action.do === 'adjust') {
      if (live === undefined) throw new Error(`${key} does not exist`);
      const { annotations, spec } = action.change;
      const all = Object.entries({ ...live.metadata.annotations, ...annotations });
      const left = Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== null));
      this.put({
        ...live,
        metadata: { ...live.metadata, annotations: left },
        spec: { ...fields(live['spec']), ...spec },
      });
      return;
    }
    if (live?.metadata.uid !== action.uid) throw new Error(`${key} is not ${action.uid}`);
    if (action.do === 'delete') this.#objects.delete(key);
    else this.#store(action.object, action.uid, live);
  }

  #store(wanted: KubeObject, uid: string, live: KubeObject | undefined): void {
    const spec = { ...DEFAULTS[wanted.kind], ...fields(wanted['spec']) };
    const replicas = wanted.kind === 'Deployment' && !('replicas' in spec) ? { replicas: 1 } : {};
    const changed = JSON.stringify(spec) !== JSON.stringify(live?.['spec']);
    const generation = (live?.metadata.generation ?? 0) + (changed ? 1 : 0);
    this.put({
      ...wanted,
      metadata: { ...wanted.metadata, uid, generation },
      ...('spec' in wanted && { spec: { ...spec, ...replicas } }),
      ...(live?.['status'] !== undefined && { status: live['status'] }),
    });
  }

  /** The controllers have their turn: pods are made and become ready, or are taken away. */
  step(): void {
    for (const object of this.objects) {
      if (object.kind !== 'Deployment') continue;
      const asked = Number(fields(object['spec'])['replicas']);
      const ready = Number(fields(object['status'])['readyReplicas'] ?? 0);
      const more = this.broken.has(object.metadata.name) ? 0 : this.pace;
      this.put({
        ...object,
        status: {
          observedGeneration: object.metadata.generation,
          replicas: asked,
          updatedReplicas: asked,
          readyReplicas: Math.min(asked, ready + more),
          availableReplicas: Math.min(asked, ready + more),
        },
      });
    }
  }

  /** Until everything that is asked for is ready. */
  settle(): void {
    const pace = this.pace;
    this.pace = Number.POSITIVE_INFINITY;
    this.step();
    this.pace = pace;
  }

  ready(component: string): number {
    return Number(fields(this.find(`Deployment/brain-${component}`)?.['status'])['readyReplicas'] ?? 0);
  }

  asked(component: string): number | undefined {
    const deployment = this.find(`Deployment/brain-${component}`);
    return deployment && Number(fields(deployment['spec'])['replicas']);
  }

  get target(): string | undefined {
    const selector = fields(fields(this.find('Service/brain')?.['spec'])['selector']);
    return selector['app.kubernetes.io/component'] as string | undefined;
  }
}
