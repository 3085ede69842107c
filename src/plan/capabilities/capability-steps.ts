/** The step of a capability that is under way: since when, until when it has time, and what becomes of it then. */
import { formatDuration } from '../../api/quantity.ts';
import type { Transitions } from '../../api/schema/ladder.ts';
import type { LeadPlatformStatus } from '../../api/schema/status.ts';
import type { Step } from '../../capabilities/contract/contribution.ts';
import type { Instant } from '../../model/reading.ts';
import { failedOnceMore } from '../transition/retry.ts';
import { isoTime } from '../../text/time.ts';
import type { CapabilityReport } from '../../capabilities/contract/report.ts';

export type CapabilityStatus = NonNullable<LeadPlatformStatus['capabilities']>[number];

/** What a step of a capability is called in `status.transition`. */
export const capabilityStep = (capability: string, step: string): string => `${capability}/${step}`;

interface InProgress {
  readonly report: CapabilityReport;
  /** What stands in the status. */
  readonly previous: CapabilityStatus | undefined;
  readonly step: Step;
  /** Called for, with consent: not on its way out. */
  readonly given: boolean;
  readonly generation: number;
  readonly transitions: Transitions;
  readonly now: Instant;
}

interface OnStep {
  readonly report: CapabilityReport;
  readonly since: string;
  readonly requeueAt?: Instant;
  /** It took too long, and what was done is to go again. */
  readonly isRolledBack: boolean;
}

export function onStep({ report, previous, step, given, generation, transitions, now }: InProgress): OnStep {
  const begun = sinceOf(previous, step, now);
  const since = isoTime(begun);
  // Until it is in place, it is known how often it was not.
  const { attempts } = previous?.generation === generation ? previous : {};
  const told: CapabilityReport = {
    ...report,
    step: step.name,
    since,
    ...(given && attempts !== undefined && { attempts, generation }),
  };
  if (!given || step.onTimeout === 'wait' || step.waitsFor === 'person')
    return { report: told, since, isRolledBack: false };
  const deadline = begun + transitions.readyTimeout + transitions.minReadyTime;
  if (now < deadline) return { report: told, since, requeueAt: deadline, isRolledBack: false };
  // What has been in place is not taken back because a server, or a rolling update, takes its time.
  const mayGoBack = step.onTimeout !== 'block' && previous?.inPlaceSince === undefined;
  if (transitions.onTimeout === 'RollBack' && mayGoBack) {
    const failed = failure(told, previous, generation, step, transitions, now);
    return { report: failed, since, requeueAt: now + 1, isRolledBack: true };
  }
  const message = late(step, transitions);
  return {
    report: { ...told, state: 'Blocked', reason: 'StepTooLong', message },
    since,
    isRolledBack: false,
  };
}

function sinceOf(previous: CapabilityStatus | undefined, { name }: Step, now: Instant): Instant {
  // What was taken back begins anew.
  const goesOn = previous?.step === name && previous.retryAt === undefined;
  const since = goesOn ? Date.parse(previous.since ?? '') : NaN;
  // What claims to have begun in the future (a clock that was set back) begins now.
  return since <= now ? since : now;
}

/** Until when a capability that was taken back is left alone. A changed spec is tried at once: it may be the cure. */
export function holdOn(
  previous: CapabilityStatus | undefined,
  generation: number,
  now: Instant,
): Instant | undefined {
  if (previous?.retryAt === undefined || previous.generation !== generation) return undefined;
  const until = Date.parse(previous.retryAt);
  return now < until ? until : undefined;
}

/** What stands in the status goes on standing there for as long as it is held. */
export function rolledBack({
  state,
  reason,
  message,
  attempts,
  retryAt,
  generation,
  since,
}: CapabilityStatus) {
  return {
    state,
    reason,
    ...(message !== undefined && { message }),
    ...(attempts !== undefined && { attempts }),
    ...(retryAt !== undefined && { retryAt }),
    ...(generation !== undefined && { generation }),
    ...(since !== undefined && { since }),
  } as const;
}

function failure(
  report: CapabilityReport,
  previous: CapabilityStatus | undefined,
  generation: number,
  step: Step,
  { retryAfter, readyTimeout }: { retryAfter: number; readyTimeout: number },
  now: Instant,
) {
  const failed = failedOnceMore(previous, generation, { retryAfter }, now);
  return {
    ...report,
    state: 'Blocked',
    reason: 'RolledBack',
    message: `${late(step, { readyTimeout })} Its changes were rolled back; next attempt at ${failed.retryAt}, or when the spec changes.`,
    ...failed,
  } as const;
}

const late = ({ name, waits }: Step, { readyTimeout }: { readyTimeout: number }) =>
  `${name} takes longer than ${formatDuration(readyTimeout)}: ${waits}.`;
