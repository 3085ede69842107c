import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/decide/decide.ts';
import { emptyHistory } from '../../../src/model/history.ts';
import type { LeadPlatformSpec } from '../../../src/api/schema/leadplatform.ts';
import type { Decision, History } from '../../../src/model/decision.ts';
import { DAY, HOUR, MINUTE, MONDAY, component, on, readings, spec } from './given.ts';
import { apart, decidesTier, type TierCase } from './tier-case.ts';

/** A day after it, a step of the load is all of the trailing day. */
const step = (from: number, to: number) => (hours: number) => from + (to - from) * Math.min(1, hours / 24);

interface Climb {
  readonly hours: number;
  readonly to: string;
}

/** The decisions on a load that is told each five minutes, from `cached` on. */
function* decisions(
  leadsPerDay: (hours: number) => number,
  { days, given = spec() }: { days: number; given?: LeadPlatformSpec },
): Generator<Decision> {
  let history: History = { ...emptyHistory(), ...on('cached', leadsPerDay(0)) };
  for (let now = MONDAY; now < MONDAY + days * DAY; now += 5 * MINUTE) {
    const read = readings({ leadsPerDay: leadsPerDay((now - MONDAY) / HOUR) }, now);
    const input = { spec: given, readings: read, components: [], confirmed: new Set<string>() };
    const decision = decide(input, history, now);
    yield decision;
    ({ history } = decision);
  }
}

/** Every change of tier within so many days. */
const climbs = (...of: Parameters<typeof decisions>): readonly Climb[] =>
  [...decisions(...of)]
    .filter(({ tier }) => tier.to !== tier.from)
    .map(({ at, tier }) => ({ hours: (at - MONDAY) / HOUR, to: tier.to }));

describe('a step of the load', () => {
  it('from 8,000 to 40,000 leads a day is one climb, made once the last tier was asked for as long as the first', () => {
    const found = climbs(step(8_000, 40_000), { days: 5 });
    expect(found.map(({ to }) => to)).toEqual(['enterprise']);
    // 30,000 are passed after 16.5 hours, and held for two days; what is remembered of the load is half an hour coarse.
    expect(found[0]?.hours).toBeGreaterThanOrEqual(16.5 + 48);
    expect(found[0]?.hours).toBeLessThan(16.5 + 48 + 1);
  });

  it('is no climb where it was over before the two days were', () => {
    const campaign = (hours: number) => (hours < 40 ? step(8_000, 40_000)(hours) : 8_000);
    expect(climbs(campaign, { days: 5 })).toEqual([]);
  });

  it('is climbed as far as it was held, where the rest of it is over', () => {
    const falling = (hours: number) => (hours < 55 ? step(8_000, 40_000)(hours) : 20_000);
    expect(climbs(falling, { days: 4 }).map(({ to }) => to)).toEqual(['scaled']);
  });

  it('is not waited with for longer than half of the time that a climb takes, where the load goes on rising', () => {
    const rising = (hours: number) => 8_000 + 400 * hours;
    const [first] = climbs(rising, { days: 4 });
    // 10,000 are passed after 5 hours.
    expect(first?.hours).toBeLessThanOrEqual(5 + 48 + 24.5);
    expect(first?.hours).toBeGreaterThan(5 + 48 + 12);
  });

  it('goes no further than maxTier', () => {
    const given = spec({ maxTier: 'scaled' });
    expect(climbs(step(8_000, 40_000), { days: 5, given }).map(({ to }) => to)).toEqual(['scaled']);
  });

  it('says what it waits for, and when that is', () => {
    const decision = [...decisions(step(8_000, 40_000), { days: 2 + 3 / 24 })].at(-1);
    expect(decision?.tier).toMatchObject({ to: 'cached', target: 'enterprise', rule: 'NotSustainedYet' });
    expect(decision?.reasons[0]).toMatch(
      /^Leads\/day asks for separated, and for enterprise \(from 30,000 leads\/day\) since 2026-01-05T1[67]:\S+, which is due at 2026-01-07T1[67]:\S+: one climb is made of both\.$/,
    );
    expect(decision?.requeueAt).toBeGreaterThan(decision?.at ?? Infinity);
  });

  /** Above 15,000 for 2.1 days, and above 30,000 for 1.6 of them. */
  const stepped: TierCase = {
    leads: 40_000,
    components: apart,
    history: on('separated', [5, 12_000], [0.5, 16_000], [1.6, 40_000]),
    to: 'separated',
    rule: 'NotSustainedYet',
    target: 'enterprise',
  };
  it.each<[string, TierCase]>([
    ['is waited with', stepped],
    [
      'is not waited with while a signal is red that the next tier relieves',
      {
        ...stepped,
        values: { responseTime: 600 },
        components: [component('ingest', 50), ...apart.slice(1)],
        history: { ...stepped.history, redSince: { responseTime: MONDAY - 15 * MINUTE } },
        to: 'scaled',
        rule: 'LoadSustained',
        target: 'scaled',
      },
    ],
    [
      'is not waited with until an instant at which no window is open',
      {
        ...stepped,
        spec: spec({ transitions: { windows: [{ name: 'night', schedule: '0 0 * * *', duration: '2h' }] } }),
        to: 'scaled',
        rule: 'LoadSustained',
        target: 'scaled',
      },
    ],
  ])('%s', decidesTier);
});
