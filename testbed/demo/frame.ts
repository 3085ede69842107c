/** What the demo shows at one moment, however it is shown. */
import type { Look } from './look.ts';

export interface TierLine {
  readonly name: string;
  /** Leads/day from which it holds. */
  readonly from: number;
}

export interface QueueLine {
  readonly name: string;
  /** As the operator reads it; absent when it cannot. */
  readonly depth?: number | undefined;
  /** Simulated workers, which are the Ready replicas. */
  readonly workers: number;
  readonly done: number;
}

/** Both as places on the ladder, 0 the lowest. */
export interface TrendPoint {
  readonly day: number;
  readonly load: number;
  readonly tier: number;
}

/** Something that happened, on the day on which it was seen. */
export interface Note {
  readonly day: number;
  readonly text: string;
}

export interface Frame {
  readonly day: number;
  /** Days of the whole replay. */
  readonly days: number;
  readonly dayMs: number;
  readonly elapsedMs: number;
  readonly look: Look;
  readonly ladder: readonly TierLine[];
  /** Capabilities that the load requires though their tier is not reached. */
  readonly requiredAhead: readonly string[];
  readonly queues: readonly QueueLine[];
  readonly trend: readonly TrendPoint[];
  /** Latest last. */
  readonly notes: readonly Note[];
}

/** The place on the ladder that a load belongs to, 0 the lowest. */
export function placeOf(ladder: readonly TierLine[], leadsPerDay: number): number {
  return Math.max(
    0,
    ladder.findLastIndex(({ from }) => leadsPerDay >= from),
  );
}

/** `1,234,567` */
export const count = (value: number): string => Math.round(value).toLocaleString('en-US');

/** `3:07` */
export function clock(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
