/**
 * Everything that is watched: the platforms, their children, and autoscalers of others. A change becomes the key
 * (`namespace/name`) of the platform that it concerns, whatever kind of change it was.
 */
import type { ChildKind } from '../../src/kube/object.ts';
import type { ForeignAutoscaler, ObservedChild } from '../../src/cluster/snapshot.ts';
import type { ForeignBudget } from '../../src/cluster/foreign-budget.ts';
import { CHILD_KINDS, ENGINE_KINDS } from '../../src/kube/object.ts';
import { keptFor } from '../../src/kube/labels.ts';
import { lostBy } from '../../src/kube/lost-owner.ts';
import { KIND, RAISED_BY_ANNOTATION } from '../../src/api/names.ts';
import { slimManagedFields } from '../runtime/children.ts';
import type { KubeClient } from '../runtime/client.ts';
import type { Logger } from '../runtime/logger.ts';
import type { KubeObject } from '../runtime/resources.ts';
import { PartPool } from '../runtime/part-pool.ts';
import { controllerOf, identityOf, keyOf } from '../runtime/resources.ts';
import type { HorizontalPodAutoscaler, LeadPlatformObject, ScaledObject } from './kinds.ts';
import {
  AUTOSCALERS,
  CHILD_TYPES,
  FIELD_MANAGER,
  LEAD_PLATFORMS,
  MANAGED_BY_SELECTOR,
  SCALED_OBJECTS,
} from './kinds.ts';
import { Informer } from './informer.ts';

export interface ClusterCacheOptions {
  readonly client: KubeClient;
  /** Left out: all. */
  readonly namespaces?: readonly string[] | undefined;
  readonly logger: Logger;
  /** Told when the cluster turns out to have the definition of LeadPlatforms, or not: at first and at each change. */
  readonly onDefinition?: (isThere: boolean) => void;
}

/** Nothing can be done without it, so it is looked for oftener than a type that others may install one day. */
const DEFINITION_RETRY_MS = 5_000;

export class ClusterCache {
  readonly platforms: Informer<LeadPlatformObject>;
  readonly #children: Readonly<Record<ChildKind, Informer<KubeObject>>>;
  readonly #autoscalers: readonly Informer<HorizontalPodAutoscaler | ScaledObject>[];
  /** Of what is watched. What was written is gone as soon as a watch tells of it. */
  readonly #parts = new PartPool();
  /** Deployments whose replicas somebody else owns, as their managed fields told before they were slimmed. */
  readonly #replicasOwnedByOther = new WeakSet<object>();
  /** Who has paused a Deployment, from the same source. */
  readonly #pausedBy = new WeakMap<object, string>();

  constructor({ onDefinition, ...options }: ClusterCacheOptions) {
    let isThere: boolean | undefined;
    this.platforms = new Informer({
      ...options,
      type: LEAD_PLATFORMS,
      transform: (object) => this.#parts.share(withoutManagedFields(object), KIND),
      absentRetryMs: DEFINITION_RETRY_MS,
      onServed: (is) => {
        if (is !== isThere) onDefinition?.(is);
        isThere = is;
      },
    });
    const watched = (kind: ChildKind): Informer<KubeObject> =>
      new Informer({
        ...options,
        type: CHILD_TYPES[kind],
        // Those of others are looked at, too: where a platform names them, or where they are for its pods.
        ...(kind !== 'Cluster' && kind !== 'PodDisruptionBudget' && { labelSelector: MANAGED_BY_SELECTOR }),
        transform: (object) => this.#parts.share(this.#slim(object), `${kind}${roleOf(object)}`),
        index: kind === 'PodDisruptionBudget' ? budgetGroupOf : groupOf,
      });
    this.#children = Object.fromEntries(
      CHILD_KINDS.map((kind) => [kind, watched(kind)]),
    ) as unknown as Record<ChildKind, Informer<KubeObject>>;
    this.#autoscalers = [AUTOSCALERS, SCALED_OBJECTS].map(
      (type) =>
        new Informer<HorizontalPodAutoscaler | ScaledObject>({
          ...options,
          type,
          transform: justTheTarget,
          index: targetOf,
        }),
    );
  }

  /** Tells of every platform that anything may have changed for. The handler must be quick, like a queue's `add`. */
  onChange(handler: (platformKey: string) => void): void {
    this.platforms.onChange(({ object }) => handler(keyOf(object)));
    for (const kind of CHILD_KINDS) {
      this.#children[kind].onChange(({ object }) => {
        const key = platformKeyOf(object);
        if (key !== undefined) handler(key);
      });
    }
    for (const autoscalers of this.#autoscalers) {
      autoscalers.onChange(({ object, old }) => {
        for (const target of new Set([targetOf(object), old && targetOf(old)])) {
          const deployment = target === undefined ? undefined : this.#children.Deployment.get(target);
          const key = deployment && platformKeyOf(deployment);
          if (key !== undefined) handler(key);
        }
      });
    }
  }

  start(): void {
    for (const watched of this.#all()) watched.start();
  }

  async waitForSync(signal?: AbortSignal): Promise<void> {
    await Promise.all(this.#all().map((watched) => watched.waitForSync(signal)));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all().map((watched) => watched.stop()));
  }

  /** Plurals of the types of which no list went through yet. */
  unsynced(): readonly string[] {
    return this.#all()
      .filter((watched) => !watched.hasSynced())
      .map(({ type }) => type.plural);
  }

  /** When each watch last heard from the API server, by plural; for metrics. */
  lastEvents(): ReadonlyMap<string, number> {
    return new Map(this.#all().map((watched) => [watched.type.plural, watched.lastEventAt]));
  }

  /** The children of one platform, of all kinds, and what holds data for it. `key` is `namespace/name`. */
  childrenOf(uid: string, key: string): readonly ObservedChild[] {
    return CHILD_KINDS.flatMap((kind) =>
      [...this.#children[kind].group(uid), ...this.#children[kind].group(key)].map((object) => ({
        object,
        replicasOwnedByOther: this.#replicasOwnedByOther.has(object),
        pausedBy: this.#pausedBy.get(object),
      })),
    );
  }

  /** Kinds of other operators that the cluster knows. */
  served(): ReadonlySet<ChildKind> {
    return new Set(ENGINE_KINDS.filter((kind) => this.#children[kind].isServed()));
  }

  child(kind: ChildKind, key: string): KubeObject | undefined {
    return this.#children[kind].get(key);
  }

  /** Autoscalers of others that drive one of these Deployments. */
  autoscalersOf(deploymentKeys: readonly string[]): readonly ForeignAutoscaler[] {
    return this.#autoscalers.flatMap((autoscalers) =>
      deploymentKeys.flatMap((key) =>
        autoscalers.group(key).map((object): ForeignAutoscaler => ({
          kind: autoscalers.type.kind as ForeignAutoscaler['kind'],
          name: object.metadata.name,
          target: object.spec?.scaleTargetRef?.name ?? '',
        })),
      ),
    );
  }

  /** Disruption budgets of a namespace that no platform has. */
  budgetsOfOthers(namespace: string): readonly ForeignBudget[] {
    return this.#children.PodDisruptionBudget.group(othersIn(namespace)).map(({ metadata, ...rest }) => {
      const { spec } = rest as { readonly spec?: Pick<ForeignBudget, 'selector'> };
      return { name: metadata.name, ...(spec?.selector && { selector: spec.selector }) };
    });
  }

  wroteChild(kind: ChildKind, object: KubeObject): void {
    this.#children[kind].wrote(this.#slim(object));
  }

  deletedChild(kind: ChildKind, key: string, uid: string): void {
    this.#children[kind].deleted(key, uid);
  }

  wrotePlatform(object: LeadPlatformObject): void {
    this.platforms.wrote(withoutManagedFields(object));
  }

  #all(): readonly Informer<KubeObject>[] {
    return [this.platforms, ...Object.values(this.#children), ...this.#autoscalers];
  }

  #slim(object: KubeObject): KubeObject {
    const owners = managersBesideUs(object, 'f:replicas');
    if (owners.length > 0) this.#replicasOwnedByOther.add(object);
    const [pausedBy] = managersBesideUs(object, 'f:paused');
    if (pausedBy !== undefined) this.#pausedBy.set(object, pausedBy);
    return slimManagedFields(object);
  }
}

/** Managers other than the operator that own a field of `spec`, such as `f:replicas`. */
function managersBesideUs(object: KubeObject, field: string): readonly string[] {
  return (object.metadata.managedFields ?? []).flatMap(({ manager = 'an unnamed manager', fieldsV1 }) => {
    if (manager === FIELD_MANAGER || fieldsV1 === undefined) return [];
    const spec = (fieldsV1 as Record<string, unknown>)['f:spec'];
    return typeof spec === 'object' && spec !== null && field in spec ? [manager] : [];
  });
}

function platformKeyOf(child: KubeObject): string | undefined {
  const owner = controllerOf(child);
  if (owner?.kind === KIND) return `${child.metadata.namespace ?? ''}/${owner.name}`;
  const raisedBy = child.metadata.annotations?.[RAISED_BY_ANNOTATION];
  return keptKeyOf(child) ?? (raisedBy && `${child.metadata.namespace ?? ''}/${raisedBy}`);
}

/** What is left of the name of a child without that of its owner: children of one role are alike, whoever has them. */
function roleOf(child: KubeObject): string {
  const owner = controllerOf(child)?.name ?? '';
  const { name } = child.metadata;
  return name.startsWith(owner) ? name.slice(owner.length) : '';
}

/** `namespace/name` of the platform that an object without an owner holds data for, or was a child of. */
function keptKeyOf(child: KubeObject): string | undefined {
  const name = keptFor(child) ?? lostBy(child);
  return name === undefined ? undefined : `${child.metadata.namespace ?? ''}/${name}`;
}

/** By owner; what holds data has none, what was restored has lost it, and both are found by the platform's key. */
const groupOf = (object: KubeObject): string | undefined => controllerOf(object)?.uid ?? keptKeyOf(object);

const othersIn = (namespace = ''): string => `others in ${namespace}`;
/** What no platform has is with the others, also where something else controls it. */
const budgetGroupOf = (budget: KubeObject): string | undefined =>
  controllerOf(budget)?.kind === KIND || keptKeyOf(budget) !== undefined
    ? groupOf(budget)
    : othersIn(budget.metadata.namespace);

function withoutManagedFields<T extends KubeObject>(object: T): T {
  Reflect.deleteProperty(object.metadata, 'managedFields');
  return object;
}

/** `namespace/name` of the Deployment that an autoscaler drives. KEDA's default kind is Deployment. */
function targetOf(autoscaler: HorizontalPodAutoscaler | ScaledObject): string | undefined {
  const { kind, name } = autoscaler.spec?.scaleTargetRef ?? {};
  return name !== undefined && (kind ?? 'Deployment') === 'Deployment'
    ? `${autoscaler.metadata.namespace ?? ''}/${name}`
    : undefined;
}

function justTheTarget<T extends HorizontalPodAutoscaler | ScaledObject>(object: T): T {
  return {
    metadata: identityOf(object.metadata),
    spec: { ...(object.spec?.scaleTargetRef && { scaleTargetRef: object.spec.scaleTargetRef }) },
  } as T;
}
