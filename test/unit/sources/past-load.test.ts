import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pastLoad, readPastLoad } from '../../../src/sources/past-load.ts';
import { Pools } from '../../../src/sources/index.ts';
import { specOf } from '../plan/fixtures.ts';
import { rollingSums } from '../../../src/sources/rolling-sum.ts';

it.each([
  { counts: [1, 2, 3, 4], width: 2, expected: [3, 5, 7] },
  { counts: [1, 2, 3], width: 3, expected: [6] },
  { counts: [1, 2], width: 3, expected: [] },
  { counts: [], width: 1, expected: [] },
])('sums $counts over $width steps', ({ counts, width, expected }) => {
  expect(rollingSums(counts, width)).toEqual(expected);
});

it('sums as adding each window up does', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1_000)), fc.integer({ min: 1, max: 30 }), (counts, width) => {
      const slow = counts
        .map((_, index) => counts.slice(index - width + 1, index + 1).reduce((sum, count) => sum + count, 0))
        .slice(width - 1);
      expect(rollingSums(counts, width)).toEqual(slow);
    }),
  );
});

it('begins with the first window that begins with a lead, for what is not there any more was not quiet', () => {
  expect(pastLoad([0, 0, 5, 1, 1, 0], 2, 1_000, 10)).toEqual([
    { at: 1_040, leadsPerDay: 6 },
    { at: 1_050, leadsPerDay: 2 },
    { at: 1_060, leadsPerDay: 1 },
  ]);
});

it('says nothing of the past of an empty table', () => {
  expect(pastLoad([0, 0, 0, 0], 2, 0, 10)).toEqual([]);
});

it.each(['0s', '1ms', '10s'])(
  'is not read where a day is a window of %s: of a week that is too many',
  async (window) => {
    const spec = specOf({
      stores: { postgres: { host: 'db' } },
      signals: { leadsPerDay: { postgres: { window } } },
    });
    const pools = new Pools();
    const deps = {
      pools,
      readSecret: () => Promise.reject(new Error('nobody is to be asked')),
      readUsage: () => Promise.reject(new Error()),
    };
    expect(await readPastLoad(spec, deps, Date.UTC(2026, 0, 5), new AbortController().signal)).toEqual([]);
  },
);
