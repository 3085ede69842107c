/**
 * What readings are held against: what was seen before, and what another source tells of the same flow. Leads make jobs, so leads/minute
 * and the depth of a queue bear witness of each other.
 */
import type { Instant, Unknown } from './reading.ts';

/** How many leads come, by the counts of leads/minute that were believed. */
export interface LeadFlow {
  /** Of the last count. */
  readonly at: Instant;
  /** Leads a second, over some minutes, and in the last one. */
  readonly rate: number;
  readonly recent: number;
  /** The most that one count had, in leads a minute; halved with each day. */
  readonly most: number;
  /** Counts that are beyond anything seen, and that nothing has borne out yet: since when, and the last one. */
  readonly jump?: { readonly since: Instant; readonly at: Instant; readonly value: number };
}

/** Counts of leads/day. */
export interface DayCounts {
  /** The last one, believed or not. */
  readonly at: Instant;
  readonly last: number;
  /** The lower of the last two; 0 where there was only one. */
  readonly agreed: number;
  /** The last one that was believed. */
  readonly believed: number;
  readonly believedAt: Instant;
}

/** More jobs at once than were ever seen, and what became of it. */
export interface QueueJump {
  readonly since: Instant;
  /** Jobs that were told first, those that waited before, and for how long the first of these had, in seconds. */
  readonly jobs: number;
  readonly waitedBefore: number;
  readonly ageBefore: number;
  /** Jobs that the workers can have taken since, and how many workers there were then. */
  readonly taken: number;
  readonly workers: number;
}

/** A queue that is not known, or not believed. */
export interface UnknownQueue {
  readonly since: Instant;
  /** Workers that there were when it was last known. */
  readonly workers: number;
  /** Jobs that wait, by those that leads make and those that workers take, until the last count of leads. */
  readonly waiting: number;
  readonly at: Instant;
}

/** What the looks at one queue are held against. */
export interface QueueWitness {
  /** The last look, believed or not. */
  readonly at: Instant;
  readonly ready: number;
  readonly inFlight: number;
  readonly delayed: number;
  /** Seconds that the first in line had waited; 0 where none waits, or nobody tells. */
  readonly age: number;
  /** Of the looks of late, how many told the same as the one before: a share from 0 to 1. */
  readonly repeats: number;
  /** How improbable it is that the looks told the same for as long as they do, in nats: 7 is one in a thousand. */
  readonly sameness: number;
  /** The most jobs that were believed; halved with each day. */
  readonly most: number;
  readonly jump?: QueueJump | undefined;
  /** Why the last look is not believed. */
  readonly doubt?: Unknown | undefined;
  /** Absent while it is known. */
  readonly unknown?: UnknownQueue | undefined;
  /** Worker-seconds that went into this queue and leads that came meanwhile, over an hour or so; and until when. */
  readonly work: number;
  readonly leads: number;
  readonly countedAt: Instant;
}
