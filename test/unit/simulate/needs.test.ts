/** Jobs that take longer than the tier of their leads has workers for: one by one, over days and weeks. */
import { describe, expect, it } from 'vitest';
import { productPolicy } from '../../../src/simulate/queue/product.ts';
import { runQueue } from '../../../src/simulate/queue/run.ts';
import { workloadOf } from '../../../src/simulate/queue/workload.ts';
import type { Bucket } from '../../../src/simulate/trace.ts';
import { leadDays } from '../../../src/simulate/traffic.ts';
import { DAY, HOUR, MINUTE, MONDAY, spec } from '../decide/given.ts';

const BUCKET = 5 * MINUTE;
const OBJECTIVE_S = 60;

interface Life {
  readonly leads: number;
  readonly days: number;
  /** Leads in five minutes at some instant, in place of those that came. */
  readonly burst?: (at: number) => number | undefined;
  /** Seconds between two looks. */
  readonly interval?: number;
}

interface Move {
  readonly at: number;
  readonly to: string;
  /** Seconds that a ceiling was in the way until then. */
  readonly limitedFor: number;
}

/** What becomes of a platform whose jobs take 20 s, and that has had so many leads a day for long. */
function live({ leads, days, burst = () => undefined, interval = 10 }: Life) {
  const given = spec({
    components: { queues: [{ name: 'default', capacity: { jobsPerMinute: 3 } }] },
    signals: { queueDepth: { redis: { interval: `${interval}s` } } },
  });
  const traffic = leadDays({ seed: 3, from: MONDAY, days, leadsPerDay: () => leads, bucket: BUCKET });
  const buckets: Bucket[] = [...traffic].map((one) => ({ at: one.at, leads: burst(one.at) ?? one.leads }));
  const workload = workloadOf({ buckets, bucketMs: BUCKET }, { seed: 1, serviceSeconds: 20 });
  const policy = productPolicy({ spec: given, queue: 'default', workload, leadsBefore: leads });
  const moves: Move[] = [];
  let tier: string | undefined;
  const outcome = runQueue(workload, policy, {
    objectiveSeconds: OBJECTIVE_S,
    podStartSeconds: 20,
    watch: ({ now }) => {
      const at = MONDAY + now * 1_000;
      if (tier !== undefined && policy.tier !== undefined && policy.tier !== tier)
        moves.push({ at, to: policy.tier, limitedFor: policy.limited?.seconds ?? 0 });
      ({ tier } = policy);
    },
  });
  return { moves, outcome };
}

describe('jobs of 20 s at 9,100 leads/day', () => {
  it('get the tier that carries them before a ceiling has been in their way for an hour', () => {
    const { moves, outcome } = live({ leads: 9_100, days: 1 });
    expect(moves.map(({ to }) => to)).toEqual(['separated']);
    expect(moves[0]!.limitedFor).toBeLessThan(45 * 60);
    // In the first hour that is busy.
    expect(moves[0]!.at).toBeLessThan(MONDAY + 8 * HOUR);
    expect(outcome.p99PickupSeconds).toBeLessThan(OBJECTIVE_S);
  });
});

describe('two weeks at the border of a ceiling', () => {
  it.each([
    [600, ['cached']],
    [2_150, ['cached', 'separated']],
    [4_300, ['cached', 'separated']],
  ])(
    'of %i leads/day are climbs at the beginning alone, and no descent on a weekend',
    (leads, to) => {
      const { moves } = live({ leads, days: 14, interval: 60 });
      expect(moves.map((move) => move.to)).toEqual(to);
      expect(moves.at(-1)!.at).toBeLessThan(MONDAY + 5 * DAY);
    },
    120_000,
  );
});

describe('what waits', () => {
  const AT = MONDAY + 10 * HOUR;
  // A rate is an average of up to 16 minutes, so that a burst of some is still seen a quarter of an hour later, if only as a little.
  it.each([
    ['3,000 leads at once', (at: number) => (at === AT ? 3_000 : undefined)],
    ['an import of ten minutes', (at: number) => (at >= AT && at < AT + 10 * MINUTE ? 300 : undefined)],
  ])(
    'raises by one tier at the most, though jobs wait for more than an hour: %s',
    (_, burst) => {
      const { moves, outcome } = live({ leads: 300, days: 1, burst });
      expect(moves.map(({ to }) => to)).toEqual(['cached']);
      expect(outcome.maxPickupSeconds).toBeGreaterThan(3_600);
    },
    120_000,
  );
});
