/** `--set leadsPerDay=28000,responseTime=620ms` → readings, in base units. */
import { unknownWord } from '../api/did-you-mean.ts';
import { workerComponents } from '../api/components.ts';
import { QuantityError, parseBytes, parseDuration } from '../api/quantity.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import { known, unknown } from '../model/reading.ts';
import type { Instant, Reading } from '../model/reading.ts';
import type { ConnectionsReading, QueueReading, Readings } from '../model/readings.ts';
import {
  eachScalar,
  SCALAR_NAMES,
  SCALAR_SIGNALS,
  type ScalarName,
  type SignalUnit,
} from '../api/signals.ts';
import { UsageError } from './errors.ts';

const NUMBER = /^\d{1,15}(\.\d{1,9})?$/;

function count(text: string, name: string): number {
  if (!NUMBER.test(text)) throw new UsageError(`${name}: "${text}" is not a count; write it like 28000`);
  return Number(text);
}

function wholeCount(text: string, name: string): number {
  const value = count(text, name);
  if (!Number.isInteger(value)) throw new UsageError(`${name}: "${text}" is not a whole number of jobs`);
  return value;
}

/** More than 100 % is possible: a pod may use more than it requested. */
function percent(text: string, name: string): number {
  const number = text.replace(/ ?%$/, '');
  if (!NUMBER.test(number) || Number(number) > 10_000) {
    throw new UsageError(`${name}: "${text}" is not a percentage; write it like 59%`);
  }
  return Number(number);
}

const quantity =
  (read: (text: string) => number, perPlainNumber: number) =>
  (text: string, name: string): number => {
    if (NUMBER.test(text)) return Number(text) * perPlainNumber;
    try {
      return read(text);
    } catch (error) {
      if (error instanceof QuantityError) throw new UsageError(`${name}: ${error.message}`);
      throw error;
    }
  };

const milliseconds = quantity(parseDuration, 1);
const seconds = quantity((text) => parseDuration(text) / 1_000, 1);
const bytes = quantity(parseBytes, 1);

/** `60/100`; or a percentage, which is taken of 100 connections. */
function connections(text: string, name: string): ConnectionsReading {
  const [used, allowed, ...more] = text.split('/');
  if (allowed === undefined) return { used: percent(text, name), allowed: 100 };
  if (more.length > 0 || !/^\d{1,9}$/.test(used ?? '') || !/^[1-9]\d{0,8}$/.test(allowed)) {
    throw new UsageError(`${name}: "${text}" is not used/allowed; write it like 60/100, or 60%`);
  }
  return { used: Number(used), allowed: Number(allowed) };
}

interface Writing {
  readonly read: (text: string, name: string) => number;
  /** How a value is given, in the help. */
  readonly help: string;
}
const WRITTEN: Readonly<Record<SignalUnit, Writing>> = {
  count: { read: count, help: 'counts, like 28000' },
  B: { read: bytes, help: 'bytes, or 12GB, 10Gi' },
  ms: { read: milliseconds, help: 'milliseconds, or 620ms, 0.7s' },
  '%': { read: percent, help: 'per cent, like 59%' },
};

const HELP_WIDTH = 80;
const HELP_COLUMN = 33;

/** The scalar signals of a unit, as the help lists them: names, and in the second column how a value is given. */
export function scalarHelp(unit: SignalUnit): string {
  const lines = [''];
  for (const name of SCALAR_NAMES.filter((each) => SCALAR_SIGNALS[each].unit === unit)) {
    const line = lines.at(-1)!;
    const longer = line === '' ? `  ${name}` : `${line}, ${name}`;
    if (longer.length < HELP_WIDTH) lines[lines.length - 1] = longer;
    else {
      lines[lines.length - 1] = `${line},`;
      lines.push(`  ${name}`);
    }
  }
  if (lines.at(-1)!.length >= HELP_COLUMN - 1) lines.push('');
  return [...lines.slice(0, -1), lines.at(-1)!.padEnd(HELP_COLUMN) + WRITTEN[unit].help].join('\n');
}

const NAMES = [
  ...SCALAR_NAMES,
  'databaseConnections',
  'queueDepth.<queue>',
  'queueOldestAgeSeconds.<queue>',
] as const;

const isScalar = (name: string): name is ScalarName => Object.hasOwn(SCALAR_SIGNALS, name);

/** What was set, by name, in base units; nothing about the names that a spec has to know. */
export interface SignalValues {
  readonly scalars: ReadonlyMap<ScalarName, number>;
  readonly connections?: ConnectionsReading;
  readonly depths: ReadonlyMap<string, number>;
  readonly ages: ReadonlyMap<string, number>;
}

function pair(text: string): readonly [name: string, value: string] {
  const at = text.indexOf('=');
  if (at < 1) {
    throw new UsageError(
      `--set: "${text}" is not name=value; separate signals by commas, and write numbers without thousands separators`,
    );
  }
  return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}

/** @throws UsageError for a name that is not a signal, a value that is none, or a name that is set twice */
export function parseSignalValues(settings: readonly string[]): SignalValues {
  const scalars = new Map<ScalarName, number>();
  const depths = new Map<string, number>();
  const ages = new Map<string, number>();
  let pool: ConnectionsReading | undefined;
  const seen = new Set<string>();
  for (const text of settings.flatMap((setting) => setting.split(',')).filter((part) => part.trim() !== '')) {
    const [name, value] = pair(text);
    if (seen.has(name)) throw new UsageError(`--set: ${name} is set twice; keep one`);
    seen.add(name);
    const [family, ...rest] = name.split('.');
    const queue = rest.join('.');
    if (isScalar(name)) scalars.set(name, WRITTEN[SCALAR_SIGNALS[name].unit].read(value, name));
    else if (name === 'databaseConnections') pool = connections(value, name);
    else if (family === 'queueDepth' && queue !== '') depths.set(queue, wholeCount(value, name));
    else if (family === 'queueOldestAgeSeconds' && queue !== '') ages.set(queue, seconds(value, name));
    else throw new UsageError(unknownSignal(name, family ?? ''));
  }
  return { scalars, depths, ages, ...(pool === undefined ? {} : { connections: pool }) };
}

function unknownSignal(name: string, family: string): string {
  if (name === 'queueDepth' || name === 'queueOldestAgeSeconds') {
    return `--set: ${name} needs the name of a queue, like ${name}.vici-updates`;
  }
  const families = NAMES.map((known_) => known_.split('.')[0]!);
  const asked = families.includes(family) ? name : family;
  return `--set: ${unknownWord('signal', asked, families, NAMES)}`;
}

/** @throws UsageError for a queue that the platform does not have */
export function readingsOf(values: SignalValues, spec: LeadPlatformSpec, now: Instant): Readings {
  const absent = <T>(): Reading<T> => unknown('NotConfigured', 'not set with --set');
  const scalar = (name: ScalarName): Reading => {
    const value = values.scalars.get(name);
    return value === undefined ? absent() : known(value, now);
  };
  return {
    ...eachScalar(scalar),
    databaseConnections: values.connections === undefined ? absent() : known(values.connections, now),
    queues: queueReadings(values, spec, now),
  };
}

function queueReadings({ depths, ages }: SignalValues, spec: LeadPlatformSpec, now: Instant) {
  const queues = workerComponents(spec).map(({ queue }) => queue);
  for (const queue of [...depths.keys(), ...ages.keys()]) {
    if (queues.includes(queue)) continue;
    throw new UsageError(`--set: ${unknownWord('queue', queue, queues)}`);
  }
  return Object.fromEntries(
    queues.map((queue): [string, Reading<QueueReading>] => {
      const ready = depths.get(queue);
      const age = ages.get(queue);
      if (ready === undefined) {
        if (age !== undefined) {
          throw new UsageError(
            `--set: queueOldestAgeSeconds.${queue} needs queueDepth.${queue} beside it: an age says nothing about how many wait`,
          );
        }
        return [queue, unknown('NotConfigured', 'not set with --set')];
      }
      const aged = age === undefined ? {} : { oldestAgeSeconds: age };
      return [queue, known({ ready, inFlight: 0, delayed: 0, ...aged }, now)];
    }),
  );
}
