/** When the window of a schedule is open, above all where clocks are changed. Every instant in the tables is a fact in UTC. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Schedule } from '../../../src/api/schema/schedules.ts';
import { windowAt } from '../../../src/scaling/schedule-window.ts';
import { DAY, HOUR, MINUTE, spec } from '../decide/given.ts';

interface Given {
  readonly cron: string;
  readonly duration: string;
  readonly timeZone?: string;
}

function scheduleOf(given: Given): Schedule {
  const schedules = [{ ...given, replicas: { min: 5 } }];
  return spec({ components: { ingest: { schedules } } }).components.ingest.schedules[0]!;
}

const at = (text: string): number => Date.parse(`${text.replace(' ', 'T')}:00Z`);
const written = (instant: number): string => new Date(instant).toISOString().slice(0, 16).replace('T', ' ');

/** The windows that are open in `[from, until)`, found as the operator does: from one beginning or end to the next. */
function windowsIn(schedule: Schedule, from: number, until: number): readonly (readonly [string, string])[] {
  const found: [string, string][] = [];
  for (let now = from; now < until;) {
    const window = windowAt(schedule, now);
    if (window.endsAt !== undefined) found.push([written(window.since), written(window.endsAt)]);
    now = window.until;
  }
  return found;
}

type Row = readonly [when: string, given: Given, from: string, until: string, ...windows: [string, string][]];

const BERLIN = 'Europe/Berlin';
const NEW_YORK = 'America/New_York';
const SYDNEY = 'Australia/Sydney';

/** Berlin: 2026-03-29 02:00 → 03:00 and 2026-10-25 03:00 → 02:00, both at 01:00 UTC. */
const IN_BERLIN: readonly Row[] = [
  [
    'a time that does not exist: at the first instant after it',
    { cron: '30 2 * * *', duration: '1h', timeZone: BERLIN },
    '2026-03-28 00:00',
    '2026-03-31 00:00',
    ['2026-03-28 01:30', '2026-03-28 02:30'],
    ['2026-03-29 01:00', '2026-03-29 02:00'],
    ['2026-03-30 00:30', '2026-03-30 01:30'],
  ],
  [
    'a time that comes twice: the first time',
    { cron: '30 2 * * *', duration: '1h', timeZone: BERLIN },
    '2026-10-24 00:00',
    '2026-10-27 00:00',
    ['2026-10-24 00:30', '2026-10-24 01:30'],
    ['2026-10-25 00:30', '2026-10-25 01:30'],
    ['2026-10-26 01:30', '2026-10-26 02:30'],
  ],
  [
    'open while clocks go forward: as long as ever, so that the clock shows 07:00 at its end and not 06:00',
    { cron: '0 0 * * *', duration: '6h', timeZone: BERLIN },
    '2026-03-28 12:00',
    '2026-03-29 12:00',
    ['2026-03-28 23:00', '2026-03-29 05:00'],
  ],
  [
    'open while clocks go back: as long as ever, so that the clock shows 05:00 at its end and not 06:00',
    { cron: '0 0 * * *', duration: '6h', timeZone: BERLIN },
    '2026-10-24 12:00',
    '2026-10-25 12:00',
    ['2026-10-24 22:00', '2026-10-25 04:00'],
  ],
  [
    'all day, on a day of 23 hours: the next one begins while it is open',
    { cron: '0 0 * * *', duration: '24h', timeZone: BERLIN },
    '2026-03-28 23:00',
    '2026-03-30 22:00',
    ['2026-03-28 23:00', '2026-03-29 23:00'],
    ['2026-03-29 22:00', '2026-03-30 22:00'],
  ],
  [
    'all day, on a day of 25 hours: closed for one',
    { cron: '0 0 * * *', duration: '24h', timeZone: BERLIN },
    '2026-10-24 22:00',
    '2026-10-26 23:00',
    ['2026-10-24 22:00', '2026-10-25 22:00'],
    ['2026-10-25 23:00', '2026-10-26 23:00'],
  ],
  [
    'several hours, of which one does not exist: not on that day',
    { cron: '30 2,14 * * *', duration: '1h', timeZone: BERLIN },
    '2026-03-28 23:00',
    '2026-03-30 01:00',
    ['2026-03-29 12:30', '2026-03-29 13:30'],
    ['2026-03-30 00:30', '2026-03-30 01:30'],
  ],
  [
    'several hours, of which one comes twice: both times',
    { cron: '30 2,14 * * *', duration: '1h', timeZone: BERLIN },
    '2026-10-25 00:00',
    '2026-10-25 22:00',
    ['2026-10-25 00:30', '2026-10-25 01:30'],
    ['2026-10-25 01:30', '2026-10-25 02:30'],
    ['2026-10-25 13:30', '2026-10-25 14:30'],
  ],
];

/** New York: 2026-03-08 02:00 → 03:00 at 07:00 UTC, and 2026-11-01 02:00 → 01:00 at 06:00 UTC. */
const IN_NEW_YORK: readonly Row[] = [
  [
    'a time that does not exist: at the first instant after it',
    { cron: '30 2 * * *', duration: '1h', timeZone: NEW_YORK },
    '2026-03-07 00:00',
    '2026-03-10 00:00',
    ['2026-03-07 07:30', '2026-03-07 08:30'],
    ['2026-03-08 07:00', '2026-03-08 08:00'],
    ['2026-03-09 06:30', '2026-03-09 07:30'],
  ],
  [
    '02:30, an hour after the one that comes twice: once',
    { cron: '30 2 * * *', duration: '1h', timeZone: NEW_YORK },
    '2026-11-01 00:00',
    '2026-11-02 00:00',
    ['2026-11-01 07:30', '2026-11-01 08:30'],
  ],
  [
    'a time that comes twice: the first time',
    { cron: '30 1 * * *', duration: '1h', timeZone: NEW_YORK },
    '2026-10-31 00:00',
    '2026-11-03 00:00',
    ['2026-10-31 05:30', '2026-10-31 06:30'],
    ['2026-11-01 05:30', '2026-11-01 06:30'],
    ['2026-11-02 06:30', '2026-11-02 07:30'],
  ],
];

/** Sydney: 2026-04-05 03:00 → 02:00, and 2026-10-04 02:00 → 03:00, both at 16:00 UTC of the day before. */
const IN_SYDNEY: readonly Row[] = [
  [
    'a time that comes twice, in April: the first time',
    { cron: '30 2 * * *', duration: '1h', timeZone: SYDNEY },
    '2026-04-03 00:00',
    '2026-04-06 00:00',
    ['2026-04-03 15:30', '2026-04-03 16:30'],
    ['2026-04-04 15:30', '2026-04-04 16:30'],
    ['2026-04-05 16:30', '2026-04-05 17:30'],
  ],
  [
    'a time that does not exist, in October: at the first instant after it',
    { cron: '30 2 * * *', duration: '1h', timeZone: SYDNEY },
    '2026-10-02 00:00',
    '2026-10-05 00:00',
    ['2026-10-02 16:30', '2026-10-02 17:30'],
    ['2026-10-03 16:00', '2026-10-03 17:00'],
    ['2026-10-04 15:30', '2026-10-04 16:30'],
  ],
];

const ELSEWHERE: readonly Row[] = [
  [
    'without a time zone: of UTC',
    { cron: '30 2 * * *', duration: '90m' },
    '2026-03-28 12:00',
    '2026-03-29 12:00',
    ['2026-03-29 02:30', '2026-03-29 04:00'],
  ],
  [
    'office hours: on none of the days between',
    { cron: '0 8 * * 1-5', duration: '9h', timeZone: 'Asia/Manila' },
    '2026-01-09 00:00',
    '2026-01-12 01:00',
    ['2026-01-09 00:00', '2026-01-09 09:00'],
    ['2026-01-12 00:00', '2026-01-12 09:00'],
  ],
  [
    'a day that comes every four years',
    { cron: '0 0 29 2 *', duration: '7d' },
    '2026-01-01 00:00',
    '2033-01-01 00:00',
    ['2028-02-29 00:00', '2028-03-07 00:00'],
    ['2032-02-29 00:00', '2032-03-07 00:00'],
  ],
];

describe('the window of a schedule', () => {
  const rows = [...IN_BERLIN, ...IN_NEW_YORK, ...IN_SYDNEY, ...ELSEWHERE];
  it.each(rows.map(([when, given, from, until, ...windows]) => ({ when, given, from, until, windows })))(
    'of $given.cron in $given.timeZone, $when',
    ({ given, from, until, windows }) => {
      expect(windowsIn(scheduleOf(given), at(from), at(until))).toEqual(windows);
    },
  );

  it('is open from its first millisecond until the one before its last', () => {
    const schedule = scheduleOf({ cron: '0 8 * * *', duration: '1h' });
    const begins = at('2026-01-05 08:00');
    const isOpen = (now: number) => windowAt(schedule, now).endsAt !== undefined;
    expect([begins - 1, begins, begins + HOUR - 1, begins + HOUR].map(isOpen)).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  it('answers the same whatever was asked before, and holds in all of its span', () => {
    const given = fc.record({
      cron: fc.constantFrom('30 2 * * *', '0 8 * * 1-5', '*/30 * * * *', '15 1,3 * * 0', '0 0 L * *'),
      duration: fc.constantFrom('10m', '30m'),
      timeZone: fc.constantFrom(BERLIN, NEW_YORK, SYDNEY, 'Australia/Lord_Howe', 'UTC'),
    });
    const instants = fc.array(
      fc.integer({ min: at('2026-01-01 00:00') / MINUTE, max: at('2027-01-01 00:00') / MINUTE }),
      {
        minLength: 2,
        maxLength: 5,
      },
    );
    fc.assert(
      fc.property(given, instants, (one, minutes) => {
        const asked = scheduleOf(one);
        for (const minute of minutes) {
          const now = minute * MINUTE;
          const answer = windowAt(asked, now);
          expect(answer).toEqual(windowAt(scheduleOf(one), now));
          expect(now).toBeGreaterThanOrEqual(answer.since);
          expect(now).toBeLessThan(answer.until);
          expect(windowAt(scheduleOf(one), answer.until - 1)).toEqual(answer);
          expect(windowAt(scheduleOf(one), answer.until)).not.toEqual(answer);
        }
      }),
      { numRuns: 20 },
    );
  });

  it.each([Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, Number.NaN, 8.64e15])(
    'is closed at %d, for which there is no date',
    (now) => {
      expect(windowAt(scheduleOf({ cron: '0 8 * * *', duration: '1h' }), now)).toMatchObject({
        until: Infinity,
        endsAt: undefined,
      });
    },
  );

  it('has not been open for longer than its duration in any year', () => {
    const schedule = scheduleOf({ cron: '0 22 * * 5', duration: '7h', timeZone: BERLIN });
    const windows = windowsIn(schedule, at('2026-01-01 00:00'), at('2026-12-31 00:00'));
    expect(windows).toHaveLength(52);
    expect(new Set(windows.map(([from, until]) => at(until) - at(from)))).toEqual(new Set([7 * HOUR]));
    expect(
      new Set(windows.slice(1).map(([from], index) => (at(from) - at(windows[index]![0])) / DAY)),
    ).toEqual(new Set([7, 7 - 1 / 24, 7 + 1 / 24]));
  });
});
