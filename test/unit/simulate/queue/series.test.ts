import { expect, it } from 'vitest';
import { loadOf, Series } from '../../../../src/simulate/queue/series.ts';

const moment = (now: number, wanted: number, ready: number) => ({ now, wanted, ready, readyPods: wanted });

it('a series has the greatest value of each column, and the last tier', () => {
  const series = new Series(30, 3);
  series.add(moment(0, 1, 5), 'first');
  series.add(moment(9, 4, 2), 'second');
  series.add(moment(10, 2, 0), 'second');
  series.add(moment(29, 3, 7), 'third');
  expect([...series.wanted]).toEqual([4, 2, 3]);
  expect([...series.ready]).toEqual([5, 0, 7]);
  expect(series.tiers).toEqual(['second', 'second', 'third']);
});

it('a series has what was so before where nobody looked', () => {
  const series = new Series(50, 5);
  series.add(moment(0, 2, 9), 'first');
  series.add(moment(40, 3, 0), 'second');
  expect([...series.wanted]).toEqual([2, 2, 2, 2, 3]);
  expect([...series.ready]).toEqual([9, 9, 9, 9, 0]);
  expect(series.tiers).toEqual(['first', 'first', 'first', 'first', 'second']);
});

it('load is jobs a minute, whatever a column is long', () => {
  expect([...loadOf(Float64Array.from([0, 1, 19, 20]), 40, 2)]).toEqual([9, 3]);
});
