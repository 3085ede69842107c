/** What may be believed: readings that are numbers, in range, and not older than their source's interval allows. */
import { formatDuration } from '../api/quantity.ts';
import { withPartsOf } from '../api/same-parts.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import { believedFor, isKnown, unknown, type Instant, type Reading, type Unknown } from '../model/reading.ts';
import type { ConnectionsReading, QueueReading, Readings } from '../model/readings.ts';
import { SCALAR_NAMES, SCALAR_SIGNALS, type ScalarName, scalarSignal } from '../api/signals.ts';
import { count } from '../text/words.ts';

/** A clock may run ahead of ours by this much; a reading from further ahead is not believed. */
export const CLOCK_SKEW_MS = 60_000;
/**
 * When a spec names no source, the reading comes from the default one of a store, or from somebody else; this is how often
 * it is taken to come, unless the signal says otherwise.
 */
const UNSAID_INTERVAL_MS = 300_000;

/** At a kilobyte each ten gigabytes of payloads: no queue server holds more of them. */
const MOST_JOBS = 1e7;
const MOST_CONNECTIONS = 1e7;

export type SourcedSignal = ScalarName | 'databaseConnections' | 'queueDepth';

/** Milliseconds between two polls of the source of a signal, the slowest where there is a choice. */
export function intervalOf({ signals }: LeadPlatformSpec, signal: SourcedSignal): number {
  const variants: Readonly<Record<string, { readonly interval: number } | undefined>> = signals[signal];
  let slowest = 0;
  for (const name in variants) slowest = Math.max(slowest, variants[name]?.interval ?? 0);
  if (slowest > 0) return slowest;
  return (isScalar(signal) ? scalarSignal(signal).unsaidIntervalMs : undefined) ?? UNSAID_INTERVAL_MS;
}

const isScalar = (signal: SourcedSignal): signal is ScalarName => Object.hasOwn(SCALAR_SIGNALS, signal);

interface Bounds {
  readonly name: ScalarName;
  /** How old it may be, in milliseconds. */
  readonly oldest: number;
  readonly most: number;
}

interface Belief {
  readonly ages: Readonly<Record<SourcedSignal, number>>;
  readonly scalars: readonly Bounds[];
}
const beliefs = new WeakMap<LeadPlatformSpec['signals'], Belief>();
/** Signals name tables and prefixes, so no two platforms have the same; how long they are believed, most have. */
let latest: Belief | undefined;

/** How old a reading of a signal may be, in milliseconds. */
export function oldestAge(spec: LeadPlatformSpec, signal: SourcedSignal): number {
  return beliefIn(spec).ages[signal];
}

/** What may be believed of the readings of a platform. Worked out once a spec. */
function beliefIn(spec: LeadPlatformSpec): Belief {
  let belief = beliefs.get(spec.signals);
  if (belief === undefined) {
    const names = [...SCALAR_NAMES, 'databaseConnections', 'queueDepth'] as const;
    const ages = Object.fromEntries(
      names.map((name) => [name, believedFor(intervalOf(spec, name), spec.signals.staleAfter)]),
    ) as Belief['ages'];
    const bounds = (name: ScalarName) => ({ name, oldest: ages[name], most: scalarSignal(name).most });
    latest = withPartsOf({ ages, scalars: SCALAR_NAMES.map(bounds) }, latest);
    belief = latest;
    beliefs.set(spec.signals, belief);
  }
  return belief;
}

/** What is wrong with the time of a reading, if anything. */
function mistimed(at: Instant, oldest: number, now: Instant): Unknown | undefined {
  if (!Number.isFinite(at)) return unknown('OutOfRange', 'the reading does not say when it was observed');
  if (at > now + CLOCK_SKEW_MS) {
    return unknown('OutOfRange', 'the reading is from the future; check the clocks of source and operator');
  }
  if (now - at <= oldest) return undefined;
  return unknown(
    'Stale',
    `last observed ${formatDuration(now - at)} ago; a reading is believed for ${formatDuration(oldest)}`,
  );
}

/** What is wrong with a number, if anything. */
function misread(value: unknown, most: number): Unknown | undefined {
  if (typeof value !== 'number' || Number.isNaN(value)) {
    return unknown('NotANumber', 'the source gave something that is not a number');
  }
  if (value >= 0 && value <= most) return undefined;
  return unknown('OutOfRange', `the source gave a number that is not between 0 and ${count(most)}`);
}

/** @param wrong What is wrong with its value, if anything, where `most` is the largest that it can be. */
function believed<T>(
  reading: Reading<T> | undefined,
  oldest: number,
  now: Instant,
  wrong: (value: T, most: number) => Unknown | undefined,
  most: number,
): Reading<T> {
  if (reading === undefined || reading === null) return unknown('NotYetRead', 'nothing was read yet');
  if (!isKnown(reading)) return reading;
  return mistimed(reading.at, oldest, now) ?? wrong(reading.value, most) ?? reading;
}

function wrongQueue(queue: QueueReading | undefined, most: number): Unknown | undefined {
  const wrong =
    misread(queue?.ready, most) ?? misread(queue?.inFlight, most) ?? misread(queue?.delayed, most);
  if (wrong !== undefined || queue === undefined) return wrong;
  const { oldestAgeSeconds = 0, firstForSeconds = 0, retryAfterSeconds = 0 } = queue;
  return (
    misread(oldestAgeSeconds, 1e10) ?? misread(firstForSeconds, 1e10) ?? misread(retryAfterSeconds, 1e10)
  );
}

function wrongConnections(connections: ConnectionsReading | undefined, most: number): Unknown | undefined {
  return misread(connections?.used, most) ?? misread(connections?.allowed, most);
}

/** The same readings, with every one that cannot be believed turned into an unknown that says why. */
export function freshReadings(readings: Readings, spec: LeadPlatformSpec, now: Instant): Readings {
  const { ages, scalars } = beliefIn(spec);
  const { databaseConnections: connections } = readings;
  const queues: Record<string, Reading<QueueReading>> = {};
  for (const name in readings.queues) {
    queues[name] = believed(readings.queues[name], ages.queueDepth, now, wrongQueue, MOST_JOBS);
  }
  // A copy in which a few are replaced: most are believed, and this is asked at every decision.
  const fresh: { -readonly [name in keyof Readings]: Readings[name] } = {
    ...readings,
    databaseConnections: believed(
      connections,
      ages.databaseConnections,
      now,
      wrongConnections,
      MOST_CONNECTIONS,
    ),
    queues,
  };
  for (const { name, oldest, most } of scalars) {
    const reading = readings[name];
    const sound = believed(reading, oldest, now, misread, most);
    if (sound !== reading) fresh[name] = sound;
  }
  return fresh;
}

/** Leads/day below which a fall to zero is nothing to wonder at. */
const WORTH_WONDERING = 100;
const DAY_MS = 86_400_000;

/**
 * The leads of a trailing day leave it one by one: they cannot all be gone sooner than a day after the last look that
 * found many. A zero that comes sooner is a fault (a table swapped, a filter broken), and unknown until then.
 */
export function withoutSuddenZero(
  reading: Reading,
  last: { readonly value: number; readonly at: Instant } | undefined,
  spec: LeadPlatformSpec,
): Reading {
  if (!isKnown(reading) || reading.value !== 0 || last === undefined || last.value < WORTH_WONDERING) {
    return reading;
  }
  const day = spec.signals.leadsPerDay.postgres?.window ?? DAY_MS;
  if (reading.at - last.at >= day) return reading;
  return unknown(
    'Suspicious',
    `fell from ${count(last.value)} to exactly 0 within ${formatDuration(Math.max(0, reading.at - last.at))}, which a count of the last ${formatDuration(day)} cannot do`,
  );
}
