/**
 * Health bands: green below yellow, red above red, yellow between. A value on a border belongs to the milder of two
 * ways to be unhealthy: 25,000 leads/day is yellow, 25,001 is red; and 10,000 is no longer green.
 */
import type { Limits } from '../api/schema/signals.ts';
import { eachBanded, QUEUE_DEPTH_BAND } from '../api/signals.ts';
import type { Band } from '../model/decision.ts';

export interface Limit {
  readonly yellow: number;
  readonly red: number;
}

export type BandedSignal = keyof Limits;

/** The operators' own limits of one server, in base units: counts, bytes, milliseconds, per cent. */
export const DEFAULT_LIMITS: Readonly<Record<BandedSignal, Limit>> = {
  ...eachBanded(({ yellow, red }) => ({ yellow, red })),
  queueDepth: QUEUE_DEPTH_BAND,
};

/** The limit of a signal: the spec's, else the default. */
export function limitOf(limits: Limits, signal: BandedSignal): Limit {
  return limits[signal] ?? DEFAULT_LIMITS[signal];
}

export function bandOf({ yellow, red }: Limit, value: number): Band {
  if (value > red) return 'red';
  return value >= yellow ? 'yellow' : 'green';
}
