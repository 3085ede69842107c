import { expect, it } from 'vitest';
import { shortcomings, type Summary, summaryObject, summaryText } from '../../../testbed/demo/report.ts';
import { verdictOf, withSighting, type Step } from '../../../testbed/demo/verdict.ts';

function summary(changes: Partial<Summary> = {}, tiers = ['low', 'top', 'low']): Summary {
  const steps = tiers.reduce<readonly Step[]>(
    (all, tier, day) => withSighting(all, { day, tier, rule: 'LoadSustained' }),
    [],
  );
  return {
    tookMs: 191_000,
    days: 38,
    dayMs: 5_000,
    cluster: 'pinned control plane with simulated nodes, since there is no kind with a running Docker',
    verdict: verdictOf(steps, ['low', 'top']),
    wholeLadder: true,
    peakReplicas: { ingest: 10, sync: 14 },
    peakLeadsPerDay: 118_466,
    leadsInserted: 1_254_681,
    queues: [{ name: 'default', pushed: 500, done: 500, left: 0, longestWaitMs: 3_810 }],
    bursts: ['one import'],
    requiredAhead: ['load-balancer on day 9.5, while on separated'],
    ...changes,
  };
}

it.each<[string, Summary, readonly string[]]>([
  ['all went well', summary(), []],
  [
    'a tier was not left',
    summary({}, ['low', 'top']),
    ['the platform never came back to low', 'top was never left on the way down'],
  ],
  ['a trace is under no duty to visit any tier', summary({ wholeLadder: false }, ['low']), []],
  [
    'jobs were lost',
    summary({ queues: [{ name: 'default', pushed: 500, done: 496, left: 1, longestWaitMs: 0 }] }),
    ['3 jobs were lost', '1 jobs were left over'],
  ],
])('%s', (_what, of, expected) => {
  expect(shortcomings(of)).toEqual(expected);
  expect(summaryObject(of)).toMatchObject({
    type: 'summary',
    ok: expected.length === 0,
    shortcomings: expected,
  });
  expect(summaryText(of, 80).includes('FAILED')).toBe(expected.length > 0);
});

it('says in 80 columns what happened, and what was simulated', () => {
  const text = summaryText(summary(), 80);
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(text).toContain('500 pushed, 500 done, 0 lost, 0 left; longest wait default 3.8 s');
  expect(text).toContain('low                 day  0.0  LoadSustained    back on day  2.0  LoadSustained');
  expect(text).toMatch(/simulated\s+pods: kwok/);
  expect(text).toContain('Every tier was reached on the way up and left on the way down.');
});
