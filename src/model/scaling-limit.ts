/** What keeps a component from the replicas that its signals ask for. */

/** What can keep a component from the replicas that it asks for. Fixed words, for programs. */
export type LimitReason =
  | 'TierMaximum'
  | 'ReplicasMaximum'
  | 'ScheduleMaximum'
  | 'TierWorkersMaximum'
  | 'ViciBudget'
  | 'DatabaseConnections'
  | 'WorkersStalled'
  | 'Pinned';

export interface ScalingLimit {
  /** The bound that holds it lowest. */
  readonly by: LimitReason;
  /** Replicas that the signals or a schedule ask for: the number that would do. */
  readonly wanted: number;
  /** A sentence without its end: what is asked for and why, what is in the way, and what to set. */
  readonly message: string;
}
