/**
 * What is so for a while and is told once: what needs a person, pods that do not come up, autoscalers and budgets of others,
 * nodes without room. That it was told stands in `status.notified`, as the key of the Event: for as long as it holds, whatever
 * the sentence is by now.
 *
 * | in `status.notified` | holds now | Event | in the next `status.notified` |
 * |----------------------|-----------|-------|-------------------------------|
 * | no                   | yes       | yes   | yes                           |
 * | yes                  | yes       | no    | yes                           |
 * | yes                  | no        | no    | no                            |
 * | there is no list     | yes       | no    | yes                           |
 *
 * There is no list in a status that a version before it has written: that version has told what holds now.
 */
import { type LeadPlatformStatus, MOST_NOTIFIED } from '../../api/schema/status.ts';
import type { Overlap } from '../../cluster/budgets.ts';
import { causeOf, whyNotReady } from '../../cluster/observed.ts';
import { capitalised } from '../../text/words.ts';
import type { TransitionState } from '../../transition/transition.ts';
import type { PlatformEvent } from '../types.ts';
import type { EventReason } from './event-reasons.ts';
import { normal, warning } from './event.ts';
import { componentMessage } from './problems.ts';
import type { Stall } from './stall.ts';

interface LastingContext {
  readonly transitionState: TransitionState;
  readonly stalls: readonly Stall[];
  readonly drivers: readonly { readonly component: string; readonly by: string }[];
  readonly overlaps: readonly Overlap[];
  /** What no node has room for, of the new side or of a capability. */
  readonly crowded: readonly { readonly subject: string; readonly message: string }[];
}

/** Everything of that kind that holds now, told or not; the gravest first. */
export function lastingNews(context: LastingContext): readonly PlatformEvent[] {
  return [
    ...stallNews(context),
    ...troubleNews(context),
    ...driverNews(context),
    ...budgetNews(context),
    ...nodeNews(context),
  ];
}

interface ToldOnce {
  /** What was not told before. */
  readonly events: readonly PlatformEvent[];
  /** What has been told once these are. */
  readonly notified: readonly string[];
}

/** @param before The status as it was last written. */
export function toldOnce(before: LeadPlatformStatus, lasting: readonly PlatformEvent[]): ToldOnce {
  // What finds no place in the list is not told: it would be told at every pass.
  const notified = [...new Set(lasting.map(({ key }) => key))].slice(0, MOST_NOTIFIED);
  const known = notifiedIn(before);
  if (known === undefined) return { events: [], notified };
  const isNews = new Set(notified.filter((key) => !known.includes(key)));
  return { events: lasting.filter(({ key }) => isNews.delete(key)), notified };
}

/** What has been told; undefined where a version of the operator has written the status that kept no list. */
export function notifiedIn({
  notified,
  observedGeneration,
}: LeadPlatformStatus): readonly string[] | undefined {
  // Nothing was told of a platform that was never looked at.
  return notified ?? (observedGeneration === undefined ? [] : undefined);
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

function stallNews({ transitionState, stalls }: LastingContext): readonly PlatformEvent[] {
  // Of a component whose pods are in trouble it is told when they are seen to be.
  const troubled = new Set(transitionState.wanted.flatMap(({ live }) => (live?.trouble ? [live.name] : [])));
  return stalls
    .filter(({ subject }) => !troubled.has(subject))
    .map(({ reason, subject, cause, message }) =>
      warning(STALL_EVENTS[reason], about(subject, cause), message),
    );
}

/** Pods that are in trouble are told of at once, and not only when it has lasted. */
function troubleNews({ transitionState }: LastingContext): readonly PlatformEvent[] {
  return transitionState.wanted.flatMap(({ live }) =>
    live?.trouble === undefined
      ? []
      : [
          warning(
            'ComponentNotReady',
            about(live.name, causeOf(live)),
            `${componentMessage(live, whyNotReady(live))}.`,
          ),
        ],
  );
}

const about = (subject: string, cause: string | undefined): string =>
  cause === undefined ? subject : `${subject}/${cause}`;

function driverNews({ drivers }: LastingContext): readonly PlatformEvent[] {
  return drivers.map(({ component, by }) =>
    warning(
      'DrivenByOther',
      `${component}/${by}`,
      `The replicas of ${component} are driven by ${by}, and left to it.`,
    ),
  );
}

function budgetNews({ overlaps }: LastingContext): readonly PlatformEvent[] {
  return overlaps.map(({ budgets, message }) =>
    warning('BudgetsOverlap', budgets.join(), `${capitalised(message)}.`),
  );
}

/** Nothing is wrong yet: nodes may be added, and what does not come up after all is told of as that. */
function nodeNews({ crowded }: LastingContext): readonly PlatformEvent[] {
  return crowded.map(({ subject, message }) => normal('NodesLackRoom', subject, `${capitalised(message)}.`));
}
