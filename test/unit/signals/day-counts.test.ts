import { describe, expect, it } from 'vitest';
import { isKnown, known, unknown } from '../../../src/model/reading.ts';
import type { DayCounts } from '../../../src/model/witness.ts';
import { countDay } from '../../../src/signals/day-counts.ts';

const MINUTE = 60_000;
const FIVE = 5 * MINUTE;
const DAY = 1_440 * MINUTE;

/** What becomes of counts, one each five minutes: `.` believed, `?` not. */
function heard(values: readonly number[], step = FIVE): string {
  let counts: DayCounts | undefined;
  return values
    .map((value, index) => {
      const next = countDay(counts, known(value, index * step));
      counts = next.counts;
      return isKnown(next.reading) ? '.' : '?';
    })
    .join('');
}

describe('a count of leads/day', () => {
  it.each([
    ['like those before it is believed', [8_000, 8_100, 16_000], '...'],
    ['that is wrong once is not believed', [8_000, 150_000, 8_000, 8_100], '.?..'],
    ['that another one bears out is', [8_000, 150_000, 151_000, 152_000], '.?..'],
    [
      'that is wrong twice, and each time otherwise, is not believed',
      [8_000, 150_000, 400_000, 8_000],
      '.??.',
    ],
    ['that falls is believed: it is nothing that anything is built for', [8_000, 3_000, 0], '...'],
    ['of few leads is believed, however many times as many', [0, 2_000, 7], '...'],
    ['that is the first one is believed', [150_000], '.'],
  ])('%s', (_, values, words) => {
    expect(heard(values)).toBe(words);
  });

  it('is believed a day after the last one, however many it tells', () => {
    expect(heard([8_000, 150_000], DAY)).toBe('..');
  });

  it('says what it was held against', () => {
    const { counts } = countDay(undefined, known(8_000, 0));
    expect(countDay(counts, known(150_000, FIVE)).reading).toEqual(
      unknown('NotYetCompared', '150,000 were counted after 8,000; another count will tell'),
    );
  });

  it('is neither more nor less believed when it is looked at twice', () => {
    const first = countDay(undefined, known(8_000, 0));
    const second = countDay(first.counts, known(150_000, FIVE));
    expect(countDay(second.counts, known(150_000, FIVE))).toEqual(second);
  });

  it('agrees with the one before on the lower of both', () => {
    const { counts } = countDay(undefined, known(8_000, 0));
    expect(counts?.agreed).toBe(0);
    expect(countDay(counts, known(9_000, FIVE)).counts?.agreed).toBe(8_000);
  });
});

it('begins anew with a count from long before the last one, as after a clock was set back', () => {
  const { counts } = countDay(undefined, known(8_000, DAY));
  expect(countDay(counts, known(150_000, DAY - 61_000)).counts).toEqual(
    countDay(undefined, known(150_000, DAY - 61_000)).counts,
  );
});
