import fc from 'fast-check';
import { expect, it } from 'vitest';
import { localWindow, repeatedHour } from '../../../src/sources/postgres/local-time.ts';

const at = (text: string) => Date.parse(text);

it.each<{ name: string; zone: string; start: string; end: string; from: string; until: string }>([
  {
    name: 'UTC',
    zone: 'UTC',
    start: '2026-03-02T08:59:00.250Z',
    end: '2026-03-02T09:00:00.250Z',
    from: '2026-03-02T08:59:00.250+00:00',
    until: '2026-03-02T09:00:00.250+00:00',
  },
  {
    name: 'behind UTC',
    zone: 'America/New_York',
    start: '2026-03-02T08:59:00Z',
    end: '2026-03-02T09:00:00Z',
    from: '2026-03-02T03:59:00.000-05:00',
    until: '2026-03-02T04:00:00.000-05:00',
  },
  {
    name: 'ahead by three quarters of an hour more, over midnight and the end of a year',
    zone: 'Asia/Kathmandu',
    start: '2025-12-31T18:14:30Z',
    end: '2025-12-31T18:15:30Z',
    from: '2025-12-31T23:59:30.000+05:45',
    until: '2026-01-01T00:00:30.000+05:45',
  },
  {
    name: 'clocks set forward within: the wall leaves an hour out',
    zone: 'America/New_York',
    start: '2026-03-08T06:59:30Z',
    end: '2026-03-08T07:00:30Z',
    from: '2026-03-08T01:59:30.000-05:00',
    until: '2026-03-08T03:00:30.000-04:00',
  },
  {
    name: 'a day with 25 hours',
    zone: 'America/New_York',
    start: '2026-11-01T00:00:00Z',
    end: '2026-11-02T00:00:00Z',
    from: '2026-10-31T20:00:00.000-04:00',
    until: '2026-11-01T19:00:00.000-05:00',
  },
  {
    name: 'ends in the hour that comes twice: all of its first time has been',
    zone: 'America/New_York',
    start: '2026-10-31T06:30:00Z',
    end: '2026-11-01T06:30:00Z',
    from: '2026-10-31T02:30:00.000-04:00',
    until: '2026-11-01T02:00:00.000-04:30',
  },
  {
    name: 'begins in the hour that comes twice, the first time: all of the second is still in it',
    zone: 'America/New_York',
    start: '2026-11-01T05:30:00Z',
    end: '2026-11-02T05:30:00Z',
    from: '2026-11-01T01:00:00.000-04:30',
    until: '2026-11-02T00:30:00.000-05:00',
  },
  {
    name: 'clocks set back by half an hour',
    zone: 'Australia/Lord_Howe',
    start: '2026-04-03T15:10:00Z',
    end: '2026-04-04T15:10:00Z',
    from: '2026-04-04T02:10:00.000+11:00',
    until: '2026-04-05T02:00:00.000+10:50',
  },
])('a window as a column has it: $name', ({ zone, start, end, from, until }) => {
  expect(localWindow(zone, at(start), at(end))).toEqual({ from, until });
});

it.each([
  ['before clocks are set back', '2026-11-01T05:59:59Z', undefined],
  ['just after', '2026-11-01T06:00:30Z', true],
  ['at the end of the hour that came twice', '2026-11-01T06:59:59Z', true],
  ['when its last minute has left the window', '2026-11-01T07:01:00Z', undefined],
  ['after clocks were set forward', '2026-03-08T07:30:00Z', undefined],
] as const)('the repeated hour: %s', (_when, end, isRepeated) => {
  const found = repeatedHour('America/New_York', at(end) - 60_000, at(end));
  expect(found).toEqual(
    isRepeated && { from: at('2026-11-01T06:00:00Z'), until: at('2026-11-01T07:00:00Z') },
  );
});

const ZONES = [
  'America/New_York',
  'Europe/Berlin',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
  'Asia/Kathmandu',
];

it('a window holds all that a wall shows in it, and no more than the hour that comes twice', () => {
  const halfHour = 1_800_000;
  const shown = (zone: string, instant: number) =>
    new Date(instant).toLocaleString('sv-SE', { timeZone: zone }).replace(' ', 'T');
  fc.assert(
    fc.property(
      fc.constantFrom(...ZONES),
      fc.integer({ min: at('2026-01-01T00:00:00Z') / halfHour, max: at('2027-12-31T00:00:00Z') / halfHour }),
      fc.integer({ min: 1, max: 60 }),
      (zone, first, steps) => {
        const [start, end] = [first * halfHour, (first + steps) * halfHour];
        const window = localWindow(zone, start, end);
        for (let instant = start + 1_000; instant <= end; instant += halfHour / 2 - 7_000) {
          expect(shown(zone, instant) > window.from.slice(0, 19)).toBe(true);
          expect(shown(zone, instant) <= window.until.slice(0, 19)).toBe(true);
        }
        expect(at(window.from)).toBe(start);
        expect(at(window.until)).toBe(end);
        const wall = at(`${window.until.slice(0, 23)}Z`) - at(`${window.from.slice(0, 23)}Z`);
        expect(wall - (end - start)).toBeGreaterThanOrEqual(-3_600_000);
        expect(wall - (end - start)).toBeLessThanOrEqual(3_600_000);
      },
    ),
    { numRuns: 150 },
  );
});
