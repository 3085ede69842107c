/**
 * News: what differs between the status as it was written and as it reads now, what lasts and was not told yet, and what had
 * drifted. States, reasons and names are compared, never sentences.
 */
import type { LeadPlatformStatus } from '../../api/schema/status.ts';
import type { Decision } from '../../model/decision.ts';
import type { InProgress } from '../capabilities/stages.ts';
import type { Stall } from './stall.ts';
import { driftMessage } from '../writes/drift.ts';
import { childKey } from '../../kube/object.ts';
import type { PlatformEvent } from '../types.ts';
import type { Drift } from '../writes/writes.ts';
import { normal, warning } from './event.ts';

interface EventContext {
  /** The name of the platform. */
  readonly platform: string;
  readonly before: LeadPlatformStatus;
  readonly after: LeadPlatformStatus;
  readonly decision: Decision;
  readonly stalls: readonly Stall[];
  /** Steps of capabilities that wait for a person. */
  readonly awaitingUser: readonly InProgress[];
  readonly drift: readonly Drift[];
  /** Of what lasts, that which was not told before. */
  readonly lasting: readonly PlatformEvent[];
  /** Whether anything may be changed; otherwise a new size is advice, and no news of the cluster. */
  readonly acts: boolean;
}

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
    ...context.lasting,
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

function driftNews(platform: string, drift: Drift): PlatformEvent {
  const fields = drift.paths.slice(0, 10).join(', ');
  // Another number is another sentence, and so other news.
  const subject = `${drift.kind}/${drift.name}/${fields}/${drift.scaled?.to ?? ''}`;
  const of = childKey({ kind: drift.kind, metadata: drift });
  return { ...normal('DriftRepaired', subject, driftMessage(platform, drift)), of };
}
