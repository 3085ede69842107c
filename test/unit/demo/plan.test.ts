import { describe, expect, it } from 'vitest';
import { DEFAULT_TIERS } from '../../../src/ladder/default-tiers.ts';
import { parseTrace } from '../../../src/simulate/trace.ts';
import { Calendar, LONGEST_HOLD_DAYS } from '../../../testbed/demo/calendar.ts';
import { CLIMB, climbAndDescent, DESCENT, type TrafficPlan } from '../../../testbed/demo/plan.ts';
import { replayOf, replayOfTrace } from '../../../testbed/demo/replay.ts';

const DAY_MS = 86_400_000;
const MARGIN = 0.9;

describe('the traffic of the demo', () => {
  it('goes from under 5,000 to over 100,000 leads/day and back', () => {
    const { replay } = climbAndDescent(1);
    const days = Array.from(
      { length: replay.days },
      (_, day) => replay.leadsBy(day + 1) - replay.leadsBy(day),
    );
    expect(days[0]).toBeLessThan(5_000);
    expect(Math.max(...days)).toBeGreaterThan(100_000);
    expect(days.at(-1)).toBeLessThan(5_000 * MARGIN);
  });

  it.each(DEFAULT_TIERS.map(({ name, fromLeadsPerDay }, index) => [name, fromLeadsPerDay, index] as const))(
    'has a load for %s on the way up, clear of its borders',
    (name, from, index) => {
      const stretch = CLIMB.find(({ tier }) => tier === name);
      const above = DEFAULT_TIERS[index + 1]?.fromLeadsPerDay ?? Infinity;
      expect(stretch?.leadsPerDay).toBeGreaterThan(from * 1.05);
      expect(stretch?.leadsPerDay).toBeLessThan(above * 0.95);
      expect(stretch?.days).toBeGreaterThanOrEqual(index === 0 ? 1 : 3);
    },
  );

  it.each(
    DEFAULT_TIERS.slice(1).map(({ name, fromLeadsPerDay }, index) => [name, fromLeadsPerDay, index] as const),
  )('falls below %s less the margin, and not below the tier under it at once', (_name, from, index) => {
    const below = DEFAULT_TIERS[index]!.fromLeadsPerDay;
    expect(DESCENT.some(({ leadsPerDay }) => leadsPerDay < from * MARGIN && leadsPerDay >= below)).toBe(true);
  });

  it.each([1, 2, 77])(
    'is the same for the same seed (%i), and near the loads it is meant to have',
    (seed) => {
      const [one, again, other] = [climbAndDescent(seed), climbAndDescent(seed), climbAndDescent(seed + 1)];
      expect(again.replay.leadsBy(20)).toBe(one.replay.leadsBy(20));
      expect(other.replay.leadsBy(20)).not.toBe(one.replay.leadsBy(20));
      let day = 0;
      for (const { leadsPerDay, days } of [...CLIMB, ...DESCENT]) {
        for (const end = day + days; day < end; day += 1) {
          const imported = one.leadBursts.filter(({ at }) => Math.floor(at) === day);
          const extra = imported.reduce((sum, { leads }) => sum + leads, 0);
          const leads = one.replay.leadsBy(day + 1) - one.replay.leadsBy(day) - extra;
          expect(Math.abs(leads / leadsPerDay - 1)).toBeLessThan(0.08);
        }
      }
    },
  );

  it('has one import that requires a load balancer ahead of its tier and no more', () => {
    const { replay, leadBursts } = climbAndDescent(1);
    const [{ at }] = leadBursts as [(typeof leadBursts)[0]];
    const trailing = replay.leadsBy(at + 0.5) - replay.leadsBy(at - 0.5);
    expect(trailing).toBeGreaterThan(30_000);
    expect(trailing).toBeLessThan(50_000);
  });
});

describe('a replay', () => {
  it('spreads the leads of a bucket evenly, and has none in a gap', () => {
    const replay = replayOf(
      [
        { at: 0, leads: 10 },
        { at: 2 * DAY_MS, leads: 4 },
      ],
      DAY_MS,
    );
    expect([-1, 0, 0.5, 1, 1.5, 2, 2.25, 3, 9].map((day) => replay.leadsBy(day))).toEqual([
      0, 0, 5, 10, 10, 10, 11, 14, 14,
    ]);
    expect(replay.days).toBe(3);
  });

  it('of a trace takes the shortest step as the length of a bucket', () => {
    const replay = replayOfTrace(
      parseTrace('time,leads\n2026-01-01T00:00:00Z,6\n2026-01-01T06:00:00Z,6\n2026-01-02T00:00:00Z,8\n'),
    );
    expect(replay.days).toBe(1.25);
    expect([0.25, 0.5, 0.75, 1, 1.125].map((day) => replay.leadsBy(day))).toEqual([6, 12, 12, 12, 16]);
  });
});

describe('the calendar', () => {
  const plan = (holds: TrafficPlan['holds']): TrafficPlan => ({
    replay: replayOf(
      [10, 20, 40].map((leads, day) => ({ at: day * DAY_MS, leads })),
      DAY_MS,
    ),
    leadBursts: [],
    jobBursts: [],
    holds,
  });
  const hold = { at: 2, tier: 'scaled', direction: 'up' } as const;

  function advance(calendar: Calendar, days: number): [day: number, due: number] {
    // In steps as uneven as those of a clock.
    for (let index = 0; index < 1_000; index += 1) calendar.advance(days / 1_000);
    return [Math.round(calendar.day * 1e6) / 1e6, Math.round(calendar.due * 1e6) / 1e6];
  }

  it('lets a hold pass at once when the platform has followed', () => {
    const calendar = new Calendar({ plan: plan([hold]), mayPass: () => true, goOn: false });
    expect(advance(calendar, 2.5)).toEqual([2.5, 50]);
  });

  it('has the same day again and again until then, in whole days', () => {
    let passes = false;
    const calendar = new Calendar({ plan: plan([hold]), mayPass: () => passes, goOn: false });
    expect(advance(calendar, 3.5)).toEqual([2, 60]);
    passes = true;
    expect(advance(calendar, 0.25)).toEqual([2, 65]);
    expect(advance(calendar, 0.5)).toEqual([2.25, 80]);
  });

  it('ends a hold that brings nothing', () => {
    const calendar = new Calendar({ plan: plan([hold]), mayPass: () => false, goOn: false });
    advance(calendar, 2 + LONGEST_HOLD_DAYS - 0.5);
    expect(calendar.day).toBe(2);
    advance(calendar, 2);
    expect([calendar.day, calendar.isOver]).toEqual([3, true]);
  });

  it.each([
    [false, 70],
    [true, 150],
  ])('has no more leads after its end, or goes on with the last day (%s)', (goOn, due) => {
    const calendar = new Calendar({ plan: plan([]), mayPass: () => true, goOn });
    expect(advance(calendar, 5)).toEqual([3, due]);
    expect(calendar.isOver).toBe(true);
  });
});
