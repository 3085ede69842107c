/** The conditions of a platform, each a sentence about what is so now. Nothing reads one that was written earlier. */
import type { Condition } from '../../api/schema/status.ts';
import type { Decision, ComponentDecision } from '../../model/decision.ts';
import type { Instant } from '../../model/reading.ts';
import { capitalised, plural } from '../../text/words.ts';
import type { Overlap } from '../../cluster/budgets.ts';
import { jobsRunTwice } from './jobs-run-twice.ts';
import { type LiveComponent, type Observed, whyNotReady } from '../../cluster/observed.ts';
import { childNames } from '../../kube/names.ts';
import { inWords, type HookGate } from '../transition/hook-gate.ts';
import type { Stall } from './stall.ts';
import type { Transition } from '../transition/progress.ts';
import { clip, isoTime } from '../../text/time.ts';
import type { Contributed } from '../capabilities/contributions.ts';
import type { InProgress } from '../capabilities/stages.ts';
import type { TransitionState } from '../../transition/transition.ts';
import type { CapabilityReport } from '../../capabilities/contract/report.ts';

const CONDITION_TYPES = [
  'Ready',
  'Reconciling',
  'Stalled',
  'SignalsFresh',
  'ScalingActive',
  'ScalingLimited',
  'CapabilitiesMet',
  'JobsMayRunTwice',
] as const;
type ConditionType = (typeof CONDITION_TYPES)[number];

/** What a condition says, before its times. */
export interface Said {
  readonly status: Condition['status'];
  readonly reason: string;
  readonly message: string;
}

interface ConditionContext {
  readonly observed: Observed;
  readonly decision: Decision;
  readonly transitionState: TransitionState;
  readonly transition: Transition | undefined;
  readonly stalls: readonly Stall[];
  readonly capabilities: readonly CapabilityReport[];
  /** Capabilities that are under way. */
  readonly inProgress: Contributed['inProgress'];
  /** Those that wait for a person. */
  readonly awaitingUser: Contributed['awaitingUser'];
  readonly hookGate?: HookGate | undefined;
  readonly drivers: readonly { readonly component: string; readonly by: string }[];
  /** What other people's budgets do to pods. */
  readonly overlaps: readonly Overlap[];
  /** A Deployment is written in this pass. */
  readonly writesComponents: boolean;
}

const yes = (reason: string, message: string): Said => ({ status: 'True', reason, message });
const no = (reason: string, message: string): Said => ({ status: 'False', reason, message });

export function conditions(context: ConditionContext): Condition[] {
  const { snapshot, now } = context.observed;
  const said: Readonly<Partial<Record<ConditionType, Said>>> = {
    Ready: isReady(context),
    Reconciling: isReconciling(context),
    Stalled: isStalled(context),
    SignalsFresh: areSignalsFresh(context.decision),
    ScalingActive: isScalingActive(context),
    ScalingLimited: isScalingLimited(context),
    CapabilitiesMet: areCapabilitiesMet(context.capabilities, context.overlaps),
    ...mayJobsRunTwice(context),
  };
  return withTimes(said, snapshot.status.conditions, snapshot.platform.generation, now);
}

/** The time of a condition moves only when its status flips. */
export function withTimes(
  said: Readonly<Partial<Record<ConditionType, Said>>>,
  before: readonly Condition[] | undefined,
  generation: number,
  now: Instant,
): Condition[] {
  return CONDITION_TYPES.flatMap((type) => {
    const says = said[type];
    if (says === undefined) return [];
    const previous = before?.find((condition) => condition.type === type);
    const same = previous?.status === says.status;
    return {
      type,
      status: says.status,
      observedGeneration: generation,
      lastTransitionTime: same ? previous.lastTransitionTime : isoTime(now),
      reason: says.reason,
      message: clip(says.message, 4_000),
    };
  });
}

/** Whether a condition is the operator's; managers of other fields may add conditions of their own. */
export const isOwnCondition = ({ type }: Condition): boolean =>
  (CONDITION_TYPES as readonly string[]).includes(type);

/** Always the same order, for a list in another order is another status. */
export function inOrder(conditions: readonly Condition[]): Condition[] {
  const rank = ({ type }: Condition) => (CONDITION_TYPES as readonly string[]).indexOf(type);
  return conditions.toSorted((a, b) => rank(a) - rank(b));
}

interface Serving {
  readonly name: string;
  readonly wanted: number;
  readonly live: LiveComponent | undefined;
}

/** The components that the platform lives on: while a new side is not ready, those of the old one. */
function servingComponents({ observed, transitionState }: ConditionContext): readonly Serving[] {
  const asIs = (live: LiveComponent): Serving => ({ name: live.name, wanted: live.asked, live });
  if (observed.snapshot.spec.mode !== 'Auto') return [...observed.components.values()].map(asIs);
  if (transitionState.changesTopology && !transitionState.mayDrain) return transitionState.old.map(asIs);
  return transitionState.wanted.map(({ component, wanted, live }) => ({
    name: component.name,
    wanted,
    live,
  }));
}

/**
 * A component that has a replica and is getting more is ready: following the load is no illness. One that has none, or that
 * asks for more and is refused, is not: neither its pods may be refused, nor the write of its Deployment.
 */
function isReady(context: ConditionContext): Said {
  const components = servingComponents(context);
  if (components.length === 0) {
    return {
      status: 'Unknown',
      reason: 'NothingDeployed',
      message: 'No component of the platform is deployed.',
    };
  }
  const { platform, failures } = context.observed.snapshot;
  const { component: nameOf } = childNames(platform.name);
  const isUnwritten = (component: string) =>
    failures.some(({ kind, name }) => kind === 'Deployment' && name === nameOf(component));
  const lacking = components.filter(({ name, wanted, live }) => {
    const ready = readyOf(live);
    const refused = isUnwritten(name) || (live !== undefined && isRefused(live));
    return ready < Math.min(1, wanted) || (ready < wanted && refused);
  });
  if (lacking.length === 0)
    return yes('ComponentsReady', `Ready: ${components.map(({ name }) => name).join(', ')}.`);
  const sentences = lacking.map(
    ({ name, wanted, live }) =>
      `${name} has ${readyOf(live)} of ${wanted} replicas ready${live?.trouble === undefined ? '' : ` (${whyNotReady(live)})`}${isUnwritten(name) ? ' (its Deployment could not be written)' : ''}`,
  );
  return no('ComponentsNotReady', `${sentences.join('; ')}.`);
}

/** Of pods that are in trouble only those count that have been ready for a while: between two crashes each one is. */
const readyOf = (live: LiveComponent | undefined): number =>
  (live?.trouble === undefined ? live?.ready : live.available) ?? 0;

const isRefused = ({ failure, trouble }: LiveComponent): boolean =>
  failure !== undefined || trouble !== undefined;

function isReconciling({
  observed,
  transitionState,
  transition,
  stalls,
  inProgress,
  awaitingUser,
  hookGate,
  writesComponents,
}: ConditionContext): Said {
  const { mode } = observed.snapshot.spec;
  if (mode !== 'Auto') return no(mode, `Nothing is changed while mode is ${mode}.`);
  // Stalled or reconciling, never both: a tool that reads them takes the first that it meets.
  if (stalls.length > 0) return no('Stalled', 'Blocked: see the Stalled condition.');
  if (transition !== undefined) {
    const { from, to, step, message } = transition;
    return yes(step, from === to ? `${step}: ${message}.` : `From ${from} to ${to}, ${step}: ${message}.`);
  }
  const moving = transitionState.wanted.filter(
    ({ live, wanted }) =>
      live === undefined ||
      !live.current ||
      live.ready !== wanted ||
      live.updated !== wanted ||
      live.exists !== wanted,
  );
  if (moving.length > 0) {
    const each = moving.map(({ component, live }) =>
      live?.trouble === undefined ? component.name : `${component.name} (${whyNotReady(live)})`,
    );
    return yes('Progressing', `Rolling out: ${each.join(', ')}.`);
  }
  const hook = hookGate?.next;
  if (hook !== undefined) return yes('Hook', `Waiting for ${inWords(hook)}.`);
  const inFull = ({ capability, step }: InProgress) => `${capability}, ${step.name}: ${step.waits}.`;
  const [first] = inProgress;
  if (first !== undefined) return yes(first.step.name, inFull(first));
  if (writesComponents) return yes('Progressing', 'Rolling out a change.');
  // Nothing is under way: it may take months, and tools that wait for the end of it would.
  return awaitingUser.length > 0
    ? no('WaitingForPerson', awaitingUser.map(inFull).join(' '))
    : no('Converged', 'All components match the current decision.');
}

function isStalled({ stalls }: ConditionContext): Said {
  const [gravest] = stalls;
  if (gravest === undefined) return no('NotStalled', 'Nothing has failed.');
  return yes(gravest.reason, stalls.map(({ message }) => message).join('; '));
}

function areSignalsFresh({ signals }: Decision): Said {
  const configured = signals.filter(({ unknown }) => unknown !== 'NotConfigured');
  if (configured.length === 0) {
    return no(
      'NoSignals',
      'Nothing is measured, so the platform holds its size; give stores.postgres, stores.redis or signals.',
    );
  }
  const unknown = configured.filter(({ value }) => value === undefined);
  if (unknown.length === 0) return yes('AllKnown', 'Every signal that is configured is known.');
  const list = unknown.map(({ name, unknown: reason }) => `${name} (${reason ?? 'NotYetRead'})`);
  return no('SignalsUnknown', `Signals without a current value (not treated as zero): ${list.join(', ')}.`);
}

function isScalingActive({ observed, decision, drivers }: ConditionContext): Said {
  const { mode, tierPin, replicasPin } = observed.snapshot.spec;
  if (mode === 'Recommend')
    return no('Recommend', 'The platform is measured and decided about, and nothing is changed.');
  if (mode === 'Paused') return no('Paused', 'The platform is only measured.');
  if (decision.tier.rule === 'Pinned') {
    const why = tierPin?.reason === undefined ? '' : ` (${tierPin.reason})`;
    return no('Pinned', `The tier is pinned to ${decision.tier.to}${why}; replicas still follow the load.`);
  }
  const pinned = decision.components.filter(({ rule }) => rule === 'Pinned');
  if (pinned.length > 0) {
    const each = ({ name, replicas }: ComponentDecision) => {
      const why = replicasPin.find(({ component }) => component === name)?.reason;
      return `${name} at ${replicas}${why === undefined ? '' : ` (${why})`}`;
    };
    return no('Pinned', `Replicas are pinned: ${pinned.map(each).join(', ')}.`);
  }
  if (drivers.length > 0) {
    const list = drivers.map(({ component, by }) => `${component} by ${by}`).join(', ');
    return no('DrivenByOther', `Replicas are driven by an autoscaler and left to it: ${list}.`);
  }
  return yes('Active', 'Tier and replicas follow the signals.');
}

/**
 * Something is in the way of what the signals ask for, and a person can move it: a bound, a budget, a pin, a quota, nodes. The
 * platform may be Ready all the same; its queue is late.
 */
function isScalingLimited({ decision, transitionState }: ConditionContext): Said {
  const [first, ...others] = [
    ...decision.components.flatMap(({ limit }) => (limit === undefined ? [] : [limit])),
    ...transitionState.wanted.flatMap(({ live, wanted }) => withoutRoom(live, wanted)),
  ];
  if (first === undefined) {
    return no('WithinBounds', 'Nothing is in the way of the replicas that the signals ask for.');
  }
  return yes(first.by, `${[first, ...others].map(({ message }) => message).join('. ')}.`);
}

/** Replicas that were decided and find no room: no node takes their pods, or a quota refuses them. */
function withoutRoom(
  live: LiveComponent | undefined,
  wanted: number,
): readonly { readonly by: string; readonly message: string }[] {
  if (live === undefined || live.ready >= wanted) return [];
  const { failure, trouble, name, ready } = live;
  const by =
    failure?.reason === 'ReplicaFailure'
      ? 'PodsRefused'
      : trouble?.reason === 'Unschedulable'
        ? 'NodesLackRoom'
        : undefined;
  if (by === undefined) return [];
  return [
    { by, message: `${name} has ${ready} of ${plural(wanted, 'replica')}: ${whyNotReady(live) ?? by}` },
  ];
}

/** States that leave nothing to wish for; a capability that somebody declined is missed only where the load needs it. */
const isMet = ({ state, required }: CapabilityReport) =>
  state === 'Leaving' || state === 'Ready' || state === 'External' || (state === 'Declined' && !required);

/** The state by which the condition is named when several differ: what needs a person comes first. */
const GRAVITY: readonly CapabilityReport['state'][] = [
  'Blocked',
  'AwaitingConsent',
  'Declined',
  'Progressing',
];

function areCapabilitiesMet(reports: readonly CapabilityReport[], overlaps: readonly Overlap[]): Said {
  const unmet = reports.filter((report) => !isMet(report));
  const but = overlaps.map(({ message }) => ` ${capitalised(message)}.`).join('');
  if (unmet.length === 0) return yes('Met', `Every capability of the tier is in place.${but}`);
  const list = unmet.map(({ name, state, required }) => `${name} (${state}${required ? ', required' : ''})`);
  const reason = unmet.some(({ required }) => required)
    ? 'RequiredCapabilityMissing'
    : (GRAVITY.find((state) => unmet.some((report) => report.state === state)) ?? 'Progressing');
  return no(reason, `Not in place yet: ${list.join(', ')}.${but}`);
}

/** There only where it is so: most platforms never hear of it. */
function mayJobsRunTwice({ observed, decision }: ConditionContext) {
  const why = jobsRunTwice(observed.snapshot.spec, decision.signals);
  if (why.length === 0) return {};
  return { JobsMayRunTwice: yes('RetryAfterTooShort', why.map((one) => `${capitalised(one)}.`).join(' ')) };
}
