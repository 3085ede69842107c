/** Signals as they go into a decision and out to a person: by name, in base units, with their band. */
import type { Limits } from '../api/schema/signals.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import { workerComponents } from '../api/components.ts';
import type { SignalView } from '../model/decision.ts';
import { bandOf, limitOf, type BandedSignal, type Limit } from './bands.ts';
import { isKnown, unknown, type Known, type Reading } from '../model/reading.ts';
import { queueSize, type QueueReading, type Readings } from '../model/readings.ts';
import { type PracticalLimits, SCALAR_NAMES, scalarSignal } from '../api/signals.ts';
import { count } from '../text/words.ts';
import { own } from '../api/own.ts';

type Unit = SignalView['unit'];

const NO_LIMITS: Limits = {};

/** What its practical limits say of a value; undefined where they say nothing. */
function comfort({ comfortable, changesFrom }: PracticalLimits, value: number): string | undefined {
  if (value <= (comfortable ?? Infinity) && value < (changesFrom ?? Infinity)) return undefined;
  const up = comfortable === undefined ? [] : [`comfortable up to ${count(comfortable)}`];
  const from = changesFrom === undefined ? [] : [`from ${count(changesFrom)} on the platform has to change`];
  return [...up, ...from].join('; ');
}

/** The table once more, each entry of the same shape: it is gone through at every decision. */
const SCALARS = SCALAR_NAMES.map((name) => {
  const { unit, band, practical } = scalarSignal(name);
  return { name, unit, banded: band && (name as BandedSignal), practical };
});

function connectionsView({ databaseConnections }: Readings): SignalView {
  const name = 'databaseConnections';
  if (!isKnown(databaseConnections)) return view(NO_LIMITS, name, 'count', databaseConnections);
  const { value, at } = databaseConnections;
  const said = `of ${count(value.allowed)} that the server allows`;
  return view(NO_LIMITS, name, 'count', { value: value.used, at }, undefined, said);
}

function view(
  limits: Limits,
  name: string,
  unit: Unit,
  reading: Reading,
  banded?: BandedSignal,
  message?: string,
): SignalView {
  if (!isKnown(reading)) return { name, unit, unknown: reading.unknown, message: reading.message };
  const { value, at } = reading;
  if (banded === undefined)
    return message === undefined ? { name, unit, value, at } : { name, unit, value, at, message };
  const band = bandOf(limitOf(limits, banded), value);
  return message === undefined ? { name, unit, value, at, band } : { name, unit, value, at, band, message };
}

/** The age of the oldest job, against what the queue's workers are to keep to. */
function ageView(name: string, reading: Reading, limit: Limit): SignalView {
  const plain = view(NO_LIMITS, name, 's', reading);
  if (!isKnown(reading)) return plain;
  const band = bandOf(limit, reading.value);
  return band === 'green'
    ? { ...plain, band }
    : { ...plain, band, message: `the objective is ${limit.yellow} s` };
}

/** Of a queue: after how long a job that is worked on is given to another worker, where that was seen. */
export const RETRY_AFTER_SIGNAL = 'queueRetryAfterSeconds';

const NOT_READ = unknown('NotYetRead', 'nothing was read of this queue yet');

/** The reading of a queue; one that the sources do not mention is unknown. */
export function queueReading(readings: Pick<Readings, 'queues'>, queue: string): Reading<QueueReading> {
  return Object.hasOwn(readings.queues, queue) ? (readings.queues[queue] ?? NOT_READ) : NOT_READ;
}

interface QueuesOf {
  readonly names: readonly string[];
  /** The health band of the age of the oldest job, of each. */
  readonly ages: readonly Limit[];
  /** What its depth and the age of its oldest job are called, of each. */
  readonly signals: readonly { readonly depth: string; readonly age: string }[];
}

/** The queues of a platform: sync's first. Worked out once for all platforms that have the standard components. */
const queues = new WeakMap<LeadPlatformSpec['components'], QueuesOf>();
function queuesOf(spec: LeadPlatformSpec): QueuesOf {
  let found = queues.get(spec.components);
  if (found === undefined) {
    const workers = workerComponents(spec);
    found = {
      names: workers.map(({ queue }) => queue),
      ages: workers.map(({ settings }) => ageLimit(settings.pickupTime)),
      signals: workers.map(({ queue }) => ({
        depth: `queueDepth.${queue}`,
        age: `queueOldestAgeSeconds.${queue}`,
      })),
    };
    queues.set(spec.components, found);
  }
  return found;
}

export const queueNames = (spec: LeadPlatformSpec): readonly string[] => queuesOf(spec).names;

/** An objective of nothing is one that is never met. */
const SHORTEST_OBJECTIVE_S = 1;

/** A job is late from its objective on, and a queue that is twice as late does not catch up by itself. */
function ageLimit(pickupTime: number): Limit {
  const objective = Math.max(SHORTEST_OBJECTIVE_S, pickupTime / 1_000);
  return { yellow: objective, red: 2 * objective };
}

function sized(reading: Reading<QueueReading>): Reading {
  return isKnown(reading) ? { value: queueSize(reading.value), at: reading.at } : reading;
}

function aged(reading: Reading<QueueReading>): Reading {
  if (!isKnown(reading)) return reading;
  const { oldestAgeSeconds, ready } = reading.value;
  if (oldestAgeSeconds !== undefined) return { value: oldestAgeSeconds, at: reading.at };
  return ready === 0
    ? { value: 0, at: reading.at }
    : unknown('EmptyResult', 'the payload of the oldest job does not tell when it was pushed');
}

/** All queues together, as old as the oldest look at one; unknown as soon as one is. */
function summed(depths: readonly Reading[]): Reading {
  const unread = depths.find((depth) => !isKnown(depth));
  if (unread !== undefined) return unread;
  const read = depths as readonly Known[];
  let value = 0;
  let at = Infinity;
  for (const depth of read) {
    value += depth.value;
    at = Math.min(at, depth.at);
  }
  return { value, at };
}

/** Every signal of a platform, those that are unknown too. `projection` says where the database is heading. */
export function viewsOf(readings: Readings, spec: LeadPlatformSpec, projection?: string): SignalView[] {
  const { limits } = spec;
  const { names, ages, signals } = queuesOf(spec);
  const depths = names.map((queue) => sized(queueReading(readings, queue)));
  const views: SignalView[] = [];
  for (const { name, unit, banded, practical } of SCALARS) {
    const reading = readings[name];
    const isSize = name === 'databaseSize';
    const said = practical && isKnown(reading) ? comfort(practical, reading.value) : undefined;
    views.push(view(limits, name, unit, reading, banded, isSize ? projection : said));
    // What the database holds beside what it has room for.
    if (isSize) views.push(connectionsView(readings));
  }
  views.push(view(limits, 'queueDepth', 'count', summed(depths), 'queueDepth'));
  for (let index = 0; index < names.length; index += 1) {
    const queue = names[index]!;
    const { depth, age } = signals[index]!;
    views.push(
      view(limits, depth, 'count', depths[index]!, 'queueDepth'),
      ageView(age, aged(queueReading(readings, queue)), ages[index]!),
    );
    const reading = queueReading(readings, queue);
    if (isKnown(reading) && reading.value.retryAfterSeconds !== undefined) {
      const retryAfter = { value: reading.value.retryAfterSeconds, at: reading.at };
      views.push(view(limits, `${RETRY_AFTER_SIGNAL}.${queue}`, 's', retryAfter));
    }
  }
  return views;
}

/**
 * Since when each signal has been red. An unknown neither begins nor ends a red; without a source there is none. A red of
 * the future (a clock that was set back) begins now.
 */
export function observeRed(
  redSince: Readonly<Record<string, number>>,
  views: readonly SignalView[],
  now: number,
): Readonly<Record<string, number>> {
  let next: Record<string, number> | undefined;
  let red = 0;
  const before = Object.keys(redSince).length > 0;
  for (const { name, band, unknown: why } of views) {
    const since = before ? own(redSince, name) : undefined;
    if (band !== 'red' && since === undefined) continue;
    const stays = band === 'red' || (why !== undefined && why !== 'NotConfigured');
    if (stays) red += 1;
    if (stays && (since === undefined || since > now)) (next ??= { ...redSince })[name] = now;
    if (!stays) delete (next ??= { ...redSince })[name];
  }
  const found = next ?? redSince;
  if (Object.keys(found).length === red) return found;
  // A queue that is not in the spec any more is red no longer.
  return Object.fromEntries(Object.entries(found).filter(([name]) => views.some((one) => one.name === name)));
}
