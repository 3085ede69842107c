/**
 * The need of a queue, look by look: the workers that the jobs that come take, whatever waits. What it was all the while, in time that
 * was seen, may raise the platform; what lasted is remembered for a descent.
 */
import { own } from '../api/own.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import type { NeedSlot, QueueNeed, Workers } from '../model/need.ts';
import type { Instant } from '../model/reading.ts';
import type { Tier } from './ladder.ts';

/** Slots of `recent`. */
const RECENT_SLOTS = 12;
/** A need that is less than the last one is remembered once such a share of the look-back has gone by. */
const LASTED_SHARE = 1 / 16;
/** As many are remembered at the most. */
export const MOST_LASTED = 18;
/** Of `health.sustainedFor`: what was needed for so long says how far up the platform goes, and keeps it there. */
export const LASTING_SHARE = 0.5;

/** How far back a descent looks at needs: what comes once a week is to be seen again by a look-back of a week. */
export const needLookback = ({ demote: { lookback } }: LeadPlatformSpec['scaling']): number =>
  Math.ceil((lookback * 8) / 7);

/** Times of needs are kept this coarse, else a need that goes on would be another text, and a write, at each hour. */
export const keptStep = (scaling: LeadPlatformSpec['scaling']): number =>
  Math.max(1, Math.floor(needLookback(scaling) * LASTED_SHARE));

/** What tiers allow of a need. */
export interface NeedOfTiers {
  /** How many of the workers that are needed a tier allows. */
  readonly granted: (tier: Tier, workers: Workers) => number;
  /** Whether a component that needs more than its tier allows has all of that, ready. */
  readonly isAtBound: (tier: Tier, workers: Workers) => boolean;
  /** A look that is older, in milliseconds, tells nothing of now. */
  readonly gap: number;
}

export interface NeedLook {
  readonly workers: number;
  readonly at: Instant;
  /** Nothing is known of the time between two looks that are further apart. */
  readonly gap: number;
}

/** A rate is counted in intervals of 15 s: looks that are closer to one another tell nothing new. */
const CLOSE_MS = 5_000;

export function isTooSoon(
  { at: before }: QueueNeed,
  at: Instant,
  { health }: LeadPlatformSpec['scaling'],
): boolean {
  return at >= before && at - before < Math.min(CLOSE_MS, health.sustainedFor / (10 * RECENT_SLOTS));
}

/** One more look at the need of a queue. */
export function observeNeed(
  before: QueueNeed | undefined,
  { workers, at, gap }: NeedLook,
  scaling: LeadPlatformSpec['scaling'],
): QueueNeed {
  const { sustainedFor } = scaling.health;
  const elapsed = before === undefined ? Infinity : at - before.at;
  // Either way: what was seen earlier than a long silence, or in the future of a clock that was set back, is over.
  const isBroken = Math.abs(elapsed) > Math.max(sustainedFor, gap);
  if (before !== undefined && elapsed <= 0 && !isBroken) return before;
  const known = elapsed > 0 && elapsed <= gap ? elapsed : 0;
  const earlier = before === undefined || isBroken ? [] : before.recent;
  const recent = withSlot(earlier, { ms: known, least: workers }, sustainedFor / RECENT_SLOTS);
  const lasting = leastOver(recent, sustainedFor * LASTING_SHARE);
  return { at, recent, lasted: withLasted(before?.lasted ?? [], lasting, at, needLookback(scaling)) };
}

function withSlot(recent: readonly NeedSlot[], slot: NeedSlot, length: number): readonly NeedSlot[] {
  const last = recent.at(-1);
  if (last === undefined || last.ms >= length) return [...recent.slice(-RECENT_SLOTS), slot];
  return [...recent.slice(0, -1), { ms: last.ms + slot.ms, least: Math.min(last.least, slot.least) }];
}

/** The fewest workers that the last `ms` of known time needed; 0 where less is known. */
export function leastOver(recent: readonly NeedSlot[], ms: number): number {
  let least = Infinity;
  let known = 0;
  for (let index = recent.length - 1; index >= 0; index -= 1) {
    const slot = recent[index]!;
    least = Math.min(least, slot.least);
    known += slot.ms;
    if (known >= ms) return least;
  }
  return 0;
}

function withLasted(
  lasted: QueueNeed['lasted'],
  workers: number,
  at: Instant,
  span: number,
): QueueNeed['lasted'] {
  const last = lasted.at(-1);
  const isKept = ({ at: then }: { readonly at: Instant }) => then > at - span && then <= at;
  const isLess = last !== undefined && workers < last.workers && at - last.at < span * LASTED_SHARE;
  if (isLess && isKept(lasted[0]!) && isKept(last)) return lasted;
  const kept = lasted.filter((one) => isKept(one) && one.workers > workers);
  return workers > 0 ? [...kept, { at, workers }].slice(-MOST_LASTED) : kept;
}

/** Of each queue the larger of two needs. */
export function mostOf(one: Workers, other: Workers): Workers {
  const most: Record<string, number> = { ...one };
  for (const queue in other) most[queue] = Math.max(own(most, queue) ?? 0, other[queue]!);
  return most;
}
