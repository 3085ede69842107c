/** Words in which the tests of decisions say what is given. */
import { LeadPlatformSpec, type LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import { eachScalar } from '../../../src/api/signals.ts';
import { decide, emptyHistory } from '../../../src/decide/decide.ts';
import type {
  DecideInput,
  Decision,
  History,
  LoadSlot,
  ObservedComponent,
} from '../../../src/model/decision.ts';
import type { QueueFlow } from '../../../src/model/queue-history.ts';
import { unknown, type Instant, type Reading } from '../../../src/model/reading.ts';
import type { QueueReading, Readings } from '../../../src/model/readings.ts';

/** A Monday, midnight UTC. */
export const MONDAY: Instant = Date.UTC(2026, 0, 5);
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export function spec(input: Partial<LeadPlatformSpecInput> = {}): LeadPlatformSpec {
  return LeadPlatformSpec.parse({ image: 'registry.example/brain:1.4.0', ...input });
}

export const NOT_CONFIGURED = unknown('NotConfigured', 'no source is given');
export const TIMED_OUT = unknown('SourceTimeout', 'the source did not answer in time');

export type Values = Partial<
  Record<Exclude<keyof Readings, 'queues' | 'databaseConnections'>, number | Reading>
> & {
  readonly connections?: { readonly used: number; readonly allowed: number } | Reading<never>;
  readonly queues?: Readonly<Record<string, Partial<QueueReading> | Reading<QueueReading>>>;
};

/** Readings of this moment; what is not mentioned has no source. */
export function readings(values: Values, at: Instant): Readings {
  const { queues = {}, connections, ...scalars } = values;
  const reading = (value: number | Reading | undefined): Reading =>
    value === undefined ? NOT_CONFIGURED : typeof value === 'number' ? { value, at } : value;
  return {
    ...eachScalar((name) => reading(scalars[name])),
    databaseConnections:
      connections === undefined
        ? NOT_CONFIGURED
        : 'used' in connections
          ? { value: connections, at }
          : connections,
    queues: Object.fromEntries(
      Object.entries(queues).map(([name, queue]) => [
        name,
        'unknown' in queue || 'value' in queue
          ? queue
          : { value: { ready: 0, inFlight: 0, delayed: 0, ...queue }, at },
      ]),
    ) as Readings['queues'],
  };
}

/** A component, all of it ready. */
export function component(
  name: string,
  replicas: number,
  more: Partial<ObservedComponent> = {},
): ObservedComponent {
  return { name, desiredReplicas: replicas, readyReplicas: replicas, ...more };
}

/** Leads/day as it was over the past, an hour a slot, oldest first: `days` lists how many days it was how much. */
export function load(
  until: Instant,
  ...days: readonly (readonly [days: number, leadsPerDay: number])[]
): LoadSlot[] {
  const hours = days.flatMap(([count, value]) => Array.from({ length: Math.round(count * 24) }, () => value));
  return hours.map((value, index) => {
    const start = until - (hours.length - index) * HOUR;
    return { start, until: start + HOUR - MINUTE, low: value, high: value };
  });
}

/**
 * On a tier since long ago, under that load ever since: leads/day over all of the look-back, or as {@link load} takes it.
 */
export function on(tier: string, ...days: (number | Parameters<typeof load>[1])[]) {
  const past = days.map((one) => (typeof one === 'number' ? ([7.5, one] as const) : one));
  return { tier, tierSince: MONDAY - 30 * DAY, load: load(MONDAY, ...past) };
}

/** On `balanced`, with a load that keeps it there. */
export const balanced = on('balanced', 26_000);

/** The parts of a platform with one queue, all of them ready. */
export const running = (queue: number, ingest = 3, sync = 1): ObservedComponent[] => [
  component('ingest', ingest),
  component('sync', sync),
  component('queue-default', queue),
];

/** The whole scale-down window was seen, and no more than this was wanted in it. */
export const seen = (name: string, most: number): Partial<History> => ({
  wanted: { [name]: [{ start: MONDAY - 6 * MINUTE, until: MONDAY - 1_000, most }] },
});

/** What was learned of a queue: so many jobs come a second, and one takes so long. Nothing waits, and nobody works. */
export function flowing(rate: number, serviceSeconds: number, at: Instant = MONDAY - 1_000): QueueFlow {
  const counts = Array.from({ length: 64 }, () => 15 * rate);
  const steady = { rate, span: 960 };
  return {
    ...{
      at,
      size: 0,
      inFlight: 0,
      serviceSeconds,
      learnedFrom: 1_000,
      growth: 0,
    },
    ...{
      openedAt: at,
      came: 0,
      owed: 0,
      countedSeconds: serviceSeconds,
      counts,
      steady,
      recent: steady,
      dispersion: 1,
    },
    ...{ unevenness: 1, finished: 0, expected: 0, intervals: 0 },
  };
}

export interface Given {
  readonly spec?: LeadPlatformSpec;
  readonly values?: Values;
  readonly components?: readonly ObservedComponent[];
  readonly confirmed?: readonly string[];
  readonly inPlace?: readonly string[];
  readonly history?: Partial<History>;
  readonly autoscaled?: readonly string[];
  readonly hold?: DecideInput['hold'];
  readonly now?: Instant;
}

export function decideGiven({
  spec: given = spec(),
  values = {},
  components = [],
  confirmed = [],
  inPlace = [],
  history = {},
  autoscaled = [],
  hold,
  now = MONDAY,
}: Given): Decision {
  return decide(
    {
      spec: given,
      readings: readings(values, now),
      components,
      autoscaled,
      confirmed: new Set(confirmed),
      inPlace: new Set(inPlace),
      hold,
    },
    { ...emptyHistory(), ...counted(values.leadsPerDay, now), ...history },
    now,
  );
}

/** The count of leads/day before this one told the same. */
function counted(leadsPerDay: number | Reading | undefined, now: Instant): Pick<History, 'dayCounts'> {
  if (typeof leadsPerDay !== 'number') return {};
  const at = now - 5 * MINUTE;
  const count = { agreed: leadsPerDay, last: leadsPerDay, believed: leadsPerDay };
  return { dayCounts: { ...count, at, believedAt: at } };
}

export function componentOf(decision: Decision, name: string): Decision['components'][number] {
  const found = decision.components.find((one) => one.name === name);
  if (found === undefined)
    throw new Error(
      `no component ${name}; there are ${decision.components.map((one) => one.name).join(', ')}`,
    );
  return found;
}
