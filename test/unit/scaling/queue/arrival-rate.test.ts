import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { INTERVAL_S, NO_RATE, recentRate, steadyRate } from '../../../../src/scaling/queue/arrival-rate.ts';
import { poisson, uniform } from '../../../../src/simulate/random.ts';

/** So many jobs in each interval, for so many seconds. */
const jobs = (each: number, seconds: number): number[] =>
  Array.from({ length: seconds / INTERVAL_S }, () => each);

const both = [
  { name: 'steady', rateOf: steadyRate, shortest: 240, longest: 960 },
  { name: 'recent', rateOf: recentRate, shortest: 60, longest: 600 },
];

const anyCounts = fc.array(fc.double({ min: 0, max: 10_000, noNaN: true }), { maxLength: 68 });

describe.each(both)('the $name rate of arrivals', ({ rateOf, shortest, longest }) => {
  it('is none where nothing was counted', () => {
    expect(rateOf([])).toEqual(NO_RATE);
  });

  it('is the mean over the longest window while nothing changes', () => {
    expect(rateOf(jobs(30, 1_020))).toEqual({ rate: 30 / INTERVAL_S, span: longest });
  });

  it('is the mean over the longest window where jobs come by chance alone', () => {
    const random = uniform(7);
    const counts = jobs(30, 1_020).map((mean) => poisson(mean, random));
    const { rate, span } = rateOf(counts);
    const newest = counts.slice(-span / INTERVAL_S);
    expect(rate).toBeCloseTo(newest.reduce((sum, count) => sum + count, 0) / span, 9);
    expect(span).toBeGreaterThan(shortest);
  });

  it.each([
    ['up to three times as much', 30, 90],
    ['down to a third', 90, 30],
  ])('is that of the shortest window once a step %s fills it', (_, before, after) => {
    expect(rateOf([...jobs(before, 960), ...jobs(after, shortest)])).toEqual({
      rate: after / INTERVAL_S,
      span: shortest,
    });
  });

  it('rests on what there is until a window is full', () => {
    expect(rateOf(jobs(30, 30))).toEqual({ rate: 30 / INTERVAL_S, span: 30 });
  });

  it('takes of a burst no more than eight times what came in the interval beside it', () => {
    // 5,000 at once among 30 each: 8 × 30 = 240 of them are counted.
    const counts = [...jobs(30, shortest - 2 * INTERVAL_S), 5_000, 30];
    expect(rateOf(counts)).toEqual({
      rate: (30 * (shortest / INTERVAL_S - 1) + 240) / shortest,
      span: shortest,
    });
  });

  it('takes a burst where nothing else comes for eight jobs', () => {
    const counts = [...jobs(0, shortest - INTERVAL_S), 5_000];
    expect(rateOf(counts)).toEqual({ rate: 8 / shortest, span: shortest });
  });

  it('believes in many jobs that go on for two intervals, or more', () => {
    const counts = [...jobs(0, shortest - 2 * INTERVAL_S), 500, 500];
    expect(rateOf(counts).rate).toBe(1_000 / shortest);
  });

  it('lies between the fewest and the most that came in an interval', () => {
    fc.assert(
      fc.property(anyCounts, (counts) => {
        const { rate } = rateOf(counts);
        // Seconds and counts are divided: rounding leaves dust.
        expect(rate).toBeLessThanOrEqual((Math.max(0, ...counts) / INTERVAL_S) * (1 + 1e-9));
        expect(rate).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('rests on no more than its longest window, nor on more than was counted', () => {
    fc.assert(
      fc.property(anyCounts, (counts) => {
        const { span } = rateOf(counts);
        expect(span).toBeLessThanOrEqual(Math.min(longest, Math.max(1, counts.length) * INTERVAL_S));
        expect(span).toBeGreaterThanOrEqual(Math.min(shortest, Math.max(1, counts.length) * INTERVAL_S));
      }),
    );
  });

  it('is the same whatever came before its longest window', () => {
    fc.assert(
      fc.property(anyCounts, anyCounts, (older, newer) => {
        // One more than the longest window: what came just before it is a neighbour of its first interval.
        const kept = [...newer, ...jobs(30, longest + INTERVAL_S)];
        expect(rateOf([...older, ...kept])).toEqual(rateOf(kept));
      }),
    );
  });
});

it('a rate that has changed is seen in the recent one after a minute, and in the steady one after four', () => {
  const minute = [...jobs(30, 960), ...jobs(90, 60)];
  expect(recentRate(minute)).toEqual({ rate: 6, span: 60 });
  expect(steadyRate(minute).rate).toBeLessThan(6);
  const four = [...jobs(30, 960), ...jobs(90, 240)];
  expect(steadyRate(four)).toEqual({ rate: 6, span: 240 });
});
