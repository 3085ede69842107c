/** How soon a change of a queue is seen, and how long a look at it is a ground to decide on. */
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import type { Instant } from '../model/reading.ts';

/** From a look at a queue until the replicas are written. */
const PASS_S = 1;
const QUEUE_INTERVAL_MS = 1_000;
const OLD_MS = 15_000;

/** Milliseconds between two looks at a queue; those of the default source where the spec names none. */
function queueIntervalOf({ signals: { queueDepth } }: LeadPlatformSpec): number {
  let slowest = 0;
  for (const source of Object.values(queueDepth)) slowest = Math.max(slowest, source?.interval ?? 0);
  return slowest || QUEUE_INTERVAL_MS;
}

/** Seconds after which a change of a queue is seen at the latest. */
export const detectionSecondsOf = (spec: LeadPlatformSpec): number => queueIntervalOf(spec) / 1_000 + PASS_S;

/**
 * When the look after the one at `at` is there, and a fifth of an interval later again where it is late. A look that says the same as
 * the one before is no reason for a pass, so a decision that waits for it asks for one.
 */
export function nextLookAt(spec: LeadPlatformSpec, at: Instant, now: Instant): Instant {
  const interval = queueIntervalOf(spec);
  const answered = Math.min(interval / 5, PASS_S * 1_000);
  return Math.max(at + interval, now) + answered;
}

/** Whether a look is from so long ago that nobody knows what came since: more than 15 s over the time of its detection. */
export const isOldLook = (at: Instant, detectionSeconds: number, now: Instant): boolean =>
  now - at > OLD_MS + detectionSeconds * 1_000;

/** The same in milliseconds: nothing is known of the time between two looks that are further apart. */
export const lookGapOf = (spec: LeadPlatformSpec): number => OLD_MS + detectionSecondsOf(spec) * 1_000;
