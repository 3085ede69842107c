/**
 * Instants as a column of leads has them. A `timestamptz` keeps the instant; a `timestamp` keeps what a clock on the wall of
 * the application showed. One literal is right for both: `2026-03-02T03:59:00.000-05:00`. Postgres reads it as the type of
 * the column it is compared with, and for a `timestamp` leaves the offset out.
 *
 * Where clocks are set back, the wall shows an hour twice (New York, 2026-11-01):
 *
 *     05:00Z 01:00 │ 06:00Z 01:00 again │ 07:00Z 02:00
 *
 * A window that begins or ends in it is widened to whole: never fewer leads than there were, and at most the leads of that
 * hour more. For a window of a minute that would be sixty times as many; who asks for one asks `repeatedHour` first.
 */
import type { Instant } from '../../model/reading.ts';

/** No zone sets its clocks back by more than this. */
const MOST_SET_BACK_MS = 3 * 3_600_000;
const SECOND_MS = 1_000;

/** Both ends of a window `(from, until]`, as literals. */
export interface LocalWindow {
  readonly from: string;
  readonly until: string;
}

/** `(start, end]` as the column has it. */
export function localWindow(timeZone: string, start: Instant, end: Instant): LocalWindow {
  const first = setBackWithin(timeZone, start, Math.min(end, start + MOST_SET_BACK_MS));
  const last = setBackWithin(timeZone, Math.max(start, end - MOST_SET_BACK_MS), end);
  const from = wallOf(timeZone, start);
  const until = wallOf(timeZone, end);
  return {
    from: literal(first === undefined ? from : Math.min(from, first.at + first.after), start),
    until: literal(last === undefined ? until : Math.max(until, last.at + last.before), end),
  };
}

/** The hour that the wall shows for the second time in a part of `(start, end]`; its first and last instant. */
export function repeatedHour(
  timeZone: string,
  start: Instant,
  end: Instant,
): { readonly from: Instant; readonly until: Instant } | undefined {
  const found = setBackWithin(timeZone, start - MOST_SET_BACK_MS, end);
  if (found === undefined) return undefined;
  const until = found.at + found.before - found.after;
  return until > start ? { from: found.at, until } : undefined;
}

interface SetBack {
  /** When, to the second. */
  readonly at: Instant;
  /** Milliseconds that the wall was, and is, ahead of UTC. */
  readonly before: number;
  readonly after: number;
}

/** Spans of a few hours hold one change of clocks at most. */
function setBackWithin(timeZone: string, start: Instant, end: Instant): SetBack | undefined {
  const before = offsetAt(timeZone, start);
  const after = offsetAt(timeZone, end);
  if (after >= before) return undefined;
  let [low, high] = [start, end];
  while (high - low > SECOND_MS) {
    const middle = (low + high) / 2;
    if (offsetAt(timeZone, middle) === before) low = middle;
    else high = middle;
  }
  return { at: Math.floor(high / SECOND_MS) * SECOND_MS, before, after };
}

const wallOf = (timeZone: string, instant: Instant): number => instant + offsetAt(timeZone, instant);

const formats = new Map<string, Intl.DateTimeFormat>();

/** Milliseconds that a clock there is ahead of UTC. */
function offsetAt(timeZone: string, instant: Instant): number {
  if (timeZone === 'UTC') return 0;
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en', {
      timeZone,
      hourCycle: 'h23',
      calendar: 'gregory',
      numberingSystem: 'latn',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timeZone, format);
  }
  const part = Object.fromEntries(
    format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day, hour, minute, second } = part;
  const wall = Date.UTC(year, month - 1, day, hour, minute, second);
  return wall - Math.floor(instant / SECOND_MS) * SECOND_MS;
}

/** @param wall What the wall shows, as if it were UTC. */
function literal(wall: number, instant: Instant): string {
  const ahead = Math.round((wall - instant) / SECOND_MS);
  const shown = new Date(wall).toISOString().slice(0, -1);
  const [hours, minutes, seconds] = [3_600, 60, 1].map((unit, index) =>
    String(Math.floor((Math.abs(ahead) % (index === 0 ? Infinity : unit * 60)) / unit)).padStart(2, '0'),
  );
  return `${shown}${ahead < 0 ? '-' : '+'}${hours}:${minutes}${seconds === '00' ? '' : `:${seconds}`}`;
}
