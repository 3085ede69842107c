/**
 * Whether a status is worth a write. What a person would act on is written at once; numbers that move by themselves at
 * most every five minutes; times that pass, never.
 *
 * | what differs                                                            | written                  |
 * |-------------------------------------------------------------------------|--------------------------|
 * | rung, replicas, a band, a state, a reason, a condition, a step, a word  | at once                  |
 * | values, numbers inside of sentences                                     | 5 minutes after the last |
 * | only times                                                              | never                    |
 */
import type { LeadPlatformStatus } from '../api/schema/status.ts';
import type { Instant } from '../signals/reading.ts';
import { shortHash } from './hash.ts';

export const NUMBERS_EVERY_MS = 300_000;

/** Fields that hold a time and nothing else. */
const TIMES = new Set(['at', 'since', 'tierSince', 'lastTransitionTime']);
/** Fields whose value moves with the load. */
const NUMBERS = new Set(['leadsPerDay', 'queueDepth', 'value']);
/** Fields that are sentences for people. */
const SENTENCES = new Set(['message', 'reason', 'reasons', 'clamps']);

/**
 * `lastWrittenAt`: when this process wrote it; undefined after a restart, when the newest time inside the written status
 * stands in for it.
 */
export function statusNeedsWrite(
  previous: LeadPlatformStatus,
  next: LeadPlatformStatus,
  lastWrittenAt: Instant | undefined,
  now: Instant,
): boolean {
  if (shortHash(without(previous, true)) !== shortHash(without(next, true))) return true;
  if (shortHash(without(previous, false)) === shortHash(without(next, false))) return false;
  return now - (lastWrittenAt ?? newestTime(previous)) >= NUMBERS_EVERY_MS;
}

/** A status without its times and, on demand, without its numbers. */
function without(value: unknown, numbers: boolean, field = ''): unknown {
  if (typeof value === 'string') return numbers && SENTENCES.has(field) ? withoutNumbers(value) : value;
  if (Array.isArray(value)) return value.map((item) => without(item, numbers, field));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !TIMES.has(key))
      .map(([key, inner]) => [
        key,
        // That a value is known is no number.
        numbers && NUMBERS.has(key) ? inner !== undefined : without(inner, numbers, key),
      ]),
  );
}

/** `12,000 leads in 1h30m` and `9 leads in 45s` are the same words. */
function withoutNumbers(sentence: string): string {
  return sentence.replace(/[\d][\w.,:%µ]*( ?(?:kB|MB|GB|TB|B|%))?/g, '#');
}

function newestTime(status: LeadPlatformStatus): Instant {
  const times = [
    ...(status.signals ?? []).map(({ at }) => at),
    ...(status.conditions ?? []).map(({ lastTransitionTime }) => lastTransitionTime),
    status.lastDecision?.at,
    status.transition?.since,
    status.tierSince,
  ];
  return Math.max(0, ...times.map((time) => (time === undefined ? 0 : Date.parse(time) || 0)));
}
