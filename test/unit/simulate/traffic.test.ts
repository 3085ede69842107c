import { describe, expect, it } from 'vitest';
import { TraceError, leadDays, parseTrace } from '../../../src/simulate/traffic.ts';
import { DAY, MONDAY } from '../decide/given.ts';

const week = (seed: number) => [...leadDays({ seed, from: MONDAY, days: 7, leadsPerDay: () => 10_000 })];

describe('made-up lead days', () => {
  it('are the same for the same seed, and others for another', () => {
    expect(week(7)).toEqual(week(7));
    expect(week(7)).not.toEqual(week(8));
  });

  it('bring what they should, less at weekends and at night', () => {
    const buckets = week(7);
    const sum = (from: number, until: number) =>
      buckets
        .filter(({ at }) => at >= MONDAY + from && at < MONDAY + until)
        .reduce((all, { leads }) => all + leads, 0);
    expect(sum(0, DAY)).toBeGreaterThan(9_600);
    expect(sum(0, DAY)).toBeLessThan(10_400);
    expect(sum(6 * DAY, 7 * DAY)).toBeLessThan(3_500);
    expect(sum(0, DAY / 4)).toBeLessThan(sum(DAY / 3, DAY / 2));
  });
});

describe('a trace', () => {
  it('is read line by line', () => {
    expect(
      parseTrace('\uFEFFtime,leads\r\n2026-01-05T00:00:00Z,3\r\n\r\n2026-01-05T01:01:00+01:00,4.5\r\n'),
    ).toEqual([
      { at: MONDAY, leads: 3 },
      { at: MONDAY + 60_000, leads: 4.5 },
    ]);
  });

  it.each([
    ['no header', '2026-01-05T00:00:00Z,3', 1, 'the first line must read time,leads'],
    ['no lines', 'time,leads\n', 2, 'at least one line'],
    ['a third field', 'time,leads\n2026-01-05T00:00:00Z,3,4', 2, 'has 3 fields'],
    ['a time without zone', 'time,leads\n2026-01-05T00:00:00,3', 2, 'is not an instant'],
    ['a day that there is none of', 'time,leads\n2026-13-05T00:00:00Z,3', 2, 'is not an instant'],
    [
      'a line out of order',
      'time,leads\n2026-01-05T00:01:00Z,3\n2026-01-05T00:00:00Z,3',
      3,
      'sort the lines',
    ],
    ['a negative number', 'time,leads\n2026-01-05T00:00:00Z,-3', 2, 'is not a number of leads'],
    ['a word', 'time,leads\n2026-01-05T00:00:00Z,many', 2, 'is not a number of leads'],
  ])('with %s says where and what', (_what, text, line, message) => {
    const read = () => parseTrace(text);
    expect(read).toThrow(TraceError);
    expect(read).toThrow(`line ${line}: `);
    expect(read).toThrow(message);
  });
});
