/** What exists, read out of plain objects: missing fields are zero here, for Kubernetes leaves zeros out. */
import type { Instant } from '../signals/reading.ts';
import { COMPONENT_LABEL, isOwnedBy, STARTED_WITH_ANNOTATION } from './labels.ts';
import { childNames, partOfName } from './names.ts';
import type { ChildKind, KubeObject, ObservedChild, Snapshot } from './types.ts';

/** A Deployment as planning sees it. */
export interface LivePart {
  readonly name: string;
  readonly object: KubeObject;
  /** Replicas that it asks for; Kubernetes' default of 1 where it does not say. */
  readonly asked: number;
  readonly exists: number;
  readonly ready: number;
  /** Pods of the current template. */
  readonly updated: number;
  /** Pods that were told to go and are not gone, where the cluster counts them. */
  readonly terminating: number;
  /** The Deployment controller has seen the last change of the spec. */
  readonly current: boolean;
  readonly startedWith: number | undefined;
  /** Why it is not getting on, in Kubernetes' words. */
  readonly failure: PartFailure | undefined;
  readonly replicasOwnedByOther: boolean;
  /** Like `HorizontalPodAutoscaler/brain-ingest`. */
  readonly drivenBy: string | undefined;
}

interface PartFailure {
  readonly reason: 'ReplicaFailure' | 'ProgressDeadlineExceeded';
  readonly message: string;
}

type Fields = Readonly<Record<string, unknown>>;

const fields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};
const number = (value: unknown, otherwise = 0): number => (typeof value === 'number' ? value : otherwise);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

function failureOf(status: Fields): PartFailure | undefined {
  const conditions = Array.isArray(status['conditions']) ? status['conditions'].map(fields) : [];
  const find = (type: string, is: string) =>
    conditions.find((condition) => condition['type'] === type && condition['status'] === is);
  const refused = find('ReplicaFailure', 'True');
  if (refused !== undefined) return { reason: 'ReplicaFailure', message: text(refused['message']) };
  const late = find('Progressing', 'False');
  if (late?.['reason'] === 'ProgressDeadlineExceeded') {
    return { reason: 'ProgressDeadlineExceeded', message: text(late['message']) };
  }
  return undefined;
}

function livePart(snapshot: Snapshot, { object, replicasOwnedByOther }: ObservedChild): LivePart {
  const spec = fields(object['spec']);
  const status = fields(object['status']);
  const startedWith = Number(object.metadata.annotations?.[STARTED_WITH_ANNOTATION]);
  const driver = snapshot.autoscalers.find(({ target }) => target === object.metadata.name);
  return {
    name: partOfName(snapshot.platform.name, object.metadata.name),
    object,
    asked: number(spec['replicas'], 1),
    exists: number(status['replicas']),
    ready: number(status['readyReplicas']),
    updated: number(status['updatedReplicas']),
    terminating: number(status['terminatingReplicas']),
    current: number(status['observedGeneration']) >= number(object.metadata.generation),
    startedWith: Number.isInteger(startedWith) ? startedWith : undefined,
    failure: failureOf(status),
    replicasOwnedByOther,
    drivenBy: driver && `${driver.kind}/${driver.name}`,
  };
}

/** A snapshot with its children sorted: whose they are, and which are parts. */
export interface Observed {
  readonly snapshot: Snapshot;
  readonly now: Instant;
  /** Children that this platform owns, by `Kind/name`. */
  readonly own: ReadonlyMap<string, ObservedChild>;
  /** Deployments of the platform by part, those that are being deleted left out. */
  readonly parts: ReadonlyMap<string, LivePart>;
  /** The part that the Service sends requests to; undefined without a Service. */
  readonly target: string | undefined;
}

export function observe(snapshot: Snapshot, now: Instant): Observed {
  const { uid, name } = snapshot.platform;
  const own = new Map<string, ObservedChild>();
  const parts = new Map<string, LivePart>();
  for (const child of snapshot.children) {
    const { kind, metadata } = child.object;
    if (!isOwnedBy(child.object, uid)) continue;
    own.set(`${kind}/${metadata.name}`, child);
    if (kind === ('Deployment' satisfies ChildKind) && metadata.deletionTimestamp === undefined) {
      const part = livePart(snapshot, child);
      parts.set(part.name, part);
    }
  }
  const service = own.get(`Service/${childNames(name).service}`)?.object;
  const target = fields(fields(service?.['spec'])['selector'])[COMPONENT_LABEL];
  return { snapshot, now, own, parts, target: typeof target === 'string' ? target : undefined };
}

/** Replicas that run, are asked for, or are on their way out. */
export function hasReplicas({ asked, exists, terminating, current }: LivePart): boolean {
  return asked > 0 || exists > 0 || terminating > 0 || !current;
}

/** Jobs that a CronJob has under way. */
export function hasActiveJobs({ status }: KubeObject): boolean {
  const active = fields(status)['active'];
  return Array.isArray(active) && active.length > 0;
}
