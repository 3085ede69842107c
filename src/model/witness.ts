/**
 * What readings are held against: what was seen before, and what another source tells of the same flow. Leads make jobs, so leads/minute
 * and the depth of a queue bear witness of each other.
 */
import type { Instant, Known, Unknown } from './reading.ts';
import type { QueueReading } from './readings.ts';

/** How many leads come, by the counts of leads/minute that were believed. */
export interface LeadFlow {
  /** Of the last count. */
  readonly at: Instant;
  /** Leads a second, over some minutes, and in the last one. */
  readonly rate: number;
  readonly recent: number;
  /** The most that one count had, in leads a minute; halved with each day. */
  readonly most: number;
  /** The last count that is beyond anything seen, and that no queue has borne out yet. */
  readonly jump?: {
    readonly at: Instant;
    readonly value: number;
    /** It was the first one. */
    readonly isPutOff: boolean;
  };
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

/** A queue that is not known, or not believed. */
export interface UnknownQueue {
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
  /** Seconds that the first in line had waited; undefined where nobody tells. */
  readonly age?: number | undefined;
  /** Of the looks of late, how many told the same as the one before: a share from 0 to 1. */
  readonly repeats: number;
  /** How improbable it is that the looks told the same for as long as they do, in nats: 7 is one in a thousand. */
  readonly sameness: number;
  /** The most jobs that were believed; halved with each day. */
  readonly most: number;
  /** A look at more jobs than were ever seen, which waits for another one; and one that this look has borne out. */
  readonly jump?: Known<QueueReading> | undefined;
  readonly borneOut?: Known<QueueReading> | undefined;
  /** Why the last look is not believed. */
  readonly doubt?: Unknown | undefined;
  /** Absent while it is known. */
  readonly unknown?: UnknownQueue | undefined;
  /** Workers before the first of some doubts that follow one another, and when the last of them was. */
  readonly series?: { readonly workers: number; readonly last: Instant } | undefined;
  /** Since when leads have contradicted that it is empty, again and again, and when they did last. */
  readonly contradicted?: { readonly since: Instant; readonly last: Instant } | undefined;
  /** Worker-seconds that went into this queue and leads that came meanwhile, over an hour or so; and until when. */
  readonly work: number;
  readonly leads: number;
  readonly countedAt: Instant;
}
