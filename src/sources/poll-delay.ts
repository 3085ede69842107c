/** When a source is polled next. */
import { jitteredMs, nominalWaitMs } from '../model/backoff.ts';
import type { UnknownReason } from '../model/reading.ts';
import type { Observation } from './port.ts';

/** A minute is the longest that a signal of seconds may be late once its source is back. */
const LONGEST_RETRY_MS = 60_000;
/** Nor is a source that is asked every quarter of an hour left alone as long when the first try failed. */
const FIRST_RETRY_MS = 10_000;
const REJECTED_MS = 30_000;
/** The shortest: an interval may be written as 0s, and a source is not there for us alone. */
const LEAST_MS = 100;
/** The share of the interval by which a poll may come sooner, so that platforms that were started together drift apart. Never later: a
 * reading is believed for its interval, and `staleAfter` may be short. */
const JITTER = 0.1;

/** While there is more urgent work: eight times as long, and at most ten seconds longer. */
export const easedInterval = (interval: number): number => Math.min(8 * interval, interval + 10_000);

interface Poll {
  /** Milliseconds. */
  readonly interval: number;
  /** Polls in a row that failed; 0 after one that did not. */
  readonly failures: number;
  readonly reason?: UnknownReason | undefined;
}

/**
 * Milliseconds from the start of one poll to the next.
 *
 * | interval | after success | after failures (nominal; at least half of it)                |
 * |----------|---------------|--------------------------------------------------------------|
 * | 1 s      | 0.9 to 1 s    | more than 1 s, growing to 60 s                               |
 * | 15 s     | 13.5 to 15 s  | more than 10 s, growing to 60 s                              |
 * | 15 min   | 13.5 to 15 min| more than 10 s, growing to 15 min                            |
 *
 * A credential that was refused waits 30 s at least.
 */
export function nextPollDelay({ interval, failures, reason }: Poll, random: () => number): number {
  if (failures === 0) return Math.max(LEAST_MS, interval * (1 - JITTER * random()));
  const longest = Math.max(interval, LONGEST_RETRY_MS);
  const backoff = { baseMs: Math.min(interval, FIRST_RETRY_MS), maxMs: longest };
  const shortest = reason === 'CredentialRejected' ? REJECTED_MS : LEAST_MS;
  return Math.max(shortest, jitteredMs(nominalWaitMs(backoff, failures), random));
}

/** The source did not get through. Others, such as an empty result, are answers: it costs nothing to ask again. */
const FAILURES: ReadonlySet<UnknownReason> = new Set<UnknownReason>([
  'SourceUnreachable',
  'SourceTimeout',
  'SourceRefused',
  'CredentialMissing',
  'CredentialRejected',
  'TooLarge',
  'MalformedReply',
  'Redirected',
]);

/** Why the poll failed; `undefined` when any of its signals was answered. */
export function failureIn({ queues = {}, ...single }: Observation): UnknownReason | undefined {
  let reason: UnknownReason | undefined;
  for (const reading of [...Object.values(single), ...Object.values(queues)]) {
    if (!('unknown' in reading) || !FAILURES.has(reading.unknown)) return undefined;
    reason = reading.unknown;
  }
  return reason;
}
