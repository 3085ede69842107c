/** What keeps the platform from getting on and needs a person. The gravest first. */
import type { Instant } from '../../model/reading.ts';
import { causeOf, type LiveComponent, type Observed, whyNotReady } from '../../cluster/observed.ts';
import type { Transition } from '../transition/progress.ts';
import { isPassed } from '../transition/hooks.ts';
import type { HookGate } from '../transition/hook-gate.ts';
import { pausedRollouts } from './paused-rollouts.ts';
import type { Stall } from './stall.ts';
import { type Rollback, rollbackMessage } from '../transition/rollback.ts';
import { isoTime } from '../../text/time.ts';
import type { TransitionState } from '../../transition/transition.ts';
import type { WriteFailure } from '../../cluster/snapshot.ts';

/** Pods that have been in trouble for this long need a person. A registry that hiccups, or a first crash, does not. */
const TROUBLE_MS = 60_000;

export function stalls(
  observed: Observed,
  transitionState: TransitionState,
  transition: Transition | undefined,
  rollback: Rollback | undefined,
  hookGate: HookGate | undefined,
  short: string | undefined,
): readonly Stall[] {
  const { now } = observed;
  const { failures } = observed.snapshot;
  return [
    ...refusedWrites(inOrder(failures)),
    ...(rollback === undefined
      ? []
      : [
          {
            reason: 'TransitionRolledBack',
            subject: `${rollback.from}/${rollback.to}`,
            message: rollbackMessage(rollback),
          } as const,
        ]),
    ...(transition?.late && rollback === undefined
      ? [{ reason: 'TransitionStalled', subject: transition.step, message: transition.message } as const]
      : []),
    ...(short === undefined
      ? []
      : [
          {
            reason: 'PreflightFailed',
            subject: 'topology',
            message: `the transition is not begun: ${short}`,
          } as const,
        ]),
    ...(hookGate?.runs ?? [])
      .filter((run) => run.due && run.state === 'Failed' && !isPassed(run))
      .map(({ hook, job, message = 'its Job has failed', retryAt }): Stall => {
        const again = retryAt === undefined ? '' : ` at ${isoTime(retryAt)}`;
        return {
          reason: 'HookFailed',
          subject: hook.name,
          cause: job,
          message: `the hook ${hook.name} has failed (${message}; see the Job ${job}), and no tier is changed; next attempt${again}, or when the spec changes`,
        };
      }),
    ...transitionState.wanted.flatMap(({ live }) => (live === undefined ? [] : componentStall(live, now))),
    ...pausedRollouts(observed),
  ];
}

/** What is refused for the same reason is one sentence: a webhook that is down refuses every child. */
function refusedWrites(failures: readonly WriteFailure[]): readonly Stall[] {
  const alike = Map.groupBy(failures, ({ reason, message }) => `${reason}: ${message}`);
  return [...alike.values()].flatMap((group): readonly Stall[] => {
    const [first] = group;
    if (first === undefined) return [];
    const { kind, name, reason, message } = first;
    const subject = `${kind}/${name}`;
    if (reason === 'ChildOwnedByOther') return [{ reason, subject, message }];
    const children = group.map((one) => `${one.kind} ${one.name}`).join(', ');
    return [
      {
        reason: 'WriteFailed',
        subject,
        cause: reason,
        message: `${children} could not be written (${reason}): ${message}`,
      },
    ];
  });
}

/**
 * Names that are taken first, then by name. Refused writes are tried again each at its own time, and in the order in which
 * they were refused last the same three would be another sentence at every try.
 */
function inOrder(failures: readonly WriteFailure[]): readonly WriteFailure[] {
  const rank = ({ reason, kind, name }: WriteFailure) =>
    `${reason === 'ChildOwnedByOther' ? 0 : 1} ${kind}/${name}`;
  return failures.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1));
}

function componentStall(live: LiveComponent, now: Instant): readonly Stall[] {
  const { name, failure, trouble } = live;
  const lasts = trouble !== undefined && now - trouble.since >= TROUBLE_MS;
  if (failure === undefined && !lasts) return [];
  return [
    {
      reason: failure?.reason ?? 'PodsNotReady',
      subject: name,
      cause: causeOf(live),
      message: componentMessage(live, whyNotReady(live)),
    },
  ];
}

/** What is wrong with a component, and that it serves nonetheless where it does. */
export function componentMessage({ name, ready, updated, exists }: LiveComponent, why = ''): string {
  const serves = ready > 0 && updated < exists ? '; replicas of the previous template keep serving' : '';
  return `${name} does not progress: ${why}${serves}`;
}
