import { expect, it } from 'vitest';
import {
  realShortcomings,
  type RealSummary,
  realSummaryObject,
  realSummaryText,
} from '../../../../testbed/demo/real/report.ts';
import { verdictOf } from '../../../../testbed/demo/verdict.ts';

const tally = {
  sent: 5_000,
  accepted: 5_000,
  rows: 5_000,
  effects: 5_000,
  runs: 5_000,
  runsMoreThanOnce: [],
  startedMoreThanOnce: [],
  missing: [],
};

function summary(changes: Partial<RealSummary> = {}): RealSummary {
  const steps = ['low', 'high', 'low'].map((tier, day) => ({ day, tier }));
  return {
    tookMs: 200_000,
    verdict: verdictOf(
      steps.map((step, index) => ({ ...step, ...(index > 0 && { from: steps[index - 1]!.tier }) })),
      ['low', 'high'],
    ),
    peakReplicas: { 'all-in-one': 1, ingest: 3 },
    failedRequests: 0,
    tally,
    ...changes,
  };
}

it('is a success when nothing failed and nothing was lost', () => {
  expect(realShortcomings(summary())).toEqual([]);
  expect(realSummaryObject(summary())).toMatchObject({ type: 'summary', ok: true, shortcomings: [] });
  const text = realSummaryText(summary(), 80);
  expect(text).toContain('low → high → low');
  expect(text).toContain('5,000 sent, 5,000 accepted, 0 failed');
  expect(text).toContain('No request failed, no job was lost, and none ran twice.');
});

it.each([
  [{ failedRequests: 2 }, '2 requests failed'],
  [{ tally: { ...tally, missing: ['a-1'] } }, '1 leads were accepted and lost'],
  [{ tally: { ...tally, runsMoreThanOnce: ['a-1'] } }, '1 jobs ran twice'],
  [{ tally: { ...tally, startedMoreThanOnce: ['a-1', 'a-2'] } }, '2 jobs were begun twice'],
  [{ stuck: 'the platform was not at rest on high in time' }, 'the platform was not at rest on high in time'],
  [{ verdict: verdictOf([{ day: 0, tier: 'low' }], ['low', 'high']) }, 'high was never reached'],
] satisfies [Partial<RealSummary>, string][])('is no success after %j', (changes, reason) => {
  expect(realShortcomings(summary(changes))).toContain(reason);
  expect(realSummaryText(summary(changes), 80)).toContain(`FAILED: ${reason}.`);
  expect(realSummaryObject(summary(changes))).toMatchObject({ ok: false });
});

it('is no success when nobody counted', () => {
  const { tally: _, ...uncounted } = summary();
  expect(realShortcomings(uncounted)).toEqual(['what became of the leads was not counted']);
});
