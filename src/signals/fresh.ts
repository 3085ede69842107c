/** What may be believed: readings that are numbers, in range, and not older than their source's interval allows. */
import { formatDuration } from '../api/quantity.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import { isKnown, unknown, type Instant, type Reading, type Unknown } from '../model/reading.ts';
import type { ConnectionsReading, QueueReading, Readings } from '../model/readings.ts';
import { count } from '../text/words.ts';

/** A clock may run ahead of ours by this much; a reading from further ahead is not believed. */
export const CLOCK_SKEW_MS = 60_000;
/**
 * When a spec names no source, the reading comes from the default one of a store, or from somebody else; this is how often
 * it is taken to come. Two of the default sources are slower than that.
 */
const UNSAID_INTERVAL_MS = 300_000;
const UNSAID_SLOW: Readonly<Partial<Record<SourcedSignal, number>>> = {
  leadsTotal: 900_000,
  databaseSize: 900_000,
};

type Scalar = Exclude<keyof Readings, 'queues' | 'databaseConnections'>;

/** The most that a signal can be before it is a fault of its source. Base units. */
const MOST: Readonly<Record<Scalar, number>> = {
  leadsPerDay: 1e9,
  leadsPerMinute: 1e7,
  leadsTotal: 1e13,
  activeLeads: 1e13,
  apiCallsPerHour: 1e9,
  databaseSize: 1e18,
  responseTime: 8.64e7,
  cpu: 1e5,
  memory: 1e5,
  agents: 1e7,
};
const MOST_JOBS = 1e9;
const MOST_CONNECTIONS = 1e7;

export type SourcedSignal = Scalar | 'databaseConnections' | 'queueDepth';

/** Milliseconds between two polls of the source of a signal, the slowest where there is a choice. */
export function intervalOf({ signals }: LeadPlatformSpec, signal: SourcedSignal): number {
  const variants: Readonly<Record<string, { readonly interval: number } | undefined>> = signals[signal];
  let slowest = 0;
  for (const name in variants) slowest = Math.max(slowest, variants[name]?.interval ?? 0);
  return slowest > 0 ? slowest : (UNSAID_SLOW[signal] ?? UNSAID_INTERVAL_MS);
}

type Ages = Readonly<Record<SourcedSignal, number>>;
const agesOf = new WeakMap<LeadPlatformSpec['signals'], Ages>();

/** How old a reading of a signal may be, in milliseconds: the interval of its source and `signals.staleAfter`. */
export function oldestAge(spec: LeadPlatformSpec, signal: SourcedSignal): number {
  return agesFor(spec)[signal];
}

function agesFor(spec: LeadPlatformSpec): Ages {
  let ages = agesOf.get(spec.signals);
  if (ages === undefined) {
    const names = [...(Object.keys(MOST) as Scalar[]), 'databaseConnections', 'queueDepth'] as const;
    ages = Object.fromEntries(
      names.map((name) => [name, intervalOf(spec, name) + spec.signals.staleAfter]),
    ) as Ages;
    agesOf.set(spec.signals, ages);
  }
  return ages;
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

function believed<T>(
  reading: Reading<T> | undefined,
  oldest: number,
  now: Instant,
  wrong: (value: T) => Unknown | undefined,
): Reading<T> {
  if (reading === undefined || reading === null) return unknown('NotYetRead', 'nothing was read yet');
  if (!isKnown(reading)) return reading;
  return mistimed(reading.at, oldest, now) ?? wrong(reading.value) ?? reading;
}

function wrongQueue(queue: QueueReading | undefined): Unknown | undefined {
  const wrong =
    misread(queue?.ready, MOST_JOBS) ??
    misread(queue?.inFlight, MOST_JOBS) ??
    misread(queue?.delayed, MOST_JOBS);
  if (wrong !== undefined || queue === undefined) return wrong;
  const { oldestAgeSeconds = 0, retryAfterSeconds = 0 } = queue;
  return misread(oldestAgeSeconds, 1e10) ?? misread(retryAfterSeconds, 1e10);
}

function wrongConnections(connections: ConnectionsReading | undefined): Unknown | undefined {
  return misread(connections?.used, MOST_CONNECTIONS) ?? misread(connections?.allowed, MOST_CONNECTIONS);
}

/** What is wrong with a value, one function a signal. */
const WRONG = Object.fromEntries(
  Object.entries(MOST).map(([name, most]) => [name, (value: number) => misread(value, most)]),
) as Readonly<Record<Scalar, (value: number) => Unknown | undefined>>;

/** The same readings, with every one that cannot be believed turned into an unknown that says why. */
export function freshReadings(readings: Readings, spec: LeadPlatformSpec, now: Instant): Readings {
  const ages = agesFor(spec);
  const scalar = (name: Scalar): Reading => believed(readings[name], ages[name], now, WRONG[name]);
  const queues: Record<string, Reading<QueueReading>> = {};
  for (const name in readings.queues) {
    queues[name] = believed(readings.queues[name], ages.queueDepth, now, wrongQueue);
  }
  return {
    leadsPerDay: scalar('leadsPerDay'),
    leadsPerMinute: scalar('leadsPerMinute'),
    leadsTotal: scalar('leadsTotal'),
    activeLeads: scalar('activeLeads'),
    apiCallsPerHour: scalar('apiCallsPerHour'),
    databaseSize: scalar('databaseSize'),
    databaseConnections: believed(
      readings.databaseConnections,
      ages.databaseConnections,
      now,
      wrongConnections,
    ),
    responseTime: scalar('responseTime'),
    cpu: scalar('cpu'),
    memory: scalar('memory'),
    agents: scalar('agents'),
    queues,
  };
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
