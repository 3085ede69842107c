/**
 * The scalar signals, each told once: what its number is, how large it can be, and how it is looked at. A new one is an entry
 * here, its sources in the schema, and its test; readings, freshness, views, `plan --set` and the sources of everybody follow.
 */

/** How a number is written and converted: counts; bytes; milliseconds; per cent, of which there may be more than a hundred. */
export type SignalUnit = 'count' | 'B' | 'ms' | '%';

/** Limits that have no band, as the people of the platform put them. */
export interface PracticalLimits {
  readonly comfortable?: number;
  /** From here on, itself included, the platform has to change. */
  readonly changesFrom?: number;
}

export interface ScalarSignal {
  readonly unit: SignalUnit;
  /** The most that it can be before it is a fault of its source, in its unit. */
  readonly most: number;
  /** It has a health band, under its own name in `spec.limits`. */
  readonly isBanded?: true;
  readonly practical?: PracticalLimits;
  /** Milliseconds between two looks where the spec names no source. Default: five minutes. */
  readonly unsaidIntervalMs?: number;
}

const QUARTER_HOUR_MS = 900_000;

/** In the order in which they are told. */
export const SCALAR_SIGNALS = {
  leadsPerDay: { unit: 'count', most: 1e9, isBanded: true },
  leadsPerMinute: { unit: 'count', most: 1e7 },
  leadsTotal: {
    unit: 'count',
    most: 1e13,
    practical: { comfortable: 5e6 },
    unsaidIntervalMs: QUARTER_HOUR_MS,
  },
  activeLeads: { unit: 'count', most: 1e13, practical: { changesFrom: 10e6 } },
  apiCallsPerHour: { unit: 'count', most: 1e9, isBanded: true },
  databaseSize: { unit: 'B', most: 1e18, isBanded: true, unsaidIntervalMs: QUARTER_HOUR_MS },
  responseTime: { unit: 'ms', most: 8.64e7, isBanded: true },
  cpu: { unit: '%', most: 1e5, isBanded: true },
  memory: { unit: '%', most: 1e5, isBanded: true },
  agents: { unit: 'count', most: 1e7, practical: { comfortable: 500, changesFrom: 1_000 } },
} as const satisfies Readonly<Record<string, ScalarSignal>>;

export type ScalarName = keyof typeof SCALAR_SIGNALS;

export const SCALAR_NAMES = Object.keys(SCALAR_SIGNALS) as readonly ScalarName[];

export const scalarSignal = (name: ScalarName): ScalarSignal => SCALAR_SIGNALS[name];

/** Something of each, by name. */
export function eachScalar<T>(of: (name: ScalarName) => T): Readonly<Record<ScalarName, T>> {
  const values: Partial<Record<ScalarName, T>> = {};
  for (const name of SCALAR_NAMES) values[name] = of(name);
  return values as Record<ScalarName, T>;
}
