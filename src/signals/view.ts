/** Signals as they go into a decision and out to a person: by name, in base units, with their band. */
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import { workerParts } from '../api/parts.ts';
import type { SignalView } from '../decide/types.ts';
import { bandOf, limitOf, type BandedSignal } from './bands.ts';
import { isKnown, unknown, type Known, type Reading } from './reading.ts';
import { queueSize, type QueueReading, type Readings } from './readings.ts';
import { count } from './words.ts';

type Unit = SignalView['unit'];

/** Practical limits that have no band of their own, as the operators put them. */
const COMFORT: Readonly<Record<string, readonly [comfortable: number, scaleWhen: number]>> = {
  leadsTotal: [5e6, 10e6],
  activeLeads: [5e6, 10e6],
  agents: [500, 1_000],
};

function comfort(name: string, value: number): string | undefined {
  const limit = COMFORT[name];
  if (limit === undefined || value <= limit[0]) return undefined;
  const [comfortable, scaleWhen] = limit;
  return `comfortable up to ${count(comfortable)}; from ${count(scaleWhen)} on the platform has to change`;
}

function view(
  spec: LeadPlatformSpec,
  name: string,
  unit: Unit,
  reading: Reading,
  banded?: BandedSignal,
  message?: string,
): SignalView {
  if (!isKnown(reading)) return { name, unit, unknown: reading.unknown, message: reading.message };
  const { value, at } = reading;
  const note = message ?? comfort(name, value);
  if (banded === undefined)
    return note === undefined ? { name, unit, value, at } : { name, unit, value, at, message: note };
  const band = bandOf(limitOf(spec.limits, banded), value);
  return note === undefined
    ? { name, unit, value, at, band }
    : { name, unit, value, at, band, message: note };
}

const NOT_READ = unknown('NotYetRead', 'nothing was read of this queue yet');

/** The reading of a queue; one that the sources do not mention is unknown. */
export function queueReading(readings: Readings, queue: string): Reading<QueueReading> {
  return Object.hasOwn(readings.queues, queue) ? (readings.queues[queue] ?? NOT_READ) : NOT_READ;
}

/** Names of the queues of a platform: sync's first. Worked out once a spec. */
const names = new WeakMap<LeadPlatformSpec, readonly string[]>();
export function queueNames(spec: LeadPlatformSpec): readonly string[] {
  let found = names.get(spec);
  if (found === undefined) {
    found = workerParts(spec).map(({ queue }) => queue);
    names.set(spec, found);
  }
  return found;
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
  const of = (name: BandedSignal & keyof Readings, unit: Unit, reading: Reading, message?: string) =>
    view(spec, name, unit, reading, name, message);
  const queues = queueNames(spec);
  const depths = queues.map((queue) => sized(queueReading(readings, queue)));
  const { databaseConnections: connections } = readings;
  const views = [
    of('leadsPerDay', 'count', readings.leadsPerDay),
    view(spec, 'leadsPerMinute', 'count', readings.leadsPerMinute),
    view(spec, 'leadsTotal', 'count', readings.leadsTotal),
    view(spec, 'activeLeads', 'count', readings.activeLeads),
    of('apiCallsPerHour', 'count', readings.apiCallsPerHour),
    of('databaseSize', 'B', readings.databaseSize, projection),
    isKnown(connections)
      ? view(
          spec,
          'databaseConnections',
          'count',
          { value: connections.value.used, at: connections.at },
          undefined,
          `of ${count(connections.value.allowed)} that the server allows`,
        )
      : view(spec, 'databaseConnections', 'count', connections),
    of('responseTime', 'ms', readings.responseTime),
    of('cpu', '%', readings.cpu),
    of('memory', '%', readings.memory),
    view(spec, 'agents', 'count', readings.agents),
    view(spec, 'queueDepth', 'count', summed(depths), 'queueDepth'),
  ];
  for (let index = 0; index < queues.length; index += 1) {
    const queue = queues[index]!;
    views.push(
      view(spec, `queueDepth.${queue}`, 'count', depths[index]!, 'queueDepth'),
      view(spec, `queueOldestAgeSeconds.${queue}`, 's', aged(queueReading(readings, queue))),
    );
  }
  return views;
}

/** Since when each signal has been red. An unknown neither begins nor ends a red; without a source there is none. */
export function observeRed(
  redSince: Readonly<Record<string, number>>,
  views: readonly SignalView[],
  now: number,
): Readonly<Record<string, number>> {
  let next: Record<string, number> | undefined;
  let red = 0;
  for (const { name, band, unknown: why } of views) {
    const since = redSince[name];
    if (band !== 'red' && since === undefined) continue;
    const stays = band === 'red' || (why !== undefined && why !== 'NotConfigured');
    if (stays) red += 1;
    if (stays && since === undefined) (next ??= { ...redSince })[name] = now;
    if (!stays) delete (next ??= { ...redSince })[name];
  }
  const found = next ?? redSince;
  if (Object.keys(found).length === red) return found;
  // A queue that is not in the spec any more is red no longer.
  return Object.fromEntries(Object.entries(found).filter(([name]) => views.some((one) => one.name === name)));
}
