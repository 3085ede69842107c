/** Days and weeks of jobs that take longer than the tier of their leads has workers for. */
import { describe, expect, it } from 'vitest';
import type { LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import { simulate } from '../../../src/simulate/simulate.ts';
import { leadDays } from '../../../src/simulate/traffic.ts';
import { DAY, HOUR, MINUTE, MONDAY, on, spec } from '../decide/given.ts';

interface Life {
  readonly leads: number;
  readonly jobSeconds: number;
  readonly days: number;
  readonly tier: string;
  readonly floors?: 'Prescribed' | 'Measured';
}

interface Move {
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly rule: string;
}

function platform({ jobSeconds, floors = 'Prescribed' }: Life) {
  const input: Partial<LeadPlatformSpecInput> = {
    scaling: { floors },
    components: {
      queues: [{ name: 'default', capacity: { jobsPerMinute: 60 / jobSeconds } }],
      sync: { capacity: { jobsPerMinute: 30, apiCallsPerJob: 0.01 } },
    },
  };
  return spec(input);
}

/** What became of a platform that has been on its tier, under that load, for long. */
function live(life: Life) {
  const moves: Move[] = [];
  let podHours = 0;
  let limitedSince: number | undefined;
  let last = MONDAY;
  const past = { ...on(life.tier, life.leads) };
  for (const { at, decision } of simulate({
    spec: platform(life),
    traffic: leadDays({ seed: 1, from: MONDAY, days: life.days, leadsPerDay: () => life.leads }),
    history: { load: past.load, tier: past.tier, tierSince: past.tierSince, ...EMPTY },
  })) {
    const { from, to, rule } = decision.tier;
    if (from !== to) moves.push({ at, from, to, rule });
    if (decision.components.some(({ limit }) => limit?.by === 'TierMaximum')) limitedSince ??= at;
    for (const { replicas } of decision.components) podHours += (replicas * (at - last)) / HOUR;
    last = at;
  }
  return { moves, podHours, limitedSince };
}
const EMPTY = { redSince: {}, required: [], sizes: [], wanted: {}, queues: {}, starts: {}, witnesses: {} };

describe('jobs of 20 s at 9,100 leads/day', () => {
  it('get the tier that carries them a quarter of an hour after the ceiling was in their way', () => {
    const { moves, limitedSince = Infinity } = live({
      leads: 9_100,
      jobSeconds: 20,
      days: 1,
      tier: 'cached',
    });
    expect(moves).toMatchObject([{ from: 'cached', to: 'separated', rule: 'NeedSustained' }]);
    expect(moves[0]!.at - limitedSince).toBeLessThanOrEqual(20 * MINUTE);
  });
});

describe('a month at the border of a ceiling', () => {
  /** The busiest hour of a weekday takes one worker of 20 s jobs, or two, all of its time. */
  it.each([
    ['one', 2_150, ['cached']],
    ['two', 4_300, ['cached', 'separated']],
  ])(
    'of %s is climbs on the first day alone, and no descent on a weekend',
    (_, leads, to) => {
      const { moves } = live({ leads, jobSeconds: 20, days: 30, tier: 'single-server' });
      expect(moves.map((move) => [move.rule, move.to])).toEqual(to.map((tier) => ['NeedSustained', tier]));
      expect(moves.at(-1)!.at).toBeLessThan(MONDAY + DAY);
    },
    120_000,
  );
});

describe('a week of short jobs on a tier with floors', () => {
  it('takes fewer Pod-hours where floors are measured', () => {
    const week = { leads: 16_000, jobSeconds: 1, days: 7, tier: 'scaled' } as const;
    const prescribed = live(week);
    const measured = live({ ...week, floors: 'Measured' });
    // Three of the web side, and five workers; one, and one a queue, and what the busiest hours take.
    expect(prescribed.podHours).toBeGreaterThanOrEqual((3 + 5) * 7 * 24 - 8);
    expect(measured.podHours).toBeGreaterThanOrEqual((1 + 2) * 7 * 24 - 8);
    expect(measured.podHours).toBeLessThan(prescribed.podHours / 2);
    expect(measured.moves).toEqual(prescribed.moves);
  });
});
