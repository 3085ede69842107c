/** The last of one signal: what was read, and what went wrong since. */
import { isKnown, unknown, type Instant, type Known, type Reading, type Unknown } from '../model/reading.ts';
import type { ConnectionsReading, QueueReading } from '../model/readings.ts';

export type SignalValue = number | ConnectionsReading | QueueReading;

export interface LastReading {
  readonly last?: Known<SignalValue> | undefined;
  /** What the last poll said instead of a value. */
  readonly failure?: Unknown | undefined;
  /** Milliseconds for which a value holds: see `believedFor`. */
  readonly holds: number;
}

/** The slot after a poll. A value that stopped to arrive stays, with the time at which it was read. */
export function received(slot: LastReading, reading: Reading<SignalValue>): LastReading {
  return isKnown(reading)
    ? { holds: slot.holds, last: reading }
    : { holds: slot.holds, last: slot.last, failure: reading };
}

/**
 * What is known at `now`:
 *
 * | last value         | last poll failed | reading                         |
 * |--------------------|------------------|---------------------------------|
 * | young              | either           | the value, with its own time    |
 * | too old            | yes              | the reason of the failure       |
 * | too old            | no               | Stale                           |
 * | none               | yes              | the reason of the failure       |
 * | none               | no               | NotYetRead                      |
 */
export function readingAt({ last, failure, holds }: LastReading, now: Instant): Reading<SignalValue> {
  if (last !== undefined && now - last.at <= holds) return last;
  if (failure !== undefined) return failure;
  if (last === undefined) return unknown('NotYetRead', 'the source has not answered yet');
  return unknown('Stale', `the last value is from ${new Date(last.at).toISOString()}, which is too old`);
}

/** From when on the value no longer counts; `undefined` when there is none. */
export function staleAt({ last, holds }: LastReading): Instant | undefined {
  return last === undefined ? undefined : last.at + holds;
}

/** An age that grows with the clock is no news every second: it counts when it moved by this share, or seconds. */
const AGE_MOVED = { share: 0.1, seconds: 5 };

/** Whether a decision on `before` has to be made again on `after`. The time of a value alone is no reason. */
export function isMaterial(before: Reading<SignalValue> | undefined, after: Reading<SignalValue>): boolean {
  if (before === undefined) return true;
  if (isConfirmedZero(before, after)) return false;
  if (!isKnown(before) || !isKnown(after)) {
    // A stale value's sentence has its time in it; the reasons are fixed words.
    return isKnown(before) || isKnown(after) || before.unknown !== after.unknown;
  }
  return isOtherValue(before.value, after.value);
}

/**
 * A first zero that the next look confirms. Nothing more is wanted for it, and what is less waits for its window: the next
 * pass by the clock is soon enough. Of a thousand quiet platforms that start, each would be decided on once more.
 */
function isConfirmedZero(before: Reading<SignalValue>, after: Reading<SignalValue>): boolean {
  return !isKnown(before) && before.unknown === 'NotYetCompared' && isKnown(after) && after.value === 0;
}

function isOtherValue(before: SignalValue, after: SignalValue): boolean {
  if (typeof before === 'number' || typeof after === 'number') return before !== after;
  if ('used' in before || 'used' in after) {
    return !('used' in before && 'used' in after && sameFields(before, after, ['used', 'allowed']));
  }
  if (!sameFields(before, after, ['ready', 'inFlight', 'delayed', 'retryAfterSeconds'])) return true;
  const [was, is] = [before.oldestAgeSeconds, after.oldestAgeSeconds];
  if (was === undefined || is === undefined) return was !== is;
  return Math.abs(is - was) >= Math.max(AGE_MOVED.seconds, AGE_MOVED.share * was);
}

function sameFields<T>(a: T, b: T, fields: readonly (keyof T)[]): boolean {
  return fields.every((field) => a[field] === b[field]);
}
