/** Labels, annotations and the owner of every child. Nothing of the parent's own labels or annotations is inherited. */
import { API_GROUP, API_VERSION, type CapabilityName, KIND } from '../api/names.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import { labelOf } from './names.ts';
import type { KubeObject, OwnerReference, PlatformIdentity } from './object.ts';
import { own } from '../api/own.ts';

export const NAME_LABEL = 'app.kubernetes.io/name';
export const INSTANCE_LABEL = 'app.kubernetes.io/instance';
/** The component that a child belongs to. */
export const COMPONENT_LABEL = 'app.kubernetes.io/component';

/** On every child: the hash of what was applied last, so that a field we no longer want is noticed. */
export const APPLIED_ANNOTATION = 'leadplatform.io/applied';
/** On a Deployment: how many replicas it was given when it started from nothing; what a transition waits for. */
export const STARTED_WITH_ANNOTATION = 'leadplatform.io/started-with';
/** On a pod: the hash of the settings that it was started with. */
export const SETTINGS_ANNOTATION = 'leadplatform.io/settings';

/** On a pod: whether a cluster autoscaler may move it to another node. */
export const EVICTABLE_ANNOTATION = 'cluster-autoscaler.kubernetes.io/safe-to-evict';

/** On what a capability adds: its name. A Deployment that carries it is no part of the platform. */
export const CAPABILITY_LABEL = 'leadplatform.io/capability';
/** On the Job of a hook: the hook's name. */
export const HOOK_LABEL = 'leadplatform.io/hook';
/** On what holds data and outlives the LeadPlatform: it has no owner, and is found by its labels. */
export const KEEPS_DATA_LABEL = 'leadplatform.io/keeps-data';

/** On everything that the operator makes. */
export const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by';
const MANAGER = 'leadplatform-operator';

export const NAME = 'leadplatform';

/** Labels of the whole platform, for what belongs to no component. */
export function platformLabels(platform: string): Record<string, string> {
  return {
    [NAME_LABEL]: NAME,
    [INSTANCE_LABEL]: platform,
    'app.kubernetes.io/part-of': platform,
    [MANAGED_BY_LABEL]: MANAGER,
  };
}

export function componentLabels(platform: string, component: string): Record<string, string> {
  return { ...platformLabels(platform), [COMPONENT_LABEL]: labelOf(component) };
}

/**
 * What selects the pods of a component. The selector of a Deployment can never be changed, so it holds only what can never
 * mean anything else.
 */
export function componentSelector(platform: string, component: string): Record<string, string> {
  return { [NAME_LABEL]: NAME, [INSTANCE_LABEL]: platform, [COMPONENT_LABEL]: labelOf(component) };
}

/**
 * The platform as the controlling owner. `blockOwnerDeletion` stays out: it needs a right on the parent's finalizers,
 * and would make a foreground delete of the platform wait for its children.
 */
function ownerOf({ name, uid }: PlatformIdentity): OwnerReference {
  return { apiVersion: `${API_GROUP}/${API_VERSION}`, kind: KIND, name, uid, controller: true };
}

export type Labels = Readonly<Record<string, string>>;

/** As `matchLabels` and `nodeSelector` mean it: all that is wanted is there, whatever else is. */
export const hasLabels = (labels: Labels, wanted: Labels): boolean =>
  Object.entries(wanted).every(([key, value]) => own(labels, key) === value);

/** Whether something is of a platform, whichever. */
export const isOurs = (labels: Labels): boolean => labels[MANAGED_BY_LABEL] === MANAGER;

/** The platform that an object which holds data belongs to, where it has no owner. */
export function keptFor({
  metadata: { labels = {}, ownerReferences = [] },
}: Pick<KubeObject, 'metadata'>): string | undefined {
  const isKept =
    labels[KEEPS_DATA_LABEL] === 'true' && !ownerReferences.some(({ controller }) => controller === true);
  return isKept ? labels[INSTANCE_LABEL] : undefined;
}

/** On the platform's history, which is the one child that is written without a hash. */
export const HISTORY = 'history';

export function isOwnedBy(object: KubeObject, uid: string): boolean {
  return (
    object.metadata.ownerReferences?.some((owner) => owner.controller === true && owner.uid === uid) ?? false
  );
}

/** Metadata of a child before its hash is put on. */
export function childMetadata(
  platform: PlatformIdentity,
  name: string,
  labels: Record<string, string>,
): KubeObject['metadata'] {
  return { name, namespace: platform.namespace, labels, ownerReferences: [ownerOf(platform)] };
}

/** Metadata of what a capability adds. */
export function capabilityMetadata(
  platform: PlatformIdentity,
  name: string,
  capability: CapabilityName,
  component: string = capability,
): KubeObject['metadata'] {
  return childMetadata(platform, name, {
    ...componentLabels(platform.name, component),
    [CAPABILITY_LABEL]: capability,
  });
}

/**
 * Argo CD takes an object for a part of an Application by a label that platforms bear as well, and prunes what is in no
 * repository. What a LeadPlatform owns is seen to belong to it; what holds data has no owner.
 */
const NOT_ARGOCDS = {
  'argocd.argoproj.io/compare-options': 'IgnoreExtraneous',
  'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
};

/**
 * Metadata of what holds data: without an owner, so that nothing that deletes the LeadPlatform deletes it. With
 * `deletionPolicy: Delete` somebody has said that it may go.
 */
export function keptMetadata(
  platform: PlatformIdentity,
  { deletionPolicy }: Pick<LeadPlatformSpec, 'deletionPolicy'>,
  name: string,
  capability: CapabilityName,
  component: string = capability,
): KubeObject['metadata'] {
  const { ownerReferences, labels, ...rest } = capabilityMetadata(platform, name, capability, component);
  return {
    ...rest,
    labels: { ...labels, [KEEPS_DATA_LABEL]: 'true' },
    annotations: NOT_ARGOCDS,
    ...(deletionPolicy === 'Delete' && ownerReferences !== undefined && { ownerReferences }),
  };
}
