import { describe, expect, it } from 'vitest';
import { leadDays } from '../../../src/simulate/traffic.ts';
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
