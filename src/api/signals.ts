/**
 * The scalar signals, each told once: what its number is, how large it can be, and how it is looked at. A new one is an entry here,
 * and its test. Schema, readings, freshness, views, `plan --set` and its help follow; Prometheus and HTTP may tell every one, and a
 * source of its own is an entry in `schema/signals.ts`.
 */

/** How a number is written and converted: counts; bytes; milliseconds; per cent, of which there may be more than a hundred. */
export type SignalUnit = 'count' | 'B' | 'ms' | '%';

/** Limits that have no band, as the people of the platform put them. */
export interface PracticalLimits {
  readonly comfortable?: number;
  /** From here on, itself included, the platform has to change. */
  readonly changesFrom?: number;
}

/** A health band, in the unit of its signal: green below yellow, red above red. */
export interface BandFacts {
  readonly yellow: number;
  readonly red: number;
  /** What its field in `spec.limits` says. */
  readonly description: string;
}

export interface ScalarSignal {
  readonly unit: SignalUnit;
  /** What its field in `spec.signals` says. */
  readonly description: string;
  /** The most that it can be before it is a fault of its source, in its unit. */
  readonly most: number;
  /** The default of its health band, which `spec.limits` has under the same name. Left out: it has none. */
  readonly band?: BandFacts;
  readonly practical?: PracticalLimits;
  /** Milliseconds between two looks where the spec names no source. Default: five minutes. */
  readonly unsaidIntervalMs?: number;
}

const QUARTER_HOUR_MS = 900_000;

/** In the order in which they are told. */
export const SCALAR_SIGNALS = {
  leadsPerDay: {
    unit: 'count',
    description: 'Leads in the last 24 hours: what the ladder goes by.',
    most: 1e9,
    band: { yellow: 10_000, red: 25_000, description: 'Health band of leads per day.' },
  },
  leadsPerMinute: {
    unit: 'count',
    description: 'Leads in the last minute: what ingest is sized by.',
    most: 1e7,
  },
  leadsTotal: {
    unit: 'count',
    description: 'Leads in the database, an estimate: reported and projected.',
    most: 1e13,
    practical: { comfortable: 5e6 },
    unsaidIntervalMs: QUARTER_HOUR_MS,
  },
  activeLeads: {
    unit: 'count',
    description: 'Leads that are active. Absent unless a source is given.',
    most: 1e13,
    practical: { changesFrom: 10e6 },
  },
  apiCallsPerHour: {
    unit: 'count',
    description: 'Calls to the API of Vici in the last hour.',
    most: 1e9,
    band: { yellow: 500, red: 1_000, description: 'Health band of the calls to Vici per hour.' },
  },
  databaseSize: {
    unit: 'B',
    description: 'The size of the database: reported and projected, for it cannot fall by itself.',
    most: 1e18,
    band: { yellow: 10e9, red: 50e9, description: 'Health band of the size of the database.' },
    unsaidIntervalMs: QUARTER_HOUR_MS,
  },
  responseTime: {
    unit: 'ms',
    description: 'How long the web side takes to answer.',
    most: 8.64e7,
    band: { yellow: 200, red: 500, description: 'Health band of the response time.' },
  },
  cpu: {
    unit: '%',
    description: 'CPU of the pods of the platform, in per cent.',
    most: 1e5,
    band: { yellow: 60, red: 80, description: 'Health band of the CPU.' },
  },
  memory: {
    unit: '%',
    description: 'Memory of the pods of the platform, in per cent.',
    most: 1e5,
    band: { yellow: 70, red: 85, description: 'Health band of the memory.' },
  },
  agents: {
    unit: 'count',
    description: 'Concurrent agents on the dialer: reported.',
    most: 1e7,
    practical: { comfortable: 500, changesFrom: 1_000 },
  },
} as const satisfies Readonly<Record<string, ScalarSignal>>;

/** Of a queue, and of all of them together. */
export const QUEUE_DEPTH_BAND: BandFacts = {
  ...{ yellow: 1_000, red: 5_000 },
  description:
    'Health band of a queue and of their sum, as Queue::size counts (ready, delayed and in flight).',
};

type Table = typeof SCALAR_SIGNALS;
export type ScalarName = keyof Table;
/** Those that have a band. */
export type BandedScalar = {
  [K in ScalarName]: Table[K] extends { readonly band: BandFacts } ? K : never;
}[ScalarName];

export const SCALAR_NAMES = Object.keys(SCALAR_SIGNALS) as readonly ScalarName[];

export const scalarSignal = (name: ScalarName): ScalarSignal => SCALAR_SIGNALS[name];

/** Something of each, by name. */
export function eachScalar<T>(of: (name: ScalarName) => T): Readonly<Record<ScalarName, T>> {
  const values: Partial<Record<ScalarName, T>> = {};
  for (const name of SCALAR_NAMES) values[name] = of(name);
  return values as Record<ScalarName, T>;
}

/** Something of each that has a band, by name. */
export function eachBanded<T>(
  of: (band: BandFacts, unit: SignalUnit) => T,
): Readonly<Record<BandedScalar, T>> {
  const banded = SCALAR_NAMES.flatMap((name) => {
    const { band, unit } = scalarSignal(name);
    return band === undefined ? [] : [[name, of(band, unit)] as const];
  });
  return Object.fromEntries(banded) as Record<BandedScalar, T>;
}
