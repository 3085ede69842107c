import { describe, expect, it } from 'vitest';
import { countedWith, workPerLead } from '../../../../src/scaling/queue/work-per-lead.ts';

const leadsOf = (rate: number) => ({ at: 0, rate, recent: rate, most: 0 });
const NOTHING = { work: 0, leads: 0, countedAt: 0 };

function learned(hours: number, rate: number, inFlight: (second: number) => number, before = NOTHING) {
  let counted = before;
  const start = before.countedAt / 1_000;
  for (let second = 1; second <= hours * 3_600; second += 1)
    counted = countedWith(counted, inFlight(second), leadsOf(rate), (start + second) * 1_000);
  return counted;
}

describe('the work that a lead makes', () => {
  it.each([
    ['as many seconds as workers are busy for a lead a second', 1, 7, 7],
    ['more, where several jobs come of one', 0.5, 7, 14],
    ['less, where one comes of several', 2, 1, 0.5],
  ])('is %s', (_, rate, busy, work) => {
    expect(workPerLead(learned(1, rate, () => busy))).toBeCloseTo(work);
  });

  it('is the same where jobs wait and are worked on by many at once', () => {
    // Of each two minutes, one in which all is done.
    const inBursts = learned(6, 1, (second) => (second % 120 < 60 ? 10 : 0));
    expect(Math.abs(workPerLead(inBursts)! / 5 - 1)).toBeLessThan(0.1);
  });

  it('is a number where no lead has come yet', () => {
    const { work, leads } = learned(1 / 60, 0, () => 5);
    expect(Number.isFinite(work)).toBe(true);
    expect(leads).toBe(0);
  });

  it('is not known from fewer than a hundred leads', () => {
    expect(workPerLead(learned(0.13, 0.2, () => 1))).toBe(undefined);
    expect(workPerLead(learned(0.2, 0.2, () => 1))).toBeDefined();
  });

  it('is another one some hours after jobs began to take three times as long', () => {
    const after = workPerLead(
      learned(
        3,
        1,
        () => 15,
        learned(24, 1, () => 5),
      ),
    )!;
    expect(after).toBeGreaterThan(14);
    expect(after).toBeLessThan(15);
  });

  it('is hardly more for the jobs of a newsletter, which no lead has made', () => {
    const after = learned(
      5 / 60,
      1,
      () => 50,
      learned(3, 1, () => 1),
    );
    expect(workPerLead(after)).toBeLessThan(1.2);
  });

  it('is not learned while fewer than ten leads a minute come, when most work may be of other jobs', () => {
    const before = learned(1, 1, () => 5);
    expect(workPerLead(learned(8, 9 / 60, () => 10, before))).toBe(workPerLead(before));
  });

  it('is not learned from what came in a silence', () => {
    const before = learned(1, 1, () => 5);
    const after = countedWith(before, 50, leadsOf(9), (3_600 + 121) * 1_000);
    expect(workPerLead(after)).toBe(workPerLead(before));
    expect(after.countedAt).toBe((3_600 + 121) * 1_000);
  });
});
