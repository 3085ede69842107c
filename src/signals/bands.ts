/**
 * Health bands: green below yellow, red above red, yellow between. A value on a border belongs to the milder of two
 * ways to be unhealthy: 25,000 leads/day is yellow, 25,001 is red; and 10,000 is no longer green.
 */
import type { Limits } from '../api/schema/signals.ts';
import type { Band } from '../model/decision.ts';

export interface Limit {
  readonly yellow: number;
  readonly red: number;
}

export type BandedSignal = keyof Limits;

/** The operators' own limits of one server, in base units: counts, bytes, milliseconds, per cent. */
export const DEFAULT_LIMITS: Readonly<Record<BandedSignal, Limit>> = {
  leadsPerDay: { yellow: 10_000, red: 25_000 },
  apiCallsPerHour: { yellow: 500, red: 1_000 },
  databaseSize: { yellow: 10e9, red: 50e9 },
  queueDepth: { yellow: 1_000, red: 5_000 },
  responseTime: { yellow: 200, red: 500 },
  cpu: { yellow: 60, red: 80 },
  memory: { yellow: 70, red: 85 },
};

/** The limit of a signal: the spec's, else the default. */
export function limitOf(limits: Limits, signal: BandedSignal): Limit {
  return limits[signal] ?? DEFAULT_LIMITS[signal];
}

export function bandOf({ yellow, red }: Limit, value: number): Band {
  if (value > red) return 'red';
  return value >= yellow ? 'yellow' : 'green';
}
