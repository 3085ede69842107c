/** Who says how many Pods there are to be, and what it may look at. */

import type { Signal } from './faults.ts';

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
  /** Jobs that have ever come. */
  readonly arrived: number;
  /** Pods that were asked for last. */
  readonly wanted: number;
  /** Pods that are ready. */
  readonly readyPods: number;
  /** What cannot be read now; its figures above are not to be looked at. */
  readonly silent: readonly Signal[];
}

export interface Policy {
  readonly name: string;
  /** What it was set to, for the reader of the result. */
  readonly settings: Readonly<Record<string, number | string>>;
  /** Seconds between two looks. */
  readonly interval: number;
  /** How many Pods there are to be from now on. */
  next(view: View): number;
}
