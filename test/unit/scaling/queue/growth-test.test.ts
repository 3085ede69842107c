import { describe, expect, it } from 'vitest';
import type { GrowthTest } from '../../../../src/model/queue-history.ts';
import { uniform } from '../../../../src/simulate/random.ts';
import { poisson } from '../../../../src/simulate/random.ts';
import {
  beginTest,
  continueTest,
  verdictOf,
  type Verdict,
} from '../../../../src/scaling/queue/growth-test.ts';

const TIMES = { serviceSeconds: 5, longestSeconds: 300, unevenness: 1 };

interface Growth {
  readonly fewer: number;
  readonly more: number;
  /** Jobs a second before it and after it. */
  readonly before: number;
  readonly after: number;
  /** Seconds before it, and at the most after it. */
  readonly known?: number;
  readonly seconds?: number;
  readonly seed?: number;
}

/** The first verdict, and after how many seconds. */
function first({ fewer, more, before, after, known = 100, seconds = 550, seed }: Growth): [Verdict, number] {
  const chance = seed === undefined ? undefined : uniform(seed);
  const jobs = (rate: number) => (chance === undefined ? rate : poisson(rate, chance));
  let done = 0;
  for (let second = 0; second < known; second += 1) done += jobs(before);
  let test: GrowthTest | undefined = beginTest(
    { jobs: done, work: fewer * known, seconds: known },
    more,
    TIMES,
    0,
  );
  for (let second = 1; second <= seconds && test !== undefined; second += 1) {
    const now = 1_000 * second;
    test = continueTest(test, { jobs: jobs(after), work: more, seconds: 1 }, TIMES, now);
    const verdict = test === undefined ? 'open' : verdictOf(test, TIMES, now);
    if (verdict !== 'open') return [verdict, second];
  }
  return ['open', seconds];
}

describe('more workers', () => {
  it.each<[string, Growth, Verdict]>([
    ['twice as many finish as many', { fewer: 10, more: 20, before: 1, after: 1 }, 'helpless'],
    ['four times as many finish a tenth more', { fewer: 10, more: 40, before: 1, after: 1.1 }, 'helpless'],
    ['fewer jobs are finished', { fewer: 10, more: 20, before: 1, after: 0.5 }, 'helpless'],
    ['twice as many finish twice as many', { fewer: 10, more: 20, before: 1, after: 2 }, 'helps'],
    ['half as many again, half as many again', { fewer: 10, more: 15, before: 2, after: 3 }, 'helps'],
    ['three quarters of what they should', { fewer: 10, more: 30, before: 1, after: 2.5 }, 'helps'],
    ['so few jobs that it may be chance', { fewer: 2, more: 4, before: 0.02, after: 0.02 }, 'open'],
    ['a quarter more of a few', { fewer: 4, more: 5, before: 0.2, after: 0.2 }, 'open'],
  ])('are told by what both numbers of them finished: %s', (_, growth, verdict) => {
    expect(first(growth)[0]).toBe(verdict);
  });

  it('are no experiment where they are less than a quarter more', () => {
    expect(beginTest({ jobs: 100, work: 1_000, seconds: 100 }, 12, TIMES, 0)).toBeUndefined();
  });

  it('are no experiment before it is known what fewer finish', () => {
    expect(beginTest({ jobs: 1, work: 20, seconds: 2 }, 20, TIMES, 0)).toBeUndefined();
  });

  it('are not counted before they had the time for a job', () => {
    const test = beginTest({ jobs: 100, work: 1_000, seconds: 100 }, 20, TIMES, 0)!;
    expect(test.countsFrom).toBe(10_000);
    expect(continueTest(test, { jobs: 0, work: 20, seconds: 1 }, TIMES, 9_000)).toEqual(test);
  });

  it('are held against those before them, once they are more again', () => {
    let test = beginTest({ jobs: 50, work: 500, seconds: 50 }, 20, TIMES, 0);
    for (let second = 1; second <= 80; second += 1)
      test = continueTest(test!, { jobs: 1, work: 20, seconds: 1 }, TIMES, 1_000 * second);
    const next = continueTest(test!, { jobs: 1, work: 40, seconds: 1 }, TIMES, 81_000);
    expect(next).toMatchObject({ before: test!.after, after: { jobs: 0 }, workers: 40 });
    expect(next!.carried).toBeGreaterThan(1);
  });

  it('that help are never taken not to, in two thousand growths', () => {
    const verdicts = Array.from({ length: 2_000 }, (_, seed) =>
      first({ fewer: 10, more: 14, before: 1, after: 1.4, seed }),
    );
    expect(verdicts.filter(([verdict]) => verdict === 'helpless')).toEqual([]);
  });

  it('that do not help are found out nearly always, soon', () => {
    const verdicts = Array.from({ length: 200 }, (_, seed) =>
      first({ fewer: 10, more: 20, before: 1, after: 1, seed }),
    );
    const found = verdicts.filter(([verdict]) => verdict === 'helpless').map(([, seconds]) => seconds);
    expect(found.length).toBeGreaterThan(160);
    expect(found.toSorted((a, b) => a - b)[Math.floor(found.length / 2)]).toBeLessThan(180);
  });
});
