/** Leads over time, made from a seed. */
import type { Instant } from '../model/reading.ts';
import { poisson, uniform } from './random.ts';
import type { Bucket } from './trace.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/**
 * How a dialing day goes, by the hour (UTC): quiet nights, a morning of forms filled in over coffee, a dip at noon, an
 * afternoon, and an evening that trickles out. Shares of a day; they add up to 1 after they are scaled.
 */
const HOURS = [4, 3, 2, 2, 3, 6, 14, 30, 58, 80, 90, 86, 66, 72, 84, 86, 78, 62, 48, 40, 32, 24, 16, 8];
const HOURS_SUM = HOURS.reduce((sum, share) => sum + share, 0);
/** Sunday first. */
const WEEKDAYS = [0.3, 1, 1.04, 1.02, 1, 0.94, 0.4];

export interface LeadDaysOptions {
  readonly seed: number;
  /** The first midnight, UTC. */
  readonly from: Instant;
  readonly days: number;
  /** What an ordinary weekday of day 0, 1, … brings. */
  readonly leadsPerDay: (day: number) => number;
  /** Length of a bucket in milliseconds; a divisor of an hour. Default: five minutes. */
  readonly bucket?: number;
  /** Whether weekends are quieter. Default: true. */
  readonly weekends?: boolean;
}

/** Days of leads with the shape of weekdays and hours, and the noise of independent arrivals. */
export function* leadDays(options: LeadDaysOptions): Generator<Bucket> {
  const { seed, from, days, leadsPerDay, bucket = 300_000, weekends = true } = options;
  const random = uniform(seed);
  for (let day = 0; day < days; day += 1) {
    const midnight = from + day * DAY_MS;
    const weekday = weekends ? (WEEKDAYS[new Date(midnight).getUTCDay()] ?? 1) : 1;
    const total = leadsPerDay(day) * weekday;
    for (let offset = 0; offset < DAY_MS; offset += bucket) {
      const share = (HOURS[Math.floor(offset / HOUR_MS)] ?? 0) / HOURS_SUM;
      yield { at: midnight + offset, leads: poisson((total * share * bucket) / HOUR_MS, random) };
    }
  }
}
