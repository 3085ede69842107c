import { describe, expect, it } from 'vitest';
import {
  DAY,
  HOUR,
  MINUTE,
  MONDAY,
  TIMED_OUT,
  decideGiven,
  load,
  on,
  part,
  spec,
  type Given,
} from './given.ts';

interface Case extends Given {
  readonly leads?: number;
  readonly to: string;
  readonly rule: string;
  readonly target?: string;
}

const apart = [part('ingest', 3), part('sync', 1), part('queue-default', 10)];
const redFor = (signal: string, ms: number) => ({ [signal]: MONDAY - ms });

describe('the rung', () => {
  it.each<[string, Case]>([
    ['begins at the bottom when nothing is known', { leads: 60_000, to: 'single-server', rule: 'FirstRung' }],
    [
      'begins where the past has sustained it',
      { leads: 16_000, history: { load: load(MONDAY, [3, 16_000]) }, to: 'scaled', rule: 'FirstRung' },
    ],
    ['begins at minTier', { spec: spec({ minTier: 'cached' }), to: 'cached', rule: 'FirstRung' }],
    [
      'climbs on load that is sustained, over rungs in between',
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
      'comes down one rung when the busiest day is below the margin',
      {
        leads: 2_000,
        history: on('scaled', [7.5, 2_000]),
        to: 'separated',
        rule: 'QuietLongEnough',
        target: 'single-server',
      },
    ],
    [
      'waits between two rungs on the way down',
      {
        leads: 2_000,
        history: { ...on('scaled', [7.5, 2_000]), tierSince: MONDAY - 23 * HOUR },
        to: 'scaled',
        rule: 'WaitingBetweenRungs',
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
    [
      'is raised by a signal that stays red, one above what the load says',
      {
        leads: 11_000,
        values: { responseTime: 600 },
        parts: apart,
        history: { ...on('separated', [7.5, 11_000]), redSince: redFor('responseTime', 15 * MINUTE) },
        to: 'scaled',
        rule: 'HealthRed',
      },
    ],
    [
      'is not raised before the signal was red for long enough',
      {
        leads: 11_000,
        values: { responseTime: 600 },
        parts: apart,
        history: { ...on('separated', [7.5, 11_000]), redSince: redFor('responseTime', 14 * MINUTE) },
        to: 'separated',
        rule: 'AtTarget',
      },
    ],
    [
      'is not raised while replicas can still do something',
      {
        leads: 11_000,
        values: { responseTime: 600 },
        parts: [part('ingest', 2), ...apart.slice(1)],
        history: { ...on('separated', [7.5, 11_000]), redSince: redFor('responseTime', HOUR) },
        to: 'separated',
        rule: 'AtTarget',
      },
    ],
    [
      'is not raised while replicas are still on their way',
      {
        leads: 11_000,
        values: { responseTime: 600 },
        parts: [part('ingest', 3, { readyReplicas: 2 }), ...apart.slice(1)],
        history: { ...on('separated', [7.5, 11_000]), redSince: redFor('responseTime', HOUR) },
        to: 'separated',
        rule: 'AtTarget',
      },
    ],
    [
      'is not raised a second time',
      {
        leads: 11_000,
        values: { responseTime: 600 },
        parts: [part('ingest', 8), ...apart.slice(1)],
        history: {
          ...on('scaled', [7.5, 11_000]),
          raisedOver: 'separated',
          redSince: redFor('responseTime', HOUR),
        },
        to: 'scaled',
        rule: 'HealthRed',
      },
    ],
    [
      'is not raised a second time though a spike of an hour called for more',
      {
        leads: 11_000,
        values: { responseTime: 600 },
        parts: [part('ingest', 8), ...apart.slice(1)],
        history: {
          ...on('scaled', [5, 11_000], [1 / 24, 16_000], [2.5, 11_000]),
          raisedOver: 'separated',
          redSince: redFor('responseTime', HOUR),
        },
        to: 'scaled',
        rule: 'BusyDayRemembered',
      },
    ],
    [
      'is not raised a second time after a restart forgot the first',
      {
        leads: 11_000,
        values: { responseTime: 600 },
        parts: [part('ingest', 8), ...apart.slice(1)],
        history: { ...on('scaled', [6, 11_000]), redSince: redFor('responseTime', HOUR) },
        to: 'scaled',
        rule: 'HistoryTooShort',
      },
    ],
    [
      'is not raised by what cannot fall by itself',
      {
        leads: 11_000,
        values: { databaseSize: 60e9 },
        parts: apart,
        history: { ...on('separated', [7.5, 11_000]), redSince: redFor('databaseSize', DAY) },
        to: 'separated',
        rule: 'AtTarget',
      },
    ],
    [
      'comes down though the database is too big',
      {
        leads: 2_000,
        values: { databaseSize: 60e9 },
        parts: apart,
        history: { ...on('separated', [7.5, 2_000]), redSince: redFor('databaseSize', DAY) },
        to: 'cached',
        rule: 'QuietLongEnough',
      },
    ],
    [
      'does not come down while a signal is red that a rung relieves',
      {
        leads: 2_000,
        values: { responseTime: 501 },
        parts: [part('ingest', 2), ...apart.slice(1)],
        history: { ...on('separated', [7.5, 2_000]), redSince: redFor('responseTime', MINUTE) },
        to: 'separated',
        rule: 'HealthRed',
      },
    ],
    [
      'does not come down while such a signal is red as far as is known',
      {
        leads: 2_000,
        values: { responseTime: TIMED_OUT },
        parts: [part('ingest', 2), ...apart.slice(1)],
        history: { ...on('separated', [7.5, 2_000]), redSince: redFor('responseTime', MINUTE) },
        to: 'separated',
        rule: 'HealthRed',
      },
    ],
    [
      'comes down though sync is behind, when Vici’s budget alone holds it back',
      {
        leads: 2_000,
        values: { queues: { 'vici-updates': { ready: 9_000 }, default: {} } },
        parts: apart,
        history: { ...on('separated', [7.5, 2_000]), redSince: redFor('queueDepth.vici-updates', DAY) },
        to: 'cached',
        rule: 'QuietLongEnough',
      },
    ],
    [
      'is raised by health though leads/day is unknown, one above the last that was known',
      {
        values: { leadsPerDay: TIMED_OUT, responseTime: 600 },
        parts: apart,
        history: { ...on('separated', [7.5, 11_000]), redSince: redFor('responseTime', HOUR) },
        to: 'scaled',
        rule: 'HealthRed',
      },
    ],
  ])('%s', (_what, { leads, to, rule, target, ...given }) => {
    const values = leads === undefined ? given.values : { leadsPerDay: leads, ...given.values };
    const decision = decideGiven({ ...given, ...(values !== undefined && { values }) });
    expect(decision.tier).toMatchObject({ to, rule, ...(target !== undefined && { target }) });
    expect(decision.reasons[0]).toMatch(/^[A-Z0-9].*\.$/);
    expect(decision.history.tier).toBe(to);
  });

  it('has a time for when it moves, and moves then', () => {
    const waiting = decideGiven({
      values: { leadsPerDay: 2_000 },
      history: { ...on('scaled', [7.5, 2_000]), tierSince: MONDAY - 23 * HOUR },
    });
    expect(waiting.lookAgainAt).toBe(MONDAY + HOUR);
    const later = decideGiven({
      values: { leadsPerDay: 2_000 },
      history: waiting.history,
      now: MONDAY + HOUR,
    });
    expect(later.tier).toMatchObject({ from: 'scaled', to: 'separated', rule: 'QuietLongEnough' });
    expect(later.history.tierSince).toBe(MONDAY + HOUR);
  });

  it('looks again when the next window opens', () => {
    const { lookAgainAt } = decideGiven({
      spec: spec({ transitions: { windows: [{ name: 'night', schedule: '0 2 * * *', duration: '1h' }] } }),
      values: { leadsPerDay: 31_000 },
      history: on('cached', [5, 6_000], [2.1, 31_000]),
    });
    expect(lookAgainAt).toBe(MONDAY + 2 * HOUR);
  });

  it('forgets that health raised it once the load calls for as much', () => {
    const raised = { ...on('scaled', [5, 11_000], [2.1, 16_000]), raisedOver: 'separated' };
    expect(
      decideGiven({ values: { leadsPerDay: 16_000 }, history: raised }).history.raisedOver,
    ).toBeUndefined();
    const still = { ...on('scaled', [7.5, 14_000]), raisedOver: 'separated' };
    expect(decideGiven({ values: { leadsPerDay: 14_000 }, history: still }).history.raisedOver).toBe(
      'separated',
    );
  });
});
