/** Something that keeps the platform from getting on and needs a person. */
export interface Stall {
  readonly reason:
    | 'ChildOwnedByOther'
    | 'WriteFailed'
    | 'TransitionStalled'
    | 'TransitionRolledBack'
    | 'HookFailed'
    | 'PreflightFailed'
    | 'ReplicaFailure'
    | 'ProgressDeadlineExceeded'
    | 'PodsNotReady'
    | 'RolloutPaused';
  /** What it is about. */
  readonly subject: string;
  /** Which of several things that can be wrong with the same subject. Two of the same reason, subject and cause are the same news. */
  readonly cause?: string | undefined;
  readonly message: string;
}
