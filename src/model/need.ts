/** What the jobs that come to one queue need. Data only. */
import type { Instant } from './reading.ts';

/** Workers by the name of their queue; fractions count. */
export type Workers = Readonly<Record<string, number>>;

/** The fewest workers that were needed during so much known time. */
export interface NeedSlot {
  readonly ms: number;
  readonly least: number;
}

export interface QueueNeed {
  /** The last look that told. */
  readonly at: Instant;
  /** Oldest first, over `scaling.health.sustainedFor`. Time in which nothing was known is in none of them; none while others size it. */
  readonly recent: readonly NeedSlot[];
  /**
   * What lasted for half of that, over the look-back of a descent: oldest first, and each less than the one before, for an older
   * need that was less says nothing more.
   */
  readonly lasted: readonly { readonly at: Instant; readonly workers: number }[];
}

/** A need that would have raised the platform while no window was open. */
export interface DueNeed {
  /** It is remembered until the window that opens then is over. */
  readonly opens: Instant;
  readonly workers: Workers;
}
