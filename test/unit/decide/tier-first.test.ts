import { describe, it } from 'vitest';
import { MONDAY, TIMED_OUT, load, on, part, spec } from './given.ts';
import { apart, decidesRung, type RungCase } from './rung-case.ts';

describe('the rung, where none is known to stand on', () => {
  it.each<[string, RungCase]>([
    ['begins at the bottom when nothing is known', { leads: 60_000, to: 'single-server', rule: 'FirstRung' }],
    [
      'begins where the past has sustained it',
      { leads: 16_000, history: { load: load(MONDAY, [3, 16_000]) }, to: 'scaled', rule: 'FirstRung' },
    ],
    ['begins at minTier', { spec: spec({ minTier: 'cached' }), to: 'cached', rule: 'FirstRung' }],
    [
      'is found again on a ladder that was replaced, by the busiest that is known',
      { leads: 4_000, history: on('gone', [5, 16_000], [2, 4_000]), to: 'scaled', rule: 'FirstRung' },
    ],
    [
      'is one with room for what runs on a ladder that was replaced while nothing is known',
      {
        values: { leadsPerDay: TIMED_OUT },
        parts: apart,
        history: { tier: 'gone' },
        to: 'separated',
        rule: 'FirstRung',
      },
    ],
    [
      'is the highest on such a ladder when none has room',
      {
        values: { leadsPerDay: TIMED_OUT },
        parts: [part('ingest', 500)],
        history: { tier: 'gone' },
        to: 'full-microservices',
        rule: 'FirstRung',
      },
    ],
    [
      'has room for a pod with everything, too',
      {
        values: { leadsPerDay: TIMED_OUT },
        parts: [part('all-in-one', 2)],
        history: { tier: 'gone' },
        to: 'cached',
        rule: 'FirstRung',
      },
    ],
  ])('%s', decidesRung);
});
