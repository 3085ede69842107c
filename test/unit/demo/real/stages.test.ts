import { expect, it } from 'vitest';
import { endOf, STAGES } from '../../../../testbed/demo/real/stages.ts';
import { readRealSample } from '../../../../testbed/demo/real/sample.ts';

const stage = { rate: 14, until: 'cached' };

it.each([
  { tier: 'cached', isMoving: false, sinceMs: 8_000, is: 'done' },
  { tier: 'cached', isMoving: false, sinceMs: 7_999, is: 'goes on' },
  { tier: 'cached', isMoving: true, sinceMs: 30_000, is: 'goes on' },
  { tier: 'separated', isMoving: false, sinceMs: 30_000, is: 'goes on' },
  { tier: undefined, isMoving: false, sinceMs: 30_000, is: 'goes on' },
  { tier: 'separated', isMoving: false, sinceMs: 90_000, is: 'failed' },
  { tier: 'cached', isMoving: true, sinceMs: 90_000, is: 'failed' },
])(
  'on $tier (moving: $isMoving) a stage until cached $is after $sinceMs ms',
  ({ sinceMs, is, ...standing }) => {
    expect(endOf(stage, standing, sinceMs)).toBe(is);
  },
);

it('sends each tier of the sample a load that belongs there with room on both sides, up and back down', async () => {
  const { spec, ladder, dayMs } = await readRealSample('leads', 'localhost/brain:e2e');
  const from = spec.tiers?.map(({ fromLeadsPerDay }) => fromLeadsPerDay) ?? [];
  for (const { rate, until } of STAGES) {
    const leadsPerDay = (rate * dayMs) / 1_000;
    const index = ladder.indexOf(until);
    expect(leadsPerDay, until).toBeGreaterThan(1.15 * (from[index] ?? NaN));
    // A descent asks for a tenth less.
    if (index + 1 < from.length) expect(leadsPerDay, until).toBeLessThan(0.88 * (from[index + 1] ?? NaN));
  }
  const tiers = STAGES.map(({ until }) => until).filter((tier, index, all) => tier !== all[index - 1]);
  expect(tiers).toEqual([...ladder, ...ladder.toReversed().slice(1)]);
});

it('shows the lowest tiers of the ladder of the documentation, with loads divided by 50', async () => {
  const { spec, manifest } = await readRealSample('leads', 'localhost/brain:e2e');
  const loads = spec.tiers?.map(({ name, fromLeadsPerDay }) => [name, fromLeadsPerDay * 50]);
  expect(loads).toEqual([
    ['single-server', 0],
    ['cached', 5_000],
    ['separated', 10_000],
    ['scaled', 15_000],
  ]);
  expect(manifest).toMatchObject({
    metadata: { namespace: 'leads' },
    spec: { image: 'localhost/brain:e2e' },
  });
});
