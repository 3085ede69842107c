/** What a need may do to the tier, whatever is needed, known and remembered. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TIER_NAMES } from '../../src/api/names.ts';
import { decide, emptyHistory } from '../../src/decide/decide.ts';
import type { Decision, History } from '../../src/model/decision.ts';
import { ladderOf } from '../../src/ladder/ladder.ts';
import type { AboveTier } from '../../src/model/need.ts';
import {
  DAY,
  HOUR,
  MINUTE,
  MONDAY,
  TIMED_OUT,
  component,
  flowing,
  load,
  readings,
  spec,
  type Values,
} from '../unit/decide/given.ts';

const LADDER = ladderOf(spec());
const tierOf = (name: string): number => LADDER.byName.get(name)!.index;
const ceilingOf = (name: string): number => LADDER.byName.get(name)!.bounds.queue.max;

const aboveTier: fc.Arbitrary<AboveTier> = fc
  .tuple(fc.constantFrom('queue-default', 'workers'), fc.integer({ min: 0, max: 9 * 24 * 60 }), fc.nat(2))
  .map(([of, minutes, kind]) => {
    const since = MONDAY - minutes * MINUTE;
    if (kind === 0) return { of, until: since };
    return { of, until: MONDAY - 1_000, since, ...(kind === 2 && { loadSince: since }) };
  });
const given = fc.record({
  on: fc.constantFrom(...TIER_NAMES.slice(2)),
  leads: fc.integer({ min: 100, max: 60_000 }),
  days: fc.integer({ min: 0, max: 9 }),
  stood: fc.integer({ min: 0, max: 40 * 24 }),
  above: fc.dictionary(fc.constantFrom(...TIER_NAMES), aboveTier),
  needed: fc.integer({ min: 0, max: 600 }),
  workers: fc.integer({ min: 1, max: 400 }),
  maxTier: fc.constantFrom(...TIER_NAMES.slice(2)),
});
type Situation = typeof given extends fc.Arbitrary<infer T> ? T : never;

const historyOf = ({ on, leads, days, stood, above, needed }: Situation): History => ({
  ...emptyHistory(),
  tier: on,
  tierSince: MONDAY - stood * HOUR,
  load: load(MONDAY, [days, leads]),
  above,
  needs: { known: [{ name: 'queue-default', replicas: needed, load: needed }], silent: [] },
  queues: { default: flowing(needed / 20, 20) },
});

function decided(one: Situation, values: Values, input: Parameters<typeof spec>[0] = {}): Decision {
  const running = [component('ingest', 3), component('sync', 1), component('queue-default', one.workers)];
  return decide(
    { spec: spec(input), readings: readings(values, MONDAY), components: running, confirmed: new Set() },
    historyOf(one),
    MONDAY,
  );
}
const queues = { default: { ready: 50 }, 'vici-updates': {} };

describe('a need', () => {
  it('raises the platform to no tier beyond maxTier', () => {
    fc.assert(
      fc.property(given, (one) => {
        const { tier } = decided(one, { leadsPerDay: one.leads, queues }, { maxTier: one.maxTier });
        expect(tierOf(tier.to)).toBeLessThanOrEqual(tierOf(one.maxTier));
      }),
    );
  });

  it('that is unknown raises it to none', () => {
    fc.assert(
      fc.property(given, (one) => {
        const values = { leadsPerDay: one.leads, queues: { default: TIMED_OUT, 'vici-updates': TIMED_OUT } };
        expect(decided(one, values).tier.rule).not.toBe('NeedSustained');
      }),
    );
  });

  it('raises it only to where it gets more, and no further than to the first tier that carries it', () => {
    fc.assert(
      fc.property(given, (one) => {
        const { tier } = decided(one, { leadsPerDay: one.leads, queues });
        if (tier.rule !== 'NeedSustained') return;
        const gets = (name: string) => Math.min(one.needed, ceilingOf(name));
        expect(gets(tier.to)).toBeGreaterThan(gets(tier.from));
        const between = TIER_NAMES.filter(
          (name) => tierOf(name) > tierOf(tier.from) && tierOf(name) < tierOf(tier.to),
        );
        for (const name of between) expect(gets(name)).toBeLessThanOrEqual(gets(tier.to));
        // It has everything that its tier allows.
        expect(one.workers).toBeGreaterThanOrEqual(ceilingOf(tier.from));
      }),
      { numRuns: 500 },
    );
  });

  it('of the look-back is carried by the tier below, where the platform goes down', () => {
    fc.assert(
      fc.property(given, (one) => {
        const { tier } = decided(one, { leadsPerDay: one.leads, queues });
        if (tierOf(tier.to) >= tierOf(tier.from)) return;
        const past = one.above[tier.to];
        if (past === undefined) return;
        expect(past.since).toBeUndefined();
        expect(past.until).toBeLessThan(MONDAY - 7 * DAY);
      }),
      { numRuns: 500 },
    );
  });

  it('is remembered in one entry a tier', () => {
    fc.assert(
      fc.property(given, (one) => {
        const { history } = decided(one, { leadsPerDay: one.leads, queues });
        for (const name of Object.keys(history.above ?? {})) expect(LADDER.byName.has(name)).toBe(true);
      }),
    );
  });
});
