/**
 * Asks the pods of Jobs whether their own containers have ended: the sidecar of a mesh keeps a pod, and with it the Job, open.
 * Pods are not watched; a Job that is active for longer than a pod takes to start has them listed now and then.
 */
import { endByContainers, isActive, withEnd } from '../../src/kube/job-end.ts';
import type { JobEnd, JobPodView } from '../../src/kube/job-end.ts';
import type { ObservedChild, Snapshot } from '../../src/cluster/snapshot.ts';
import type { KubeObject } from '../runtime/resources.ts';
import { PODS } from './kinds.ts';
import type { Asking } from './pod-diagnosis.ts';

/** The Job controller's own label of a pod. */
const JOB_LABEL = 'batch.kubernetes.io/job-name';
/** How long a Job is active before its pods are asked. */
const PATIENCE_MS = 5_000;
/** Between two looks at the pods of one platform. */
const AGAIN_MS = 10_000;

/** What is remembered between two passes, by the UID of the Job; times are monotonic. */
export interface JobEndsState {
  readonly activeSince: ReadonlyMap<string, number>;
  readonly found: ReadonlyMap<string, JobEnd>;
  readonly askAgainAt: number;
}

/** Of most platforms, most of the time: kept once. */
const NO_JOB: JobEndsState = { activeSince: new Map(), found: new Map(), askAgainAt: -Infinity };

export interface JobEnds {
  readonly state: JobEndsState;
  /** In how many ms to look again; undefined where no Job is under way. */
  readonly requeueIn: number | undefined;
}

const uidOf = ({ metadata }: { readonly metadata: { readonly uid?: string } }): string => metadata.uid ?? '';

/** Never rejects but when `signal` says so: a list that fails leaves what was known. @param now Monotonic. */
export async function readJobEnds(
  { resources, reads, mayAsk }: Asking,
  { platform, spec, children }: Pick<Snapshot, 'platform' | 'spec' | 'children'>,
  before: JobEndsState | undefined,
  now: number,
  signal: AbortSignal,
): Promise<JobEnds> {
  const active =
    spec.mode === 'Auto' ? children.map(({ object }) => object).filter((object) => isActive(object)) : [];
  if (active.length === 0 && (before ?? NO_JOB) === NO_JOB) return { state: NO_JOB, requeueIn: undefined };
  // Also once its deadline has ended it, for which Kubernetes says that it has failed.
  const there = new Set(children.map(({ object }) => uidOf(object)));
  const found = new Map([...(before?.found ?? [])].filter(([uid]) => there.has(uid)));
  const activeSince = new Map(active.map((job) => [uidOf(job), before?.activeSince.get(uidOf(job)) ?? now]));
  const askAgainAt = before?.askAgainAt ?? -Infinity;
  const open = active.filter((job) => !found.has(uidOf(job)));
  if (open.length === 0) return { state: { activeSince, found, askAgainAt }, requeueIn: undefined };

  const due = (job: { metadata: { uid?: string } }): number =>
    Math.max(askAgainAt, (activeSince.get(uidOf(job)) ?? now) + PATIENCE_MS);
  const asked = open.filter((job) => now >= due(job));
  if (asked.length === 0) {
    return { state: { activeSince, found, askAgainAt }, requeueIn: Math.min(...open.map(due)) - now };
  }
  const state = { activeSince, found, askAgainAt: now + AGAIN_MS };
  if (!mayAsk()) return { state, requeueIn: AGAIN_MS };
  const names = asked.map(({ metadata }) => metadata.name);
  const list = await reads.read('pods', signal, (within) =>
    resources.list(PODS, {
      namespace: platform.namespace,
      labelSelector: `${JOB_LABEL} in (${names.join(',')})`,
      signal: within,
    }),
  );
  // Where there is no list it is asked again; until then the Job is what Kubernetes says.
  const pods = 'value' in list ? list.value.items : [];
  const byJob = Map.groupBy(pods, ({ metadata }: KubeObject) => metadata.labels?.[JOB_LABEL] ?? '');
  for (const job of asked) {
    const end = endByContainers(job, (byJob.get(job.metadata.name) ?? []) as readonly JobPodView[]);
    if (end !== undefined) found.set(uidOf(job), end);
  }
  return { state, requeueIn: AGAIN_MS };
}

/** The children, with what is known of Jobs that are kept open. */
export function withJobEnds(
  children: readonly ObservedChild[],
  { found }: JobEndsState,
): readonly ObservedChild[] {
  if (found.size === 0) return children;
  return children.map((child) => {
    const end = found.get(uidOf(child.object));
    return end === undefined ? child : { ...child, object: withEnd(child.object, end) };
  });
}
