/**
 * Decision − observed → what to write, what to say, and when to look again. Pure: the same snapshot, decision and instant
 * give the same plan, and a plan that was carried out leaves nothing to plan.
 *
 * A plan has two halves, for what is told depends on what is refused. `draftPlan` (in `draft.ts`) says what is there, what is
 * to be, and what is written. `tell` says where a change of topology stands, the status, the events, and when to look again.
 */
import { overlaps as overlapsOf } from '../cluster/budgets.ts';
import type { Observed } from '../cluster/observed.ts';
import type { WriteFailure } from '../cluster/snapshot.ts';
import { childNames } from '../kube/names.ts';
import type { KubeObject } from '../kube/object.ts';
import type { TierLock } from '../model/decision.ts';
import { earliest } from '../model/instants.ts';
import type { Instant } from '../model/reading.ts';
import { driversOf } from '../transition/sizes.ts';
import type { TransitionState } from '../transition/transition.ts';
import { draftPlan, isRefused, type PlanDraft, type Seen, withFailures } from './draft.ts';
import { crowdedOut } from './status/pods-without-room.ts';
import { PREFLIGHT_AGAIN_MS } from './preflight/preflight.ts';
import { conditions } from './status/conditions.ts';
import { eventsOf } from './status/events.ts';
import { lastingNews, toldOnce } from './status/lasting-news.ts';
import { stalls } from './status/problems.ts';
import { shownOf } from './status/shown.ts';
import { statusOf } from './status/status.ts';
import { type Transition, transitionOf } from './transition/progress.ts';
import { holdOf, type Rollback, rollbackOf } from './transition/rollback.ts';
import type { Plan, PlanInput } from './types.ts';
import { scaledByHand } from './writes/drift.ts';

export { draftPlan, type PlanDraft } from './draft.ts';
export { stalledStatus } from './status/invalid-spec.ts';
export { hookGateOf } from './transition/hook-gate.ts';
export { holdOf } from './transition/rollback.ts';
export { dataLockOf } from './transition/data-lock.ts';
export { statusNeedsWrite, statusNews, statusToWrite } from './status/status-writes.ts';

/**
 * Both halves at once: what is written, and what is told where none of that is refused. With mode Recommend or Paused nothing
 * is written and no change is under way; what would be is told.
 */
export function plan(input: PlanInput): Plan {
  const draft = draftPlan(input);
  const { actions, begins, probes, signalStores } = draft;
  return { actions, begins, probes, signalStores, ...tell(draft) };
}

/**
 * The second half: what is told of a draft, and when to look again.
 * @param failures Writes that stand refused once the draft was carried out, so that a refusal is told in its own pass. Default:
 *   those of the snapshot.
 */
export function tell(
  draft: PlanDraft,
  failures?: readonly WriteFailure[],
): Pick<Plan, 'status' | 'events' | 'requeueAt'> {
  const written = failures === undefined ? draft : withFailures(draft, failures);
  const moving = written.seen.acts ? movingOf(written) : atRest(written.seen);
  const told = toldOf(written, moving);
  const requeueAt = requeueAtOf(written, moving, told.status);
  return { ...told, ...(requeueAt !== undefined && { requeueAt }) };
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

function movingOf({ seen, changes, permitted }: PlanDraft): Moving {
  const { snapshot, decision, observed, transitionState, now } = seen;
  const { status: before, platform } = snapshot;
  const isBegun = permitted.short === undefined;
  const crowded = isBegun ? crowdedTopology(observed, transitionState, changes.desired) : undefined;
  const transition = isBegun ? transitionOf(observed, decision, transitionState, crowded) : undefined;
  const rollback = rollbackOf(observed, transitionState, transition);
  // While it is tried again, what was written of the last time is no longer so.
  const lock = holdOf({ ...before, ...(rollback && { rollback }) }, platform.generation, now);
  return { transition, rollback, lock, crowded };
}

/** What the status says, and what of it is news. */
function toldOf({ seen, changes, permitted }: PlanDraft, moving: Moving): Pick<Plan, 'status' | 'events'> {
  const { snapshot, decision, hookGate, acts, observed, components, transitionState, contributed, now } =
    seen;
  const { reports: capabilities, inProgress, awaitingUser } = contributed;
  const { transition, rollback, lock, crowded } = moving;
  const { short, actions } = permitted;
  const { drift } = changes;
  const drivers = driversOf(observed, components);
  const overlaps = overlapsOf(observed);
  const stalled = stalls(observed, transitionState, transition, lock && rollback, hookGate, short);
  const lasting = lastingNews({
    ...{ transitionState, stalls: stalled, drivers, overlaps },
    crowded: [
      ...(crowded === undefined ? [] : [{ subject: 'topology', message: crowded }]),
      ...contributed.crowded,
    ],
  });
  const once = toldOnce(snapshot.status, lasting);
  const status = statusOf({
    ...{ observed, decision, transitionState, rollback, hookGate, capabilities, notified: once.notified },
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
      writesComponents: actions.some(({ object }) => object.kind === 'Deployment'),
    }),
  });
  const events = eventsOf({
    ...{ platform: snapshot.platform.name, before: snapshot.status, after: status },
    ...{ decision, stalls: stalled, awaitingUser, drift, acts, lasting: once.events },
  });
  return { status, events };
}

/** When waiting alone could change something. */
function requeueAtOf(
  { seen, changes: { retriesAt }, permitted: { short } }: PlanDraft,
  { transition, rollback, lock }: Moving,
  status: Plan['status'],
): Instant | undefined {
  const { decision, hookGate, acts, contributed, now } = seen;
  const before = seen.snapshot.status;
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
