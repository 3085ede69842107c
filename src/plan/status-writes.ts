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

const NUMBERS_EVERY_MS = 300_000;

/**
 * Fields that hold a time and nothing else. Not `since`, of a step: it moves with the step, or where a clock was set back,
 * and what is measured from it would never be over if it were not written.
 */
const TIMES = new Set(['at', 'tierSince', 'lastTransitionTime']);
/** Fields whose value moves with the load. */
const NUMBERS = new Set(['leadsPerDay', 'queueDepth', 'value', 'wantedReplicas']);
/** Fields that are sentences for people. */
const SENTENCES = new Set(['message', 'reason', 'reasons', 'clamps', 'gate']);

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
  if (!same(previous, next, { numbers: false })) return true;
  if (same(previous, next, { numbers: true })) return false;
  // Either way: a clock that was set back keeps nobody waiting for as long as it was.
  return Math.abs(now - (lastWrittenAt ?? newestTime(previous))) >= NUMBERS_EVERY_MS;
}

/** Whether both say the same, whatever the order of fields; times never count, numbers on demand. */
function same(a: unknown, b: unknown, counts: { readonly numbers: boolean }, field = ''): boolean {
  if (a === b || TIMES.has(field)) return true;
  if (typeof a === 'string' && typeof b === 'string') {
    return !counts.numbers && SENTENCES.has(field) && withoutNumbers(a) === withoutNumbers(b);
  }
  // That a value is known is more than a number.
  if (!counts.numbers && NUMBERS.has(field)) return typeof a === typeof b;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => same(item, b[index], counts, field));
  }
  if (!isObject(a) || !isObject(b)) return false;
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) =>
    same(a[key], b[key], counts, key),
  );
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `12,000 leads in 1h30m` and `9 leads in 45s` are the same words. */
function withoutNumbers(sentence: string): string {
  return sentence.replace(/\d[\w.,:%µ]*( ?(?:kB|MB|GB|TB|B|%))?/g, '#');
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
