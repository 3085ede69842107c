/** News: what differs between the status as it was written and as it reads now, and what had drifted. */
import type { LeadPlatformStatus } from '../../api/schema/status.ts';
import type { Decision } from '../../model/decision.ts';
import type { InProgress } from '../capabilities/stages.ts';
import type { TransitionState } from '../../transition/transition.ts';
import { capitalised } from '../../text/words.ts';
import { whyNotReady } from '../../cluster/observed.ts';
import { componentMessage } from './problems.ts';
import type { Stall } from './stall.ts';
import { driftMessage } from '../writes/drift.ts';
import { clip } from '../../text/time.ts';
import { childKey } from '../../kube/object.ts';
import type { EventReason } from './event-reasons.ts';
import type { PlatformEvent } from '../types.ts';
import type { Drift } from '../writes/writes.ts';

interface EventContext {
  /** The name of the platform. */
  readonly platform: string;
  readonly before: LeadPlatformStatus;
  readonly after: LeadPlatformStatus;
  readonly decision: Decision;
  readonly transitionState: TransitionState;
  readonly stalls: readonly Stall[];
  /** Steps of capabilities that wait for a person. */
  readonly awaitingUser: readonly InProgress[];
  readonly drift: readonly Drift[];
  readonly drivers: readonly { readonly component: string; readonly by: string }[];
  readonly overlaps: readonly string[];
  /** What no node has room for, of the new side or of a capability. */
  readonly crowded: readonly { readonly subject: string; readonly message: string }[];
  /** Whether anything may be changed; otherwise a new size is advice, and no news of the cluster. */
  readonly acts: boolean;
}

/** Kubernetes allows 1,024 characters. */
const MOST_NOTE = 1_000;

function event(
  type: PlatformEvent['type'],
  reason: EventReason,
  subject: string,
  message: string,
): PlatformEvent {
  return { type, reason, message: clip(message, MOST_NOTE), key: `${reason}/${subject}` };
}
const normal = (reason: EventReason, subject: string, message: string) =>
  event('Normal', reason, subject, message);
const warning = (reason: EventReason, subject: string, message: string) =>
  event('Warning', reason, subject, message);

export function eventsOf(context: EventContext): readonly PlatformEvent[] {
  return [
    ...tierNews(context),
    // One that is left as it is has neither begun nor ended.
    ...(context.acts ? transitionNews(context) : []),
    ...(context.acts ? sizeNews(context) : []),
    ...(context.acts ? limitNews(context) : []),
    ...(context.acts ? hookNews(context) : []),
    ...capabilityNews(context),
    ...(context.acts ? awaitedNews(context) : []),
    ...signalNews(context),
    ...stallNews(context),
    ...troubleNews(context),
    ...driverNews(context),
    ...budgetNews(context),
    ...nodeNews(context),
    ...context.drift.map((drift) => driftNews(context.platform, drift)),
  ];
}

function tierNews({ before, after, decision }: EventContext): readonly PlatformEvent[] {
  if (before.tier === undefined || after.tier === undefined || before.tier === after.tier) return [];
  // What brought the change about was decided when it began, and this may be its end.
  const why = after.lastDecision?.reasons[0] ?? decision.tier.rule;
  return [
    normal('TierChanged', `${before.tier}/${after.tier}`, `From ${before.tier} to ${after.tier}: ${why}`),
  ];
}

function transitionNews({ before, after }: EventContext): readonly PlatformEvent[] {
  const [was, is] = [before.transition, after.transition];
  const between = (transition: { from: string; to: string }) =>
    transition.from === transition.to
      ? `within ${transition.to}`
      : `from ${transition.from} to ${transition.to}`;
  // The way back is told of as what it is, and is no journey of its own.
  const back = after.rollback?.from;
  if (is !== undefined && is.to === back) return [];
  if (was !== undefined && is === undefined && was.to === back) return [];
  if (is !== undefined && was?.to !== is.to) {
    return [
      normal('TransitionStarted', `${is.from}/${is.to}/${is.since}`, `Moving ${between(is)}: ${is.message}.`),
    ];
  }
  if (was !== undefined && is === undefined && before.transition !== undefined) {
    return [normal('TransitionFinished', `${was.from}/${was.to}/${was.since}`, `Moved ${between(was)}.`)];
  }
  return [];
}

function sizeNews({ before, after }: EventContext): readonly PlatformEvent[] {
  return (after.components ?? []).flatMap(({ name, desiredReplicas, reason }) => {
    const was = before.components?.find((component) => component.name === name)?.desiredReplicas;
    if (was === undefined || was === desiredReplicas) return [];
    const message = `${name} from ${was} to ${desiredReplicas}: ${reason ?? 'as decided'}`;
    return [normal('Scaled', `${name}/${was}/${desiredReplicas}`, message)];
  });
}

/** Once for each bound that a component meets; that it grows out of it is its new size. */
function limitNews({ before, decision }: EventContext): readonly PlatformEvent[] {
  return decision.components.flatMap(({ name, limit }) => {
    const was = before.components?.find((component) => component.name === name)?.limitedBy;
    return limit === undefined || limit.by === was
      ? []
      : [warning('ScalingLimited', `${name}/${limit.by}`, `${limit.message}.`)];
  });
}

function capabilityNews({ before, after }: EventContext): readonly PlatformEvent[] {
  return (after.capabilities ?? []).flatMap(({ name, state, required, message = '' }) => {
    const was = before.capabilities?.find((capability) => capability.name === name);
    const news: PlatformEvent[] = [];
    if (required && was?.required !== true) {
      news.push(
        warning('CapabilityRequired', name, `${name} is required at the current load. ${message}`.trim()),
      );
    }
    if (state === was?.state) return news;
    if (state === 'Blocked') news.push(warning('CapabilityBlocked', name, `${name}: ${message}`));
    if (state === 'AwaitingConsent') news.push(normal('AwaitingConsent', name, `${name}: ${message}`));
    return news;
  });
}

function awaitedNews({ before, awaitingUser }: EventContext): readonly PlatformEvent[] {
  const stepOf = new Map((before.capabilities ?? []).map(({ name, step }) => [name, step]));
  return awaitingUser
    .filter(({ capability, step }) => stepOf.get(capability) !== step.name)
    .map(({ capability, step: { name, waits } }) =>
      normal('AwaitingConsent', `${capability}/${name}`, `${capability}, ${name}: ${waits}.`),
    );
}

/** Of one that failed and is waited for the stall tells. */
function hookNews({ before, after, stalls }: EventContext): readonly PlatformEvent[] {
  return (after.hooks ?? []).flatMap(({ name, job, state, message = 'its Job has failed' }) => {
    const was = before.hooks?.find((hook) => hook.name === name && hook.job === job);
    if (state === was?.state) return [];
    if (state === 'Succeeded')
      return [normal('HookSucceeded', job, `The hook ${name} is done (Job ${job}).`)];
    const isTold = stalls.some(({ reason, subject }) => reason === 'HookFailed' && subject === name);
    return state === 'Failed' && !isTold
      ? [
          warning(
            'HookFailed',
            job,
            `The hook ${name} has failed and is passed over: ${message} (Job ${job}).`,
          ),
        ]
      : [];
  });
}

/** Not known yet, or never meant to be, is no news. */
const EXPECTED = new Set<string | undefined>(['NotConfigured', 'NotYetRead', 'NotYetCompared']);

function signalNews({ before, after }: EventContext): readonly PlatformEvent[] {
  return (after.signals ?? []).flatMap(({ name, reason, message = '' }) => {
    const was = before.signals?.find((signal) => signal.name === name);
    const wasUnknown = was?.reason !== undefined && !EXPECTED.has(was.reason);
    const isUnknown = reason !== undefined && !EXPECTED.has(reason);
    if (isUnknown && was?.reason !== reason) {
      return [warning('SignalUnknown', `${name}/${reason}`, `${name} is unknown (${reason}): ${message}`)];
    }
    if (wasUnknown && reason === undefined) {
      return [normal('SignalRestored', name, `${name} is known again.`)];
    }
    return [];
  });
}

const STALL_EVENTS: Readonly<Record<Stall['reason'], EventReason>> = {
  ChildOwnedByOther: 'ChildOwnedByOther',
  WriteFailed: 'WriteFailed',
  TransitionStalled: 'TransitionStalled',
  TransitionRolledBack: 'TransitionRolledBack',
  HookFailed: 'HookFailed',
  PreflightFailed: 'PreflightFailed',
  ReplicaFailure: 'ComponentNotReady',
  ProgressDeadlineExceeded: 'ComponentNotReady',
  PodsNotReady: 'ComponentNotReady',
  RolloutPaused: 'RolloutPaused',
};

const withoutNumbers = (text: string) => text.replace(/\d+/g, '#');

function stallNews({ before, transitionState, stalls }: EventContext): readonly PlatformEvent[] {
  const was = before.conditions?.find(({ type, status }) => type === 'Stalled' && status === 'True');
  const told = withoutNumbers(was?.message ?? '');
  // Of a component whose pods are in trouble it was told when they were seen to be.
  const troubled = new Set(transitionState.wanted.flatMap(({ live }) => (live?.trouble ? [live.name] : [])));
  return stalls
    .filter(({ subject }) => !troubled.has(subject))
    .filter(({ message }) => !told.includes(withoutNumbers(message)))
    .map(({ reason, subject, message }) => warning(STALL_EVENTS[reason], subject, message));
}

/** Pods that are in trouble are told of at once, and once: what a condition or the transition said before is no news. */
function troubleNews({ before, transitionState }: EventContext): readonly PlatformEvent[] {
  const told = withoutNumbers(
    [
      before.transition?.message ?? '',
      ...(before.conditions ?? [])
        .filter(({ type }) => type !== 'CapabilitiesMet')
        .map(({ message }) => message),
    ].join('\n'),
  );
  return transitionState.wanted.flatMap(({ live }) => {
    const why = live?.trouble && whyNotReady(live);
    if (live === undefined || why === undefined) return [];
    return told.includes(withoutNumbers(why))
      ? []
      : [warning('ComponentNotReady', live.name, `${componentMessage(live, why)}.`)];
  });
}

function driverNews({ before, drivers }: EventContext): readonly PlatformEvent[] {
  const was = before.conditions?.find(({ type }) => type === 'ScalingActive');
  return drivers
    .filter(
      ({ component, by }) =>
        !(was?.reason === 'DrivenByOther' && was.message.includes(`${component} by ${by}`)),
    )
    .map(({ component, by }) =>
      warning(
        'DrivenByOther',
        `${component}/${by}`,
        `The replicas of ${component} are driven by ${by}, and left to it.`,
      ),
    );
}

function budgetNews({ before, overlaps }: EventContext): readonly PlatformEvent[] {
  const told = before.conditions?.find(({ type }) => type === 'CapabilitiesMet')?.message ?? '';
  return overlaps
    .map(capitalised)
    .filter((sentence) => !told.includes(sentence))
    .map((sentence) => warning('BudgetsOverlap', sentence, `${sentence}.`));
}

/** Nothing is wrong yet: nodes may be added, and what does not come up after all is told of as that. */
function nodeNews({ before, crowded }: EventContext): readonly PlatformEvent[] {
  const capabilities = new Map((before.capabilities ?? []).map(({ name, message }) => [name, message]));
  const told = (subject: string) =>
    (subject === 'topology' ? before.transition?.message : capabilities.get(subject)) ?? '';
  const plain = (text: string) => withoutNumbers(text).toLowerCase();
  return crowded
    .filter(({ subject, message }) => !plain(told(subject)).includes(plain(message)))
    .map(({ subject, message }) => normal('NodesLackRoom', subject, `${capitalised(message)}.`));
}

function driftNews(platform: string, drift: Drift): PlatformEvent {
  const fields = drift.paths.slice(0, 10).join(', ');
  // Another number is another sentence, and so other news.
  const subject = `${drift.kind}/${drift.name}/${fields}/${drift.scaled?.to ?? ''}`;
  const of = childKey({ kind: drift.kind, metadata: drift });
  return { ...normal('DriftRepaired', subject, driftMessage(platform, drift)), of };
}
