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
  /** What it is about; two stalls of the same reason and subject are the same news. */
  readonly subject: string;
  readonly message: string;
}
