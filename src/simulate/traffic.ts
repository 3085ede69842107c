/** Leads over time: made from a seed, or read from a file. */
import type { Instant } from '../model/reading.ts';
import { poisson, uniform } from './random.ts';

/** Leads that came in from `at` on, until the next bucket. */
export interface Bucket {
  readonly at: Instant;
  readonly leads: number;
}

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

/** A line of a trace that could not be read. */
export class TraceError extends Error {
  override readonly name = 'TraceError';
  readonly line: number;

  constructor(line: number, problem: string) {
    super(`line ${line}: ${problem}`);
    this.line = line;
  }
}

const MOST_LINES = 5_000_000;
const INSTANT = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})$/;

function quoted(text: string): string {
  return `"${text.length > 40 ? `${text.slice(0, 40)}…` : text}"`;
}

function readLine(text: string, line: number, last: Instant): Bucket {
  const fields = text.split(',');
  if (fields.length !== 2) {
    throw new TraceError(line, `has ${fields.length} fields; write time,leads, like 2026-03-02T08:00:00Z,42`);
  }
  const [time = '', leads = ''] = fields.map((field) => field.trim());
  const at = INSTANT.test(time) ? Date.parse(time) : NaN;
  if (Number.isNaN(at)) {
    throw new TraceError(line, `${quoted(time)} is not an instant; write it like 2026-03-02T08:00:00Z`);
  }
  if (at <= last) throw new TraceError(line, `${time} is not after the line before; sort the lines by time`);
  const count = /^\d{1,10}(\.\d{1,6})?$/.test(leads) ? Number(leads) : NaN;
  if (Number.isNaN(count)) {
    throw new TraceError(line, `${quoted(leads)} is not a number of leads; write a number from 0 up`);
  }
  return { at, leads: count };
}

/** Reads a `time,leads` CSV: the start of a bucket, and the leads in it. Throws `TraceError` at the first bad line. */
export function parseTrace(text: string): Bucket[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  if (lines.length > MOST_LINES)
    throw new TraceError(MOST_LINES + 1, `is one too many; a trace has at most ${MOST_LINES} lines`);
  if (lines[0]?.trim().toLowerCase() !== 'time,leads') {
    throw new TraceError(1, `is ${quoted(lines[0] ?? '')}; the first line must read time,leads`);
  }
  const buckets: Bucket[] = [];
  let last = -Infinity;
  for (let index = 1; index < lines.length; index += 1) {
    const row = lines[index]!;
    if (row.trim() === '') continue;
    const bucket = readLine(row, index + 1, last);
    buckets.push(bucket);
    last = bucket.at;
  }
  if (buckets.length === 0)
    throw new TraceError(2, 'is missing; a trace has at least one line of time,leads');
  return buckets;
}
