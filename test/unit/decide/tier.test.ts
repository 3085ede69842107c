import { describe, expect, it } from 'vitest';
import { HOUR, MONDAY, TIMED_OUT, decideGiven, on, spec } from './given.ts';
import { decidesTier, type TierCase } from './tier-case.ts';

describe('the tier, by load', () => {
  it.each<[string, TierCase]>([
    [
      'climbs on load that is sustained, over tiers in between',
      {
        leads: 31_000,
        history: on('cached', [5, 6_000], [2.1, 30_000]),
        to: 'enterprise',
        rule: 'LoadSustained',
      },
    ],
    [
      'does not climb before that',
      {
        leads: 31_000,
        history: on('cached', [5, 6_000], [1.9, 31_000]),
        to: 'cached',
        rule: 'NotSustainedYet',
      },
    ],
    [
      'does not climb on one large import',
      { leads: 90_000, history: on('cached', [7, 6_000]), to: 'cached', rule: 'NotSustainedYet' },
    ],
    [
      'climbs no higher than maxTier',
      {
        spec: spec({ maxTier: 'scaled' }),
        leads: 31_000,
        history: on('cached', [5, 6_000], [2.1, 31_000]),
        to: 'scaled',
        rule: 'LoadSustained',
      },
    ],
    [
      'stays at maxTier whatever the load',
      {
        spec: spec({ maxTier: 'scaled' }),
        leads: 31_000,
        history: on('scaled', [7.5, 31_000]),
        to: 'scaled',
        rule: 'Bounded',
      },
    ],
    [
      'obeys a lower maxTier at once',
      {
        spec: spec({ maxTier: 'cached' }),
        leads: 31_000,
        history: on('scaled', [7.5, 31_000]),
        to: 'cached',
        rule: 'Bounded',
      },
    ],
    [
      'stays where the load belongs',
      { leads: 16_000, history: on('scaled', [7.5, 16_000]), to: 'scaled', rule: 'AtTarget' },
    ],
    [
      'does not come down for a quiet weekend',
      {
        leads: 4_000,
        history: on('scaled', [5.5, 16_000], [2, 4_000]),
        to: 'scaled',
        rule: 'BusyDayRemembered',
      },
    ],
    [
      'does not come down when the busiest day is within the margin',
      { leads: 13_500, history: on('scaled', [7.5, 13_500]), to: 'scaled', rule: 'AtTarget' },
    ],
    [
      'comes down one tier when the busiest day is below the margin',
      {
        leads: 2_000,
        history: on('scaled', [7.5, 2_000]),
        to: 'separated',
        rule: 'QuietLongEnough',
        target: 'single-server',
      },
    ],
    [
      'waits between two tiers on the way down',
      {
        leads: 2_000,
        history: { ...on('scaled', [7.5, 2_000]), tierSince: MONDAY - 23 * HOUR },
        to: 'scaled',
        rule: 'WaitingBetweenTiers',
        target: 'single-server',
      },
    ],
    [
      'does not come down before the whole look-back was seen',
      { leads: 2_000, history: on('scaled', [6, 2_000]), to: 'scaled', rule: 'HistoryTooShort' },
    ],
    [
      'does not come down below minTier',
      {
        spec: spec({ minTier: 'scaled' }),
        leads: 2_000,
        history: on('scaled', [7.5, 2_000]),
        to: 'scaled',
        rule: 'Bounded',
      },
    ],
    [
      'is held while leads/day is unknown',
      {
        values: { leadsPerDay: TIMED_OUT },
        history: on('scaled', [7.5, 2_000]),
        to: 'scaled',
        rule: 'LoadUnknown',
      },
    ],
    [
      'is held on a sudden zero',
      { leads: 0, history: on('scaled', [7.5, 2_000]), to: 'scaled', rule: 'LoadUnknown' },
    ],
    [
      'is what the pin says, at once and both ways',
      {
        spec: spec({ tierPin: { tier: 'cached', until: '2026-02-01T00:00:00Z' } }),
        leads: 31_000,
        history: on('scaled', [7.5, 31_000]),
        to: 'cached',
        rule: 'Pinned',
      },
    ],
    [
      'is not what a pin says that has expired',
      {
        spec: spec({ tierPin: { tier: 'cached', until: '2026-01-05T00:00:00Z' } }),
        leads: 16_000,
        history: on('scaled', [7.5, 16_000]),
        to: 'scaled',
        rule: 'AtTarget',
      },
    ],
    [
      'does not change outside a window',
      {
        spec: spec({ transitions: { windows: [{ name: 'night', schedule: '0 2 * * *', duration: '1h' }] } }),
        leads: 31_000,
        history: on('cached', [5, 6_000], [2.1, 31_000]),
        to: 'cached',
        rule: 'OutsideWindow',
        target: 'enterprise',
      },
    ],
    [
      'changes inside one',
      {
        spec: spec({ transitions: { windows: [{ name: 'night', schedule: '0 0 * * *', duration: '1h' }] } }),
        leads: 31_000,
        history: on('cached', [5, 6_000], [2.1, 31_000]),
        to: 'enterprise',
        rule: 'LoadSustained',
      },
    ],
  ])('%s', decidesTier);

  it('has a time for when it moves, and moves then', () => {
    const waiting = decideGiven({
      values: { leadsPerDay: 2_000 },
      history: { ...on('scaled', [7.5, 2_000]), tierSince: MONDAY - 23 * HOUR },
    });
    expect(waiting.requeueAt).toBe(MONDAY + HOUR);
    const later = decideGiven({
      values: { leadsPerDay: 2_000 },
      history: waiting.history,
      now: MONDAY + HOUR,
    });
    expect(later.tier).toMatchObject({ from: 'scaled', to: 'separated', rule: 'QuietLongEnough' });
    expect(later.history.tierSince).toBe(MONDAY + HOUR);
  });

  it('looks again when the next window opens', () => {
    const { requeueAt } = decideGiven({
      spec: spec({ transitions: { windows: [{ name: 'night', schedule: '0 2 * * *', duration: '1h' }] } }),
      values: { leadsPerDay: 31_000 },
      history: on('cached', [5, 6_000], [2.1, 31_000]),
    });
    expect(requeueAt).toBe(MONDAY + 2 * HOUR);
  });
});
