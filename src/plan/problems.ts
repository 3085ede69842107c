/** What keeps the platform from getting on and needs a person. The gravest first. */
import type { LivePart } from './observed.ts';
import type { Transition } from './progress.ts';
import type { Course } from './transition.ts';
import type { Snapshot } from './types.ts';

export interface Stall {
  readonly reason:
    'ChildOwnedByOther' | 'WriteFailed' | 'TransitionStalled' | 'ReplicaFailure' | 'ProgressDeadlineExceeded';
  /** What it is about; two stalls of the same reason and subject are the same news. */
  readonly subject: string;
  readonly message: string;
}

export function stalls(
  { failures = [] }: Snapshot,
  course: Course,
  transition: Transition | undefined,
): readonly Stall[] {
  return [
    ...failures.map(({ kind, name, reason, message }): Stall => ({
      reason: reason === 'ChildOwnedByOther' ? reason : 'WriteFailed',
      subject: `${kind}/${name}`,
      message:
        reason === 'ChildOwnedByOther'
          ? message
          : `${kind} ${name} could not be written (${reason}): ${message}`,
    })),
    ...(transition?.late
      ? [{ reason: 'TransitionStalled', subject: transition.step, message: transition.message } as const]
      : []),
    ...course.wanted.flatMap(({ live }) => (live === undefined ? [] : partStall(live))),
  ];
}

function partStall({ name, failure }: LivePart): readonly Stall[] {
  if (failure === undefined) return [];
  return [
    { reason: failure.reason, subject: name, message: `${name} is not getting on: ${failure.message}` },
  ];
}
