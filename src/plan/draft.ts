/**
 * The first half of a plan: what is there, what is to be, and what is written for it. What is reported of that is the second
 * half, in `plan.ts`, for it depends on which of these writes are refused.
 */
import { type Component, componentsOf } from '../api/components.ts';
import type { SignalStores } from '../capabilities/contract/contribution.ts';
import { observe, type Observed } from '../cluster/observed.ts';
import type { Snapshot, WriteFailure } from '../cluster/snapshot.ts';
import { isOfComponent } from '../kube/of-component.ts';
import { childNames } from '../kube/names.ts';
import type { KubeObject } from '../kube/object.ts';
import { jobTemplateOf, podTemplateOf } from '../kube/workload.ts';
import type { Instant } from '../model/reading.ts';
import { sizes } from '../transition/sizes.ts';
import { type TransitionState, transitionStateOf } from '../transition/transition.ts';
import { type Contributed, contributionsOf } from './capabilities/contributions.ts';
import { shortfall } from './preflight/preflight.ts';
import type { HookGate } from './transition/hook-gate.ts';
import { type HookRun, spentJobs } from './transition/hooks.ts';
import type { Action, Plan, PlanInput } from './types.ts';
import { desiredObjects } from './writes/desired.ts';
import { removals, remove } from './writes/removals.ts';
import { adjustments, type Writes, writes } from './writes/writes.ts';

export interface PlanDraft extends Pick<Plan, 'actions' | 'begins' | 'probes' | 'signalStores'> {
  readonly seen: Seen;
  readonly changes: Changes;
  readonly permitted: Permitted;
}

/** With mode Recommend or Paused nothing is written. */
export function draftPlan(input: PlanInput): PlanDraft {
  const seen = seenIn(input);
  const changes = seen.acts ? changesFor(seen) : NO_CHANGES;
  const permitted = permittedOf(seen, changes);
  const { contributions, begins } = seen.contributed;
  const isUnlooked = seen.acts && input.snapshot.headroom === undefined;
  return {
    ...{ seen, changes, permitted },
    actions: seen.acts ? actionsOf(seen, changes, permitted) : [],
    begins: isUnlooked && (permitted.first.length > 0 || begins),
    probes: probesOf(contributions),
    signalStores: Object.assign({}, ...contributions.map(({ signalStores }) => signalStores)) as SignalStores,
  };
}

/** The same draft, as it reads once it is known which writes are refused. */
export function withFailures(draft: PlanDraft, failures: readonly WriteFailure[]): PlanDraft {
  const { observed, snapshot: before } = draft.seen;
  if (failures === before.failures) return draft;
  const snapshot = { ...before, failures };
  const seen = { ...draft.seen, snapshot, observed: { ...observed, snapshot } };
  return { ...draft, seen, permitted: permittedOf(seen, draft.changes) };
}

/** What is there, and what is to be. */
export interface Seen extends PlanInput {
  /** Anything may be changed: the mode is Auto. */
  readonly acts: boolean;
  readonly observed: Observed;
  readonly components: readonly Component[];
  readonly transitionState: TransitionState;
  readonly contributed: Contributed;
}

function seenIn(input: PlanInput): Seen {
  const { snapshot, decision, now } = input;
  const observed = observe(snapshot, now);
  const components = componentsOf(snapshot.spec, decision.separate);
  const transitionState = transitionStateOf(observed, sizes(components, observed, decision));
  const contributed = contributionsOf(observed, decision, transitionState);
  return {
    ...input,
    acts: snapshot.spec.mode === 'Auto',
    observed,
    components,
    transitionState,
    contributed,
  };
}

/** What differs from what is to be, whether or not it may be written now. */
interface Changes {
  readonly desired: readonly KubeObject[];
  readonly due: readonly Action[];
  /** Of objects of others. */
  readonly patches: readonly Action[];
  readonly drift: Writes['drift'];
  /** When a write is tried again that was made a moment ago. */
  readonly retriesAt: readonly (Instant | undefined)[];
}

const NO_CHANGES: Changes = { desired: [], due: [], patches: [], drift: [], retriesAt: [] };

function changesFor(seen: Seen): Changes {
  const { snapshot, decision, hookGate, observed, transitionState, contributed } = seen;
  const { contributions } = contributed;
  const desired = desiredObjects(
    ...([snapshot.platform, snapshot.spec, decision, transitionState, contributions] as const),
    startedBy(hookGate),
  );
  const { actions: due, drift, retryAt } = writes(observed, desired);
  const patched = adjustments(
    observed,
    contributions.flatMap(({ patches }) => patches),
  );
  return { desired, due, patches: patched.actions, drift, retriesAt: [retryAt, patched.retryAt] };
}

/** What of the changes that are due may be written now. */
interface Permitted {
  readonly actions: readonly Action[];
  /** What a change of topology begins with. */
  readonly first: readonly KubeObject[];
  /** Why it is not begun. */
  readonly short: string | undefined;
}

function permittedOf({ observed, transitionState, decision }: Seen, { due }: Changes): Permitted {
  const possible = mayMakePods(observed) ? due : due.filter(makesNoPods(observed.snapshot));
  const first = firstOf(observed, transitionState, possible);
  const topology = { state: transitionState, decision };
  const short = first.length > 0 ? shortfall({ observed, objects: first, topology }) : undefined;
  const actions = short === undefined ? possible : possible.filter(({ object }) => !first.includes(object));
  return { actions, first, short };
}

/** Everything that is written, in its order. */
function actionsOf(seen: Seen, { desired, patches }: Changes, permitted: Permitted): readonly Action[] {
  const { snapshot, hookGate, observed, transitionState, contributed } = seen;
  const deleted = new Set(contributed.contributions.flatMap(({ deletes }) => deletes));
  const retained = new Set(contributed.contributions.flatMap(({ retain }) => retain));
  return refusedLast(snapshot, [
    ...permitted.actions,
    ...patches,
    ...removals(observed, desired, transitionState, deleted, retained),
    ...spentJobs(observed, hookGate?.runs ?? []).map((job) => remove(job, 'done and reported')),
  ]);
}

/** What a change of sides begins with, where nothing of the new side is there yet; a platform that is new just begins. */
function firstOf(
  { snapshot: { platform } }: Observed,
  { changesTopology, wanted, old }: TransitionState,
  actions: readonly Action[],
): readonly KubeObject[] {
  if (!changesTopology || old.length === 0 || wanted.some(({ live }) => live !== undefined)) return [];
  const { component: nameOf } = childNames(platform.name);
  const names = new Set(wanted.map(({ component }) => nameOf(component.name)));
  return actions.flatMap((action) =>
    action.do === 'create' && isOfComponent(action.object) && names.has(action.object.metadata.name)
      ? [action.object]
      : [],
  );
}

/** The one whose Job is to be made now. */
const startedBy = (hookGate: HookGate | undefined): HookRun | undefined =>
  hookGate?.next?.state === 'Waiting' ? hookGate.next : undefined;

/** Each question once, and soon where one of those who ask waits for the answer. */
function probesOf(contributions: Contributed['contributions']): Plan['probes'] {
  const asked = new Map<string, Plan['probes'][number]>();
  for (const { probes, state } of contributions) {
    const waits = state !== 'Ready' && state !== 'External';
    for (const probe of probes) {
      const isUrgent = waits || probe.isConstant === true || asked.get(probe.id)?.isUrgent === true;
      asked.set(probe.id, { probe, isUrgent });
    }
  }
  return [...asked.values()];
}

/**
 * Pods run as the ServiceAccount of the platform's name. Where that is refused, for it belongs to others, new ones would
 * have whatever rights that one has.
 */
function mayMakePods({ snapshot: { platform, spec, failures }, own }: Observed): boolean {
  const { serviceAccount } = childNames(platform.name);
  // The author has chosen that very one, and may.
  if (spec.podTemplate.serviceAccountName === serviceAccount) return true;
  return (
    own.has(`ServiceAccount/${serviceAccount}`) || !failures.some(({ kind }) => kind === 'ServiceAccount')
  );
}

/** What has pods already goes on, but for a StatefulSet: one from before the account was named would be given it. */
const makesNoPods =
  ({ platform }: Snapshot) =>
  (action: Action): boolean => {
    if (action.do !== 'create' && action.do !== 'apply') return true;
    const { object } = action;
    if (action.do === 'apply' && object.kind !== 'StatefulSet') return true;
    const { spec } = podTemplateOf(object.kind === 'CronJob' ? jobTemplateOf(object) : object);
    return spec?.serviceAccountName !== childNames(platform.name).serviceAccount;
  };

export const isRefused = ({ failures }: Snapshot, { kind, name }: { kind: string; name: string }): boolean =>
  failures.some((failure) => failure.kind === kind && failure.name === name);

/** A pass ends at its first error; what was refused before is tried after everything else, so that it holds nothing up. */
function refusedLast(snapshot: Snapshot, actions: readonly Action[]): readonly Action[] {
  const isLast = ({ object: { kind, metadata } }: Action) =>
    isRefused(snapshot, { kind, name: metadata.name });
  return [...actions.filter((action) => !isLast(action)), ...actions.filter(isLast)];
}
