/**
 * Whether a status is worth a write. What a person would act on is written at once; numbers that move by themselves at
 * most every five minutes; times that pass, never.
 *
 * | what differs                                                           | written                              |
 * |------------------------------------------------------------------------|--------------------------------------|
 * | tier, replicas, a band, a state, a reason, a condition, a step, a word | at once                              |
 * | values, numbers inside of sentences                                    | 5 minutes after the last             |
 * | a signal that waits to be compared, or no longer does                  | 2 minutes after it began             |
 * | only times                                                             | never                                |
 * | only that, and the Pod of the operator that writes                     | its name at once, all else as it was |
 */
import type { LeadPlatformStatus } from '../../api/schema/status.ts';
import type { Instant } from '../../model/reading.ts';
import { withoutNumbers } from '../../text/words.ts';
import { isOwnCondition } from './conditions.ts';

const NUMBERS_EVERY_MS = 300_000;

/** The reason of a signal that its next look settles: of a thousand platforms that start, each would be written twice for it. */
const SETTLING = 'NotYetCompared';

/**
 * Fields that hold a time and nothing else. Not `since`, of a step: it moves with the step, or where a clock was set back,
 * and what is measured from it would never be over if it were not written.
 */
const TIMES = new Set(['at', 'tierSince', 'lastTransitionTime']);
/** The Pod that writes says nothing of the platform: a Pod that takes over would else write at once all that waits. */
const POD = 'operator';
/** Fields whose value moves with the load. */
const NUMBERS = new Set(['leadsPerDay', 'queueDepth', 'value', 'wantedReplicas']);
/** Fields that are sentences for people. */
const SENTENCES = new Set(['message', 'reason', 'reasons', 'clamps', 'gate']);

/**
 * A first zero is compared with the next look, 15 s later by default. A platform that starts is written about before that is over, once its
 * Pods are ready; and a thousand that start at once would be written about twice in their first minute.
 */
const SETTLED_AFTER_MS = 120_000;

/** How much of a status is news; whose Pod wrote it is none. */
export type StatusNews = 'none' | 'numbers' | 'settling' | 'words';

export function statusNews(written: LeadPlatformStatus, next: LeadPlatformStatus): StatusNews {
  const previous = withoutOthers(written);
  if (same(previous, next, { numbers: true })) return 'none';
  if (same(previous, next, { numbers: false })) return 'numbers';
  const settling = settlingSignals(previous, next);
  if (settling.size === 0) return 'words';
  const [before, after] = [previous, next].map((status) => withoutSettling(status, settling));
  return same(before, after, { numbers: false }) ? 'settling' : 'words';
}

export interface StatusTimes {
  /** When this process wrote it; undefined after a restart, when the newest time inside the written status stands in for it. */
  readonly writtenAt?: Instant | undefined;
  /** Since when what is settling is all that is new; undefined where that began just now. */
  readonly settlingSince?: Instant | undefined;
}

export function statusNeedsWrite(
  previous: LeadPlatformStatus,
  next: LeadPlatformStatus,
  { writtenAt, settlingSince }: StatusTimes,
  now: Instant,
): boolean {
  // A clock that was set back keeps nobody waiting for as long as it was.
  const hasPassed = (ms: number, since: Instant) => Math.abs(now - since) >= ms;
  switch (statusNews(previous, next)) {
    case 'none':
      return false;
    case 'numbers':
      return hasPassed(NUMBERS_EVERY_MS, writtenAt ?? newestTime(previous));
    case 'settling':
      return hasPassed(SETTLED_AFTER_MS, settlingSince ?? now);
    case 'words':
      return true;
  }
}

/**
 * What is to be written: the next status where that is worth a write; the one before in the name of another Pod of the operator
 * where nothing else is; undefined where neither is.
 */
export function statusToWrite(
  previous: LeadPlatformStatus,
  next: LeadPlatformStatus,
  times: StatusTimes,
  now: Instant,
): LeadPlatformStatus | undefined {
  if (statusNeedsWrite(previous, next, times, now)) return next;
  if (same(previous.operator, next.operator, { numbers: true })) return undefined;
  return { ...withoutOthers(previous), operator: next.operator };
}

/** Without conditions of other managers: an apply leaves these as they are, and would take over those that are in it. */
function withoutOthers(status: LeadPlatformStatus): LeadPlatformStatus {
  const { conditions } = status;
  if (conditions === undefined || conditions.every(isOwnCondition)) return status;
  return { ...status, conditions: conditions.filter(isOwnCondition) };
}

/** Signals that wait for their next look on one side, and on the other wait, too, or are known. */
function settlingSignals(...[before, after]: readonly [LeadPlatformStatus, LeadPlatformStatus]): Set<string> {
  const reasonOf = ({ signals }: LeadPlatformStatus, name: string) =>
    signals?.find((signal) => signal.name === name)?.reason;
  const names = (after.signals ?? []).map(({ name }) => name);
  return new Set(
    names.filter((name) => {
      const reasons = [reasonOf(before, name), reasonOf(after, name)];
      return (
        reasons.includes(SETTLING) && reasons.every((reason) => reason === undefined || reason === SETTLING)
      );
    }),
  );
}

/** Without these signals and what follows from them: whether all are known, and why a component keeps its size. */
function withoutSettling(
  { signals = [], conditions = [], components = [], ...others }: LeadPlatformStatus,
  settling: ReadonlySet<string>,
) {
  return {
    ...others,
    signals: signals.filter(({ name }) => !settling.has(name)),
    conditions: conditions.filter(({ type }) => type !== 'SignalsFresh'),
    components: components.map((component) => ({ ...component, reason: undefined })),
  };
}

/** Whether both say the same, whatever the order of fields; times never count, numbers on demand. */
function same(a: unknown, b: unknown, counts: { readonly numbers: boolean }, field = ''): boolean {
  if (a === b || TIMES.has(field) || field === POD) return true;
  if (typeof a === 'string' && typeof b === 'string') {
    return !counts.numbers && SENTENCES.has(field) && withoutNumbers(a) === withoutNumbers(b);
  }
  // That a value is known is more than a number.
  if (!counts.numbers && NUMBERS.has(field)) return typeof a === typeof b;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => same(item, b[index], counts, field));
  }
  if (!isObject(a) || !isObject(b)) return false;
  // A field that is undefined is as good as none. No list of all fields: this is asked at every pass of every platform.
  return (
    Object.keys(a).every((key) => same(a[key], b[key], counts, key)) &&
    Object.keys(b).every((key) => key in a || same(undefined, b[key], counts, key))
  );
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

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
