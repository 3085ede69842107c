/** What a policy may look at. */

export const SIGNALS = ['queues', 'leads-per-minute', 'leads-per-day'] as const;
/** What a policy may not be able to read, or read wrongly: the depth of queues, or how many leads come. */
export type Signal = (typeof SIGNALS)[number];

/** What is read of leads in place of how many come. */
export type LeadLies = Partial<Readonly<Record<'leads-per-minute' | 'leads-per-day', number | 'frozen'>>>;

/** What the stores and the API server tell at one moment. No policy sees a completion, a service time or a rate. */
export interface View {
  /** Seconds since the trace began. */
  readonly now: number;
  /** Jobs that wait. */
  readonly ready: number;
  /** Jobs that a Pod works on. */
  readonly inFlight: number;
  /** Seconds that the first job in line has waited; 0 where none waits. */
  readonly oldestAgeSeconds: number;
  /** Seconds since the last job was picked up, or since it came where none was; 0 where none waits. */
  readonly firstForSeconds: number;
  /** Jobs that have ever come. */
  readonly arrived: number;
  /** Pods that were asked for last. */
  readonly wanted: number;
  /** Pods that are ready. */
  readonly readyPods: number;
  /** What cannot be read now; its figures above are not to be looked at. */
  readonly silent: readonly Signal[];
  /** What is read of leads in place of how many have come. */
  readonly lies?: LeadLies;
}
