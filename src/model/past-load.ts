import type { Instant } from './reading.ts';

/** A value of the trailing day at some instant of the past, to fill the history after a restart. */
export interface PastLoad {
  readonly at: Instant;
  readonly leadsPerDay: number;
}
