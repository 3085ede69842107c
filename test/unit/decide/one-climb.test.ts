import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/decide/decide.ts';
import { emptyHistory } from '../../../src/model/history.ts';
import type { History } from '../../../src/model/decision.ts';
import { DAY, HOUR, MINUTE, MONDAY, on, readings, running, spec } from './given.ts';

const given = spec({ stores: { postgres: { host: 'db' }, redis: { host: 'redis' } } });
const STEP = 15 * MINUTE;

interface Change {
  readonly to: string;
  readonly hours: number;
  readonly why: string;
}

/** The tiers that it goes to, where so many leads came in the day that ended then. */
function climbed(
  leadsPerDay: (hours: number) => number,
  days: number,
  from = on('cached', 8_000),
): readonly Change[] {
  let history: History = { ...emptyHistory(), ...from };
  const changes: Change[] = [];
  for (let now = MONDAY; now <= MONDAY + days * DAY; now += STEP) {
    const hours = (now - MONDAY) / HOUR;
    const decision = decide(
      {
        spec: given,
        readings: readings({ leadsPerDay: Math.round(leadsPerDay(hours)) }, now),
        components: running(4),
        confirmed: new Set(),
      },
      history,
      now,
    );
    history = decision.history;
    const { from: before, to } = decision.tier;
    if (to !== before) changes.push({ to, hours, why: decision.reasons[0]! });
  }
  return changes;
}

/** A day's leads after a step at hour 0. */
const step = (from: number, to: number) => (hours: number) => from + (to - from) * Math.min(1, hours / 24);

describe('a step of the load', () => {
  it.each([
    ['8,000 to 40,000', step(8_000, 40_000), ['enterprise']],
    ['8,000 to 120,000', step(8_000, 120_000), ['full-microservices']],
    ['8,000 to 12,000', step(8_000, 12_000), ['separated']],
  ])('from %s leads/day is one climb, after two days', (_, load, tiers) => {
    const changes = climbed(load, 4);
    expect(changes.map(({ to }) => to)).toEqual(tiers);
    expect(changes[0]!.hours).toBeGreaterThan(48);
    expect(changes[0]!.hours).toBeLessThan(24 + 48);
  });

  it('says what was held for how long', () => {
    const [{ why }] = climbed(step(8_000, 40_000), 4) as [Change];
    expect(why).toBe(
      'Climbs from cached to enterprise: leads/day has been at 10,000 or more for 2d, at 30,000 or more for the last 1d2h of that, and is 40,000 now: that is enterprise.',
    );
  });
});

it('goes no further for a large import while a climb falls due, which is over with its day', () => {
  // 11,000 a day from the first hour on, and 30,000 at once in the middle of the next day.
  const withImport = (hours: number) => 11_000 + (hours >= 30 && hours < 54 ? 30_000 : 0);
  expect(climbed(withImport, 4).map(({ to }) => to)).toEqual(['separated']);
});

it('climbs again where the load goes on rising', () => {
  const rising = (hours: number) => 11_000 + 500 * hours;
  const tiers = climbed(rising, 6).map(({ to }) => to);
  expect(tiers[0]).toBe('scaled');
  expect(tiers.length).toBeGreaterThan(1);
  expect(tiers.at(-1)).toBe('microservices');
});
