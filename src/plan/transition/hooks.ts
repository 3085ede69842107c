/**
 * Jobs of a user's own on the way from one tier to the next. Each runs once a passage: its name is a hash of the hook, of
 * the tier that the platform leaves (`After`: has come to) and of since when it stands there, and of the attempt. What the
 * Job came to stands in `status.hooks`, so that it may be removed, and a process that starts anew knows.
 *
 * | its Job           | `status.hooks`    | the run   | what is written          |
 * |-------------------|-------------------|-----------|--------------------------|
 * | none              | of another run    | Waiting   | the Job, when it is next |
 * | not done          | whatever          | Running   |                          |
 * | Complete, Failed  | whatever          | the same  | that it is               |
 * | none any more     | done              | the same  |                          |
 */
import type { Hook } from '../../api/schema/hooks.ts';
import type { LeadPlatformStatus } from '../../api/schema/status.ts';
import { ladderOf } from '../../ladder/ladder.ts';
import type { Instant } from '../../model/reading.ts';
import { shortHash } from '../../kube/hash.ts';
import { jobOutcome } from '../../kube/job-outcome.ts';
import { HOOK_LABEL, isOwnedBy } from '../../kube/labels.ts';
import type { Observed } from '../../cluster/observed.ts';
import { retryWait } from './retry.ts';
import { clip, isoTime } from '../../text/time.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { Snapshot } from '../../cluster/snapshot.ts';

export type HookStatus = NonNullable<LeadPlatformStatus['hooks']>[number];

export interface HookRun {
  readonly hook: Hook;
  /** It is to run, or to have run, before anything else of the passage. */
  readonly due: boolean;
  /** What the passage is, as a hash. */
  readonly passage: string;
  readonly attempt: number;
  readonly job: string;
  readonly state: HookStatus['state'];
  /** Somebody, or a queue like Kueue, holds its Job back: no pod of it runs. */
  readonly isSuspended?: boolean;
  /** What the Job said, where it failed. */
  readonly message?: string;
  readonly retryAt?: Instant;
}

/** For how long a Job that is done can be looked at. */
const KEPT_MS = 3_600_000;

/** What the step of a hook begins with, in the status: `Hook/migrate`. */
export const HOOK_STEP = 'Hook/';

/** Nothing waits for it any more. */
export const isPassed = ({ state, hook }: Pick<HookRun, 'state' | 'hook'>): boolean =>
  state === 'Succeeded' || (state === 'Failed' && hook.onFailure === 'Ignore');

/** Every hook that has something to do, or has had, on the way to the tier `to`; those that are due in their order. */
export function hookRuns(snapshot: Snapshot, to: string, now: Instant): readonly HookRun[] {
  const { spec, status } = snapshot;
  const runs = spec.transitions.hooks.flatMap((hook): HookRun[] => {
    const entry = status.hooks?.find(({ name }) => name === hook.name);
    if (hook.when === 'Before' && isCrossed(spec, hook, status.tier, to)) {
      const passage = passageOf(hook, status.tier, status.tierSince);
      return [runOf(snapshot, hook, passage, true, now)];
    }
    if (entry === undefined || entry.when !== hook.when) return [];
    const run = runOf(snapshot, hook, entry.passage, hook.when === 'After', now);
    // One that was not begun, and is no longer wanted.
    return !run.due && run.state === 'Waiting' ? [] : [run];
  });
  const { byName } = ladderOf(spec);
  const indexOf = (name = '') => byName.get(name)?.index ?? 0;
  const way = indexOf(to) >= indexOf(status.tier) ? 1 : -1;
  const rank = ({ hook }: HookRun) => (hook.when === 'After' ? -1_000 : way * indexOf(hook.tier));
  return runs.toSorted((a, b) => rank(a) - rank(b));
}

/** The statuses of all hooks: of their runs, and of those that wait since the platform came to another tier just now. */
export function hookStatuses(
  { snapshot }: Observed,
  runs: readonly HookRun[],
  tier: string,
  tierSince: string,
): HookStatus[] {
  const { spec, status, platform } = snapshot;
  const byName = new Map(runs.map((run) => [run.hook.name, run]));
  return spec.transitions.hooks.flatMap((hook): HookStatus[] => {
    const { name, when } = hook;
    if (when === 'After' && status.tier !== tier && isCrossed(spec, hook, status.tier, tier)) {
      const passage = passageOf(hook, tier, tierSince);
      return [
        { name, when, passage, job: jobOf(platform.name, hook, passage, 1), state: 'Waiting', attempts: 1 },
      ];
    }
    const run = byName.get(name);
    if (run === undefined) return [];
    const { passage, job, state, attempt, message, retryAt } = run;
    const failed = state === 'Failed';
    return [
      {
        name,
        when,
        passage,
        job,
        state,
        attempts: attempt,
        ...(failed && { generation: generationOf(snapshot, run) }),
        ...(retryAt !== undefined && { retryAt: isoTime(retryAt) }),
        ...(message !== undefined && { message: clip(message, 1_000) }),
      },
    ];
  });
}

/** Jobs of hooks that were done long enough ago, and of which the status says so, or nobody asks. */
export function spentJobs({ snapshot, own, now }: Observed, runs: readonly HookRun[]): readonly KubeObject[] {
  const recorded = new Map(snapshot.status.hooks?.map(({ job, state }) => [job, state]));
  return [...own.values()]
    .map(({ object }) => object)
    .filter(({ kind, metadata }) => kind === 'Job' && metadata.labels?.[HOOK_LABEL] !== undefined)
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .filter((object) => {
      const end = jobOutcome(object);
      if (end === undefined || now - end.at < KEPT_MS) return false;
      const asked = runs.some(({ job }) => job === object.metadata.name);
      // What was recorded holds: one that a sidecar kept open was ended by its deadline since.
      const known = recorded.get(object.metadata.name);
      return !asked || known === 'Succeeded' || known === 'Failed';
    });
}

/** Whether the way from one tier to another leads over the hook's, in its direction. */
function isCrossed(
  spec: Snapshot['spec'],
  { tier, direction }: Hook,
  from: string | undefined,
  to: string,
): boolean {
  const { byName } = ladderOf(spec);
  const [start, end, own] = [byName.get(from ?? ''), byName.get(to), byName.get(tier)].map(
    (one) => one?.index,
  );
  if (start === undefined || end === undefined || own === undefined) return false;
  if (end > start) return direction !== 'Down' && start < own && own <= end;
  return direction !== 'Up' && end < start && end < own && own <= start;
}

const passageOf = (hook: Hook, tier = '', since = ''): string => shortHash([hook, tier, since]);

/** Short enough for the label that Kubernetes puts on its pod. */
function jobOf(platform: string, { name }: Hook, passage: string, attempt: number): string {
  const short = name.slice(0, 10).replace(/-+$/, '');
  return `${platform}-hook-${short}-${shortHash([passage, attempt]).slice(0, 10)}`;
}

function runOf(snapshot: Snapshot, hook: Hook, passage: string, due: boolean, now: Instant): HookRun {
  const { platform, status, children, spec } = snapshot;
  const known = status.hooks?.find((entry) => entry.name === hook.name && entry.passage === passage);
  const before = known?.attempts ?? 1;
  const retried =
    due &&
    known?.state === 'Failed' &&
    hook.onFailure === 'Hold' &&
    (known.generation !== platform.generation || now >= Date.parse(known.retryAt ?? ''));
  const attempt = retried ? before + 1 : before;
  const job = jobOf(platform.name, hook, passage, attempt);
  const live = children.find(
    ({ object }) => object.kind === 'Job' && object.metadata.name === job && isOwnedBy(object, platform.uid),
  )?.object;
  const run = { hook, due, passage, attempt, job };
  const recorded = retried ? undefined : known;
  const end =
    recorded?.state === 'Succeeded' || recorded?.state === 'Failed'
      ? { state: recorded.state, message: recorded.message }
      : jobOutcome(live);
  if (end === undefined) {
    if (live === undefined) return { ...run, state: 'Waiting' };
    const { suspend } = (live['spec'] ?? {}) as { readonly suspend?: boolean };
    return { ...run, state: 'Running', ...(suspend === true && { isSuspended: true }) };
  }
  if (end.state === 'Succeeded') return { ...run, state: end.state };
  const { retryAfter } = spec.transitions;
  const wait = retryWait(retryAfter, attempt);
  const retryAt = recorded?.state === 'Failed' ? Date.parse(recorded.retryAt ?? '') : now + wait;
  return {
    ...run,
    state: 'Failed',
    ...(end.message !== undefined && { message: end.message }),
    ...(hook.onFailure === 'Hold' && Number.isFinite(retryAt) && { retryAt }),
  };
}

/** The generation of the spec with which it failed: another one is another attempt. */
function generationOf({ status, platform }: Snapshot, { hook, passage, attempt }: HookRun): number {
  const known = status.hooks?.find((entry) => entry.name === hook.name && entry.passage === passage);
  const isSame = known?.state === 'Failed' && known.attempts === attempt;
  return (isSame ? known.generation : undefined) ?? platform.generation;
}
