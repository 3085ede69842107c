/**
 * Decision − observed → what to write, what to say, and when to look again. Pure: the same snapshot, decision and instant
 * give the same plan, and a plan that was carried out leaves nothing to plan.
 */
import { type Component, componentsOf } from '../api/components.ts';
import type { SignalStores } from '../capabilities/contract/contribution.ts';
import { overlaps as overlapsOf } from '../cluster/budgets.ts';
import { conditions } from './status/conditions.ts';
import { type Contributed, contributionsOf } from './capabilities/contributions.ts';
import { desiredObjects } from './writes/desired.ts';
import { scaledByHand } from './writes/drift.ts';
import { eventsOf } from './status/events.ts';
import { type HookRun, spentJobs } from './transition/hooks.ts';
import { childNames } from '../kube/names.ts';
import { observe, type Observed } from '../cluster/observed.ts';
import { crowdedOut, PREFLIGHT_AGAIN_MS, topologyShortfall } from './preflight/preflight.ts';
import type { HookGate } from './transition/hook-gate.ts';
import { stalls } from './status/problems.ts';
import { type Transition, transitionOf } from './transition/progress.ts';
import { removals, remove } from './writes/removals.ts';
import { holdOf, type Rollback, rollbackOf } from './transition/rollback.ts';
import { driversOf, sizes } from '../transition/sizes.ts';
import { shownOf } from './status/shown.ts';
import { statusOf } from './status/status.ts';
import { type TransitionState, transitionStateOf } from '../transition/transition.ts';
import type { Action, Plan, PlanInput } from './types.ts';
import type { KubeObject } from '../kube/object.ts';
import type { TierLock } from '../model/decision.ts';
import { earliest } from '../model/instants.ts';
import type { Instant } from '../model/reading.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import { adjustments, type Writes, writes } from './writes/writes.ts';

export { stalledStatus } from './status/stalled.ts';
export { hookGateOf } from './transition/hook-gate.ts';
export { holdOf } from './transition/rollback.ts';
export { dataLockOf } from './transition/data-lock.ts';
export { statusNeedsWrite, statusNews } from './status/status-writes.ts';

/**
 * Five phases, each of which makes of what the ones before have found: what is there and what is to be, what is written, where
 * a change of topology stands, what the status says, and when to look again. With mode Recommend or Paused nothing is written
 * and no change is under way; what would be is told.
 */
export function plan(input: PlanInput): Plan {
  const seen = seenIn(input);
  const written = seen.acts ? writtenFor(seen) : NOTHING_WRITTEN;
  const moving = seen.acts ? movingOf(seen, written) : atRest(seen);
  const told = toldOf(seen, written, moving);
  const requeueAt = requeueAtOf(seen, written, moving, told.status);
  const { contributions, begins } = seen.contributed;
  const isUnlooked = seen.acts && input.snapshot.headroom === undefined;
  return {
    actions: written.actions,
    status: told.status,
    events: told.events,
    ...(requeueAt !== undefined && { requeueAt }),
    begins: isUnlooked && (written.first.length > 0 || begins),
    probes: probesOf(contributions),
    signalStores: Object.assign(
      {},
      ...contributions.map(({ signalStores = {} }) => signalStores),
    ) as SignalStores,
  };
}

/** What is there, and what is to be. */
interface Seen extends PlanInput {
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

/** What is written. */
interface Written {
  readonly desired: readonly KubeObject[];
  readonly actions: readonly Action[];
  /** A Deployment that is to be there is made or changed. */
  readonly writesComponents: boolean;
  readonly drift: Writes['drift'];
  /** When a write is tried again that was made a moment ago. */
  readonly retriesAt: readonly (Instant | undefined)[];
  /** What a change of topology begins with. */
  readonly first: readonly KubeObject[];
  /** Why it is not begun. */
  readonly short: string | undefined;
}

const NOTHING_WRITTEN: Written = {
  ...{ desired: [], actions: [], writesComponents: false, drift: [], retriesAt: [], first: [] },
  short: undefined,
};

function writtenFor(seen: Seen): Written {
  const { snapshot, decision, hookGate, observed, transitionState, contributed } = seen;
  const { contributions } = contributed;
  const desired = desiredObjects(
    ...([snapshot.platform, snapshot.spec, decision, transitionState, contributions] as const),
    startedBy(hookGate),
  );
  const { actions: due, drift, retryAt } = writes(observed, desired);
  const patched = adjustments(
    observed,
    contributions.flatMap(({ patches = [] }) => patches),
  );
  const possible = mayMakePods(observed) ? due : due.filter((action) => !makesPods(action));
  const first = firstOf(observed, transitionState, possible);
  const short = first.length > 0 ? topologyShortfall(observed, transitionState, decision, first) : undefined;
  const begun = short === undefined ? possible : possible.filter(({ object }) => !first.includes(object));
  const deleted = new Set(contributions.flatMap(({ deletes = [] }) => deletes));
  const retained = new Set(contributions.flatMap(({ retain = [] }) => retain));
  const actions = refusedLast(snapshot, [
    ...begun,
    ...patched.actions,
    ...removals(observed, desired, transitionState, deleted, retained),
    ...spentJobs(observed, hookGate?.runs ?? []).map((job) => remove(job, 'done and reported')),
  ]);
  const writesComponents = begun.some(({ object }) => object.kind === 'Deployment');
  return { desired, actions, writesComponents, drift, retriesAt: [retryAt, patched.retryAt], first, short };
}

/** Where a change of topology stands. */
interface Moving {
  readonly transition: Transition | undefined;
  readonly rollback: Rollback | undefined;
  /** Until when the tier is held after an attempt that failed. */
  readonly lock: TierLock | undefined;
  /** What of the new side no Node has room for. */
  readonly crowded: string | undefined;
}

const atRest = ({ snapshot: { status } }: Seen): Moving => ({
  ...{ transition: undefined, lock: undefined, crowded: undefined },
  rollback: status.rollback,
});

function movingOf({ snapshot, decision, observed, transitionState, now }: Seen, written: Written): Moving {
  const { status: before, platform } = snapshot;
  const isBegun = written.short === undefined;
  const crowded = isBegun ? crowdedTopology(observed, transitionState, written.desired) : undefined;
  const transition = isBegun ? transitionOf(observed, decision, transitionState, crowded) : undefined;
  const rollback = rollbackOf(observed, transitionState, transition);
  // While it is tried again, what was written of the last time is no longer so.
  const lock = holdOf({ ...before, ...(rollback && { rollback }) }, platform.generation, now);
  return { transition, rollback, lock, crowded };
}

/** What the status says, and what of it is news. */
function toldOf(seen: Seen, written: Written, moving: Moving): Pick<Plan, 'status' | 'events'> {
  const { snapshot, decision, hookGate, acts, observed, components, transitionState, contributed, now } =
    seen;
  const { reports: capabilities, inProgress, awaitingUser } = contributed;
  const { transition, rollback, lock, crowded } = moving;
  const { short, drift } = written;
  const drivers = driversOf(observed, components);
  const overlaps = overlapsOf(observed);
  const stalled = stalls(observed, transitionState, transition, lock && rollback, hookGate, short);
  const status = statusOf({
    ...{ observed, decision, transitionState, rollback, hookGate, capabilities },
    transition: acts
      ? shownOf({
          ...{ snapshot, decision, transitionState, transition, short, hookGate, now },
          // Nothing is shown for as long as all that there is waits for a person.
          inProgress: inProgress.length > 0 ? [...inProgress, ...awaitingUser] : [],
        })
      : undefined,
    // What is refused was not put back.
    putBack: drift
      .filter((one) => !isRefused(snapshot, one))
      .flatMap((one) => scaledByHand(snapshot.platform.name, one) ?? []),
    conditions: conditions({
      ...{ observed, decision, transitionState, transition, stalls: stalled, capabilities },
      ...{ inProgress, awaitingUser, hookGate, drivers, overlaps },
      writesComponents: written.writesComponents,
    }),
  });
  const events = eventsOf({
    ...{ platform: snapshot.platform.name, before: snapshot.status, after: status },
    ...{ decision, transitionState, stalls: stalled, awaitingUser, drift, drivers, overlaps, acts },
    crowded: [
      ...(crowded === undefined ? [] : [{ subject: 'topology', message: crowded }]),
      ...contributed.crowded,
    ],
  });
  return { status, events };
}

/** When waiting alone could change something. */
function requeueAtOf(
  { snapshot: { status: before }, decision, hookGate, acts, contributed, now }: Seen,
  { retriesAt, short }: Written,
  { transition, rollback, lock }: Moving,
  status: Plan['status'],
): Instant | undefined {
  const isHookDue = status.hooks?.some(({ state }) => state === 'Waiting') === true;
  return [
    decision.requeueAt,
    ...retriesAt,
    acts ? contributed.requeueAt : undefined,
    transition?.late === false ? transition.deadline : undefined,
    hookGate?.next?.retryAt,
    short === undefined ? undefined : now + PREFLIGHT_AGAIN_MS,
    // At once where it begins: what comes after a tier, and the way back is the next pass.
    isHookDue && before.tier !== status.tier ? now + 1 : undefined,
    lock && (rollback === before.rollback ? lock.until : now + 1),
  ].reduce(earliest, undefined);
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
    action.do === 'create' && FIRST_KINDS.has(action.object.kind) && names.has(action.object.metadata.name)
      ? [action.object]
      : [],
  );
}
const FIRST_KINDS = new Set(['Deployment', 'PodDisruptionBudget']);

/** What of the new side no node has room for, until it is there. */
function crowdedTopology(
  observed: Observed,
  { changesTopology, step, wanted }: TransitionState,
  desired: readonly KubeObject[],
): string | undefined {
  if (!changesTopology || (step !== 'MakeNew' && step !== 'WaitReady')) return undefined;
  const { component: nameOf } = childNames(observed.snapshot.platform.name);
  const names = new Set(wanted.map(({ component }) => nameOf(component.name)));
  return crowdedOut(
    observed,
    desired.filter(({ kind, metadata }) => kind === 'Deployment' && names.has(metadata.name)),
  );
}

/** The one whose Job is to be made now. */
const startedBy = (hookGate: HookGate | undefined): HookRun | undefined =>
  hookGate?.next?.state === 'Waiting' ? hookGate.next : undefined;

/** Each question once, and soon where one of those who ask waits for the answer. */
function probesOf(contributions: Contributed['contributions']): Plan['probes'] {
  const asked = new Map<string, Plan['probes'][number]>();
  for (const { probes = [], state } of contributions) {
    const waits = state !== 'Ready' && state !== 'External';
    for (const probe of probes) {
      const isUrgent = waits || probe.isConstant === true || asked.get(probe.id)?.isUrgent === true;
      asked.set(probe.id, { probe, isUrgent });
    }
  }
  return [...asked.values()];
}

/**
 * Pods run as the ServiceAccount of the platform's name. Where that is refused, for somebody else has it, new ones would
 * have whatever rights that one has.
 */
function mayMakePods({ snapshot: { platform, spec, failures = [] }, own }: Observed): boolean {
  if (spec.podTemplate.serviceAccountName !== undefined) return true;
  const isOwn = own.has(`ServiceAccount/${childNames(platform.name).serviceAccount}`);
  return isOwn || !failures.some(({ kind }) => kind === 'ServiceAccount');
}

const makesPods = ({ do: what, object: { kind } }: Action): boolean =>
  what === 'create' && (kind === 'Deployment' || kind === 'CronJob' || kind === 'Job');

const isRefused = ({ failures = [] }: Snapshot, { kind, name }: { kind: string; name: string }): boolean =>
  failures.some((failure) => failure.kind === kind && failure.name === name);

/** A pass ends at its first error; what was refused before is tried after everything else, so that it holds nothing up. */
function refusedLast(snapshot: Snapshot, actions: readonly Action[]): readonly Action[] {
  const isLast = ({ object: { kind, metadata } }: Action) =>
    isRefused(snapshot, { kind, name: metadata.name });
  return [...actions.filter((action) => !isLast(action)), ...actions.filter(isLast)];
}
