/** What is to go: old components after their replicas, and children that the spec no longer calls for. */
import { shortHash } from '../../kube/hash.ts';
import { APPLIED_ANNOTATION, CAPABILITY_LABEL, KEEPS_DATA_LABEL } from '../../kube/labels.ts';
import { isOfComponent } from '../../kube/of-component.ts';
import { childNames } from '../../kube/names.ts';
import { hasActiveJobs, hasReplicas, type LiveComponent, type Observed } from '../../cluster/observed.ts';
import type { TransitionState } from '../../transition/transition.ts';
import type { Action } from '../types.ts';
import { childKey, type KubeObject } from '../../kube/object.ts';

/**
 * What may be superfluous. A Deployment of a component is drained first; what a capability had added is removed when it says so
 * no more, and what holds data only when it is named. The rest of a platform, such as its history, is never deleted.
 */
function isRemovable(object: KubeObject): boolean {
  const { labels = {} } = object.metadata;
  const isOfCapability = labels[CAPABILITY_LABEL] !== undefined;
  return (
    object.kind === 'CronJob' ||
    isBesideComponent(object) ||
    (isOfCapability && labels[KEEPS_DATA_LABEL] === undefined)
  );
}

/** It stands beside the Deployment of a component, for as long as that is there. */
const isBesideComponent = (object: KubeObject): boolean =>
  object.kind !== 'Deployment' && isOfComponent(object);

export function removals(
  observed: Observed,
  desired: readonly KubeObject[],
  transitionState: TransitionState,
  named: ReadonlySet<string> = new Set(),
  kept: ReadonlySet<string> = new Set(),
): readonly Action[] {
  return [
    ...oldComponents(transitionState),
    ...superfluous(observed, desired, transitionState).filter(
      ({ object: { kind, metadata } }) => !kept.has(childKey({ kind, metadata })),
    ),
    ...[...observed.own.values()]
      .map(({ object }) => object)
      .filter((object) => named.has(childKey(object)) && object.metadata.deletionTimestamp === undefined)
      .filter((object) => object.metadata.labels?.[KEEPS_DATA_LABEL] !== undefined)
      .map((object) => remove(object, 'its loss was confirmed')),
  ];
}

function oldComponents({ old, mayDrain }: TransitionState): readonly Action[] {
  if (!mayDrain) return [];
  const drains = old.filter(({ asked, drivenBy }) => asked > 0 && drivenBy === undefined);
  // An autoscaler would undo a drain. Its Deployment goes as a whole; its pods still get their time to finish.
  const gone = old.filter((component) => component.drivenBy !== undefined || !hasReplicas(component));
  return [
    ...drains.map(drain),
    ...gone.map((component) =>
      remove(
        component.object,
        component.drivenBy ? `replaced, and driven by ${component.drivenBy}` : 'drained',
      ),
    ),
  ];
}

/** The live Deployment with no replicas; an apply must name all that is to stay, also for a component that the spec forgot. */
function drain({ object }: LiveComponent): Action {
  const { name, namespace, uid = '', labels, annotations, ownerReferences } = object.metadata;
  const spec = { ...(object['spec'] as Readonly<Record<string, unknown>>), replicas: 0 };
  const ours = Object.fromEntries(
    Object.entries(annotations ?? {}).filter(([key]) => key.startsWith('leadplatform.io/')),
  );
  const fingerprint = shortHash([uid, 'drain']);
  const drained: KubeObject = {
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(labels !== undefined && { labels }),
      // A mark of its own: should the component be wanted again, its size of zero is nobody else's doing.
      annotations: { ...ours, [APPLIED_ANNOTATION]: fingerprint },
      ...(ownerReferences !== undefined && { ownerReferences }),
    },
    spec,
  };
  return {
    do: 'apply',
    object: drained,
    uid,
    why: 'replaced: its workers finish and go',
    fingerprint,
    attempt: 1,
  };
}

export function remove({ apiVersion, kind, metadata }: KubeObject, why: string): Action {
  const { name, namespace, uid = '' } = metadata;
  return {
    do: 'delete',
    object: { apiVersion, kind, metadata: { name, ...(namespace !== undefined && { namespace }) } },
    uid,
    why,
  };
}

function superfluous(
  observed: Observed,
  desired: readonly KubeObject[],
  { old }: TransitionState,
): readonly Action[] {
  const wanted = new Set(desired.map(childKey));
  const { component: nameOf } = childNames(observed.snapshot.platform.name);
  const running = new Set(old.map(({ name }) => nameOf(name)));
  return [...observed.own.values()]
    .map(({ object }) => object)
    .filter((object) => isRemovable(object) && !wanted.has(childKey(object)))
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .filter((object) => !isBesideComponent(object) || !running.has(object.metadata.name))
    .filter((object) => !hasActiveJobs(object))
    .map((object) => remove(object, 'no longer wanted'));
}
