import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE, MONDAY, decideGiven, load, on, component, type Given } from './given.ts';

describe('a tier whose transition was taken back', () => {
  const hold = {
    tier: 'cached',
    separate: false,
    due: 'separated',
    until: MONDAY + HOUR,
    why: 'sync: 0 of 1 ready',
  };
  const busy: Given = {
    values: { leadsPerDay: 12_000 },
    components: [component('all-in-one', 2)],
    history: on('separated', [5, 12_000]),
  };

  it('is held on the one before, with the components and capabilities of that, and says until when', () => {
    const decision = decideGiven({ ...busy, hold });
    expect(decision.tier).toEqual({ from: 'cached', to: 'cached', target: 'separated', rule: 'RolledBack' });
    expect(decision.components.map(({ name, replicas }) => [name, replicas])).toEqual([['all-in-one', 2]]);
    expect(decision.capabilities.map(({ name }) => name)).not.toContain('separate-queue-workers');
    expect(decision.reasons[0]).toBe(
      'Stays on cached: the transition to separated was rolled back (sync: 0 of 1 ready); next attempt at 2026-01-05T01:00:00Z, or when the spec changes.',
    );
    expect(decision.requeueAt).toBeLessThanOrEqual(hold.until);
    // And from there it climbs again as soon as it may.
    const again = decideGiven({ ...busy, history: { ...busy.history, ...decision.history } });
    expect(again.tier.to).toBe('separated');
    expect(again.separate).toBe(true);
  });

  const unlucky: Given = {
    values: { leadsPerDay: 2_000 },
    components: [component('ingest', 1), component('sync', 1), component('queue-default', 1)],
    history: { ...on('cached', [7.5, 2_000]), tierSince: MONDAY - 5 * MINUTE },
    hold: {
      tier: 'separated',
      separate: true,
      since: MONDAY - 30 * DAY,
      due: 'cached',
      until: MONDAY + 10 * MINUTE,
      why: 'all-in-one: 0 of 1 ready',
    },
  };

  it('is left for a tier below as soon as was said, and not only after the time between two tiers', () => {
    const { tier, history } = decideGiven(unlucky);
    expect(tier).toMatchObject({ to: 'separated', rule: 'RolledBack' });
    expect(history.tierSince).toBe(MONDAY - 30 * DAY);
    const { hold: _over, ...free } = unlucky;
    const again = decideGiven({ ...free, history, now: MONDAY + 11 * MINUTE });
    expect(again.tier).toMatchObject({ to: 'cached', rule: 'QuietLongEnough' });
  });

  it('holds up no move that needs nothing of what failed', () => {
    const history = { ...unlucky.history, load: load(MONDAY, [5, 2_000], [2.1, 16_000]) };
    const first = decideGiven({ ...unlucky, values: { leadsPerDay: 16_000 }, history });
    expect(first.tier).toMatchObject({ from: 'separated', to: 'scaled', rule: 'LoadSustained' });
    expect(first.separate).toBe(true);
    // It stands there now, and not where it was taken back to.
    const next = decideGiven({
      ...unlucky,
      values: { leadsPerDay: 16_000 },
      history: { ...history, ...first.history },
      now: MONDAY + MINUTE,
    });
    expect(next.tier).toMatchObject({ from: 'scaled', to: 'scaled' });
  });

  it('is not held on a tier that the ladder has no more', () => {
    expect(decideGiven({ ...busy, hold: { ...hold, tier: 'gone' } }).tier.to).toBe('separated');
  });
});
