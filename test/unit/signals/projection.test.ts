import { describe, expect, it } from 'vitest';
import { MAX_SIZES, observeSize, projectSize } from '../../../src/signals/projection.ts';
import { DAY, HOUR, MONDAY, NOT_CONFIGURED } from '../decide/given.ts';

const LIMIT = { yellow: 10e9, red: 50e9 };
const growing = (days: number, perDay: number, from: number) =>
  Array.from({ length: days }, (_, day) => ({ at: MONDAY - (days - day) * DAY, value: from + day * perDay }));

describe('the projection of the database', () => {
  it('follows the line through its sizes', () => {
    const sizes = growing(10, 100e6, 44.9e9);
    const now = { value: 45.9e9, at: MONDAY };
    expect(projectSize(sizes, now, LIMIT, NOT_CONFIGURED)).toBe(
      'reaches 50 GB in about 41 days, at 100 MB a day',
    );
  });

  it('reckons by the lead where it has no sizes yet', () => {
    expect(projectSize([], { value: 49e9, at: MONDAY }, LIMIT, { value: 10_000, at: MONDAY })).toBe(
      'reaches 50 GB in about 10 days, at 100 MB a day, reckoned at 10 kB a lead',
    );
  });

  it.each([
    ['shrinks', growing(5, -1e9, 30e9), 25e9],
    ['does not change', growing(5, 0, 30e9), 30e9],
    ['is there already', growing(5, 1e9, 50e9), 55e9],
  ])('says nothing of a database that %s', (_what, sizes, value) => {
    expect(projectSize(sizes, { value, at: MONDAY }, LIMIT, NOT_CONFIGURED)).toBeUndefined();
  });

  it('keeps one size a day, and not for ever', () => {
    let sizes: ReturnType<typeof observeSize> = [];
    for (let hour = 0; hour < 100 * 24; hour += 1) {
      sizes = observeSize(sizes, { value: hour, at: MONDAY + hour * HOUR });
    }
    expect(sizes).toHaveLength(MAX_SIZES);
    expect(sizes.at(-1)?.at).toBe(MONDAY + 99 * DAY);
  });
});
