/**
 * Decision − observed → what to write, what to say, and when to look again. Pure: the same snapshot, decision and instant
 * give the same plan, and a plan that was carried out leaves nothing to plan.
 */
import { componentsOf } from '../api/components.ts';
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
import { transitionOf } from './transition/progress.ts';
import { removals, remove } from './writes/removals.ts';
import { holdOf, rollbackOf } from './transition/rollback.ts';
import { driversOf, sizes } from '../transition/sizes.ts';
import { shownOf } from './status/shown.ts';
import { statusOf } from './status/status.ts';
import { type TransitionState, transitionStateOf } from '../transition/transition.ts';
import type { Action, Plan, PlanInput } from './types.ts';
import type { KubeObject } from '../kube/object.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import { adjustments, type Writes, writes } from './writes/writes.ts';

export { stalledStatus } from './status/stalled.ts';
export { hookGateOf } from './transition/hook-gate.ts';
export { holdOf } from './transition/rollback.ts';
export { dataLockOf } from './transition/data-lock.ts';
export { statusNeedsWrite, statusNews } from './status/status-writes.ts';

const NO_WRITES: Writes = { actions: [], drift: [], retryAt: undefined };

export function plan({ snapshot, decision, hookGate, now }: PlanInput): Plan {
  const { platform, spec, status: before } = snapshot;
  const acts = spec.mode === 'Auto';
  const observed = observe(snapshot, now);
  const components = componentsOf(spec, decision.separate);
  const transitionState = transitionStateOf(observed, sizes(components, observed, decision));
  const contributed = contributionsOf(observed, decision, transitionState);
  const { contributions, reports: capabilities, inProgress, awaitingUser } = contributed;
  const desired = acts
    ? desiredObjects(platform, spec, decision, transitionState, contributions, startedBy(hookGate))
    : [];
  const { actions: due, drift, retryAt } = acts ? writes(observed, desired) : NO_WRITES;
  const adjusted = acts
    ? adjustments(
        observed,
        contributions.flatMap(({ patches = [] }) => patches),
      )
    : NO_WRITES;
  const possible = mayMakePods(observed) ? due : due.filter((action) => !makesPods(action));
  const first = acts ? firstOf(observed, transitionState, possible) : [];
  const short = first.length > 0 ? topologyShortfall(observed, transitionState, decision, first) : undefined;
  const actions = short === undefined ? possible : possible.filter(({ object }) => !first.includes(object));
  const crowded = short === undefined ? crowdedTopology(observed, transitionState, desired) : undefined;
  const transition =
    acts && short === undefined ? transitionOf(observed, decision, transitionState, crowded) : undefined;

  const rollback = acts ? rollbackOf(observed, transitionState, transition) : before.rollback;
  // While it is tried again, what was written of the last time is no longer so.
  const hold = acts
    ? holdOf({ ...before, ...(rollback && { rollback }) }, platform.generation, now)
    : undefined;

  const drivers = driversOf(observed, components);
  const overlaps = overlapsOf(observed);
  const stalled = stalls(observed, transitionState, transition, hold && rollback, hookGate, short);
  const status = statusOf({
    observed,
    decision,
    transitionState,
    transition: acts
      ? shownOf({
          ...{ snapshot, decision, transitionState, transition, short, hookGate, now },
          // Nothing is shown for as long as all that there is waits for a person.
          inProgress: inProgress.length > 0 ? [...inProgress, ...awaitingUser] : [],
        })
      : undefined,
    rollback,
    hookGate,
    capabilities,
    // What is refused was not put back.
    putBack: drift
      .filter((one) => !isRefused(snapshot, one))
      .flatMap((one) => scaledByHand(platform.name, one) ?? []),
    conditions: conditions({
      observed,
      decision,
      transitionState,
      transition,
      stalls: stalled,
      capabilities,
      inProgress,
      awaitingUser,
      hookGate,
      drivers,
      overlaps,
      writesComponents: actions.some((action) => action.object.kind === 'Deployment'),
    }),
  });
  const removed = new Set(contributions.flatMap(({ deletes = [] }) => deletes));
  const kept = new Set(contributions.flatMap(({ retain = [] }) => retain));
  const looks = [
    decision.requeueAt,
    retryAt,
    adjusted.retryAt,
    acts ? contributed.requeueAt : undefined,
    transition?.late === false ? transition.deadline : undefined,
    hookGate?.next?.retryAt,
    short === undefined ? undefined : now + PREFLIGHT_AGAIN_MS,
    // At once where it begins: what comes after a tier, and the way back is the next pass.
    status.hooks?.some(({ state }) => state === 'Waiting') === true && before.tier !== status.tier
      ? now + 1
      : undefined,
    hold && (rollback === before.rollback ? hold.until : now + 1),
  ];
  const requeueAt = Math.min(...looks.filter((at) => at !== undefined));
  return {
    actions: acts
      ? refusedLast(snapshot, [
          ...actions,
          ...adjusted.actions,
          ...removals(observed, desired, transitionState, removed, kept),
          ...spentJobs(observed, hookGate?.runs ?? []).map((job) => remove(job, 'done and reported')),
        ])
      : [],
    status,
    events: eventsOf({
      platform: platform.name,
      before,
      after: status,
      decision,
      transitionState,
      stalls: stalled,
      awaitingUser,
      drift,
      drivers,
      overlaps,
      crowded: [
        ...(crowded === undefined ? [] : [{ subject: 'topology', message: crowded }]),
        ...contributed.crowded,
      ],
      acts,
    }),
    ...(Number.isFinite(requeueAt) && { requeueAt }),
    begins: acts && snapshot.headroom === undefined && (first.length > 0 || contributed.begins),
    probes: probesOf(contributions),
    signalStores: Object.assign(
      {},
      ...contributions.map(({ signalStores = {} }) => signalStores),
    ) as SignalStores,
  };
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
