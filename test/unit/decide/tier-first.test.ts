import { describe, it } from 'vitest';
import { MONDAY, TIMED_OUT, load, on, component, spec } from './given.ts';
import { apart, decidesTier, type TierCase } from './tier-case.ts';

describe('the tier, where none is known to stand on', () => {
  it.each<[string, TierCase]>([
    ['begins at the bottom when nothing is known', { leads: 60_000, to: 'single-server', rule: 'FirstTier' }],
    [
      'begins where the past has sustained it',
      { leads: 16_000, history: { load: load(MONDAY, [3, 16_000]) }, to: 'scaled', rule: 'FirstTier' },
    ],
    ['begins at minTier', { spec: spec({ minTier: 'cached' }), to: 'cached', rule: 'FirstTier' }],
    [
      'is found again on a ladder that was replaced, by the busiest that is known',
      { leads: 4_000, history: on('gone', [5, 16_000], [2, 4_000]), to: 'scaled', rule: 'FirstTier' },
    ],
    [
      'is one with room for what runs on a ladder that was replaced while nothing is known',
      {
        values: { leadsPerDay: TIMED_OUT },
        components: apart,
        history: { tier: 'gone' },
        to: 'separated',
        rule: 'FirstTier',
      },
    ],
    [
      'is the highest on such a ladder when none has room',
      {
        values: { leadsPerDay: TIMED_OUT },
        components: [component('ingest', 500)],
        history: { tier: 'gone' },
        to: 'full-microservices',
        rule: 'FirstTier',
      },
    ],
    [
      'has room for a pod with everything, too',
      {
        values: { leadsPerDay: TIMED_OUT },
        components: [component('all-in-one', 2)],
        history: { tier: 'gone' },
        to: 'cached',
        rule: 'FirstTier',
      },
    ],
  ])('%s', decidesTier);
});
