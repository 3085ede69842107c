/** What exists, read out of plain objects: missing fields are zero here, for Kubernetes leaves zeros out. */
import { type ReplicaCounts, replicaCounts } from '../kube/workload.ts';
import type { Instant } from '../model/reading.ts';
import {
  CAPABILITY_LABEL,
  COMPONENT_LABEL,
  isOwnedBy,
  keptFor,
  STARTED_WITH_ANNOTATION,
} from '../kube/labels.ts';
import { lostBy } from '../kube/lost-owner.ts';
import { childNames, componentOfName } from '../kube/names.ts';
import type { PodDiagnosis } from '../kube/pod-diagnosis.ts';
import type { ChildKind, KubeObject } from '../kube/object.ts';
import type { ObservedChild, Snapshot } from './snapshot.ts';
import { own as ownValue } from '../api/own.ts';

/** A Deployment as planning sees it. */
export interface LiveComponent extends ReplicaCounts {
  readonly name: string;
  readonly object: KubeObject;
  readonly startedWith: number | undefined;
  /** Why it is not getting on, in Kubernetes' words. */
  readonly failure: ComponentFailure | undefined;
  /** What its pods say, where somebody had reason to ask. */
  readonly trouble: PodDiagnosis | undefined;
  readonly replicasOwnedByOther: boolean;
  /** Like `HorizontalPodAutoscaler/brain-ingest`. */
  readonly drivenBy: string | undefined;
}

interface ComponentFailure {
  readonly reason: 'ReplicaFailure' | 'ProgressDeadlineExceeded';
  readonly message: string;
}

type Fields = Readonly<Record<string, unknown>>;

const fields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

function failureOf(status: Fields): ComponentFailure | undefined {
  const conditions = Array.isArray(status['conditions']) ? status['conditions'].map(fields) : [];
  const find = (type: string, is: string) =>
    conditions.find((condition) => condition['type'] === type && condition['status'] === is);
  const refused = find('ReplicaFailure', 'True');
  if (refused !== undefined) return { reason: 'ReplicaFailure', message: refusal(text(refused['message'])) };
  const late = find('Progressing', 'False');
  if (late?.['reason'] === 'ProgressDeadlineExceeded') {
    return { reason: 'ProgressDeadlineExceeded', message: text(late['message']) };
  }
  return undefined;
}

/** Without the name of the pod, which is another one at each try: the same refusal is the same sentence. */
function refusal(message: string): string {
  return message.replace(/^(?:error creating: )?pods? "[^"]*" is forbidden: /i, '');
}

/** A Deployment as planning sees it, also of what is no component. */
export function liveComponent(
  snapshot: Snapshot,
  { object, replicasOwnedByOther }: ObservedChild,
): LiveComponent {
  const startedWith = Number(object.metadata.annotations?.[STARTED_WITH_ANNOTATION]);
  const driver = snapshot.autoscalers.find(({ target }) => target === object.metadata.name);
  const name = componentOfName(snapshot.platform.name, object.metadata.name);
  return {
    name,
    object,
    ...replicaCounts(object),
    startedWith: Number.isInteger(startedWith) ? startedWith : undefined,
    failure: failureOf(fields(object['status'])),
    trouble: ownValue(snapshot.troubles, name),
    replicasOwnedByOther,
    drivenBy: driver && `${driver.kind}/${driver.name}`,
  };
}

/** Why the pods of a new template do not come up while replicas of the one before still serve. */
export function stuckRollout(snapshot: Snapshot, child: ObservedChild): string | undefined {
  const component = liveComponent(snapshot, child);
  return component.updated < component.exists && component.ready > 0 ? whyNotReady(component) : undefined;
}

/** A snapshot with its children sorted: whose they are, and which are components. */
export interface Observed {
  readonly snapshot: Snapshot;
  readonly now: Instant;
  /** Children that this platform owns, or did before a restore, and what holds data for it, by `Kind/name`. */
  readonly own: ReadonlyMap<string, ObservedChild>;
  /** Deployments of the platform by component, those that are being deleted left out. */
  readonly components: ReadonlyMap<string, LiveComponent>;
  /** The component that the Service sends requests to; undefined without a Service. */
  readonly target: string | undefined;
}

export function observe(snapshot: Snapshot, now: Instant): Observed {
  const { uid, name } = snapshot.platform;
  const own = new Map<string, ObservedChild>();
  const components = new Map<string, LiveComponent>();
  for (const child of snapshot.children) {
    const { kind, metadata } = child.object;
    if (!isOwnedBy(child.object, uid) && keptFor(child.object) !== name && lostBy(child.object) !== name)
      continue;
    own.set(`${kind}/${metadata.name}`, child);
    const isComponent =
      kind === ('Deployment' satisfies ChildKind) && metadata.labels?.[CAPABILITY_LABEL] === undefined;
    if (isComponent && metadata.deletionTimestamp === undefined) {
      const component = liveComponent(snapshot, child);
      components.set(component.name, component);
    }
  }
  const service = own.get(`Service/${childNames(name).service}`)?.object;
  const target = fields(fields(service?.['spec'])['selector'])[COMPONENT_LABEL];
  return { snapshot, now, own, components, target: typeof target === 'string' ? target : undefined };
}

/** Why it is not getting on, in one sentence: a refusal, what its pods say, or that it took too long. */
export function whyNotReady({ failure, trouble }: LiveComponent): string | undefined {
  if (failure?.reason === 'ReplicaFailure') return failure.message;
  return trouble === undefined ? failure?.message : `${trouble.reason}: ${trouble.message}`;
}

/** The same as a key: it changes when the cause does, whatever words tell of it. */
export function causeOf({ failure, trouble }: LiveComponent): string | undefined {
  if (failure?.reason === 'ReplicaFailure' || trouble === undefined) return failure?.reason;
  return trouble.subject === '' ? trouble.reason : `${trouble.reason}/${trouble.subject}`;
}

/** Replicas that run, are asked for, or are on their way out. */
export function hasReplicas({ asked, exists, terminating, current }: LiveComponent): boolean {
  return asked > 0 || exists > 0 || terminating > 0 || !current;
}

/** Jobs that a CronJob has under way. */
export function hasActiveJobs({ status }: KubeObject): boolean {
  const active = fields(status)['active'];
  return Array.isArray(active) && active.length > 0;
}
