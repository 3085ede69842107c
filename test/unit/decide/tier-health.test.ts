import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE, MONDAY, TIMED_OUT, decideGiven, on, component, spec } from './given.ts';
import { apart, decidesTier, type TierCase } from './tier-case.ts';

const redFor = (signal: string, ms: number) => ({ [signal]: MONDAY - ms });

describe('the tier, by health', () => {
  it.each<[string, TierCase]>([
    [
      'is raised by a signal that stays red, one above what the load says',
      {
        leads: 11_000,
        values: { responseTime: 600 },
        components: apart,
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
        components: apart,
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
        components: [component('ingest', 2), ...apart.slice(1)],
        history: { ...on('separated', [7.5, 11_000]), redSince: redFor('responseTime', HOUR) },
        to: 'separated',
        rule: 'AtTarget',
      },
    ],
    [
      'is not raised while a schedule keeps replicas down',
      {
        spec: spec({
          components: {
            ingest: { schedules: [{ cron: '0 0 * * *', duration: '1h', replicas: { max: 2 } }] },
          },
        }),
        leads: 11_000,
        values: { responseTime: 600 },
        components: [component('ingest', 2), ...apart.slice(1)],
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
        components: [component('ingest', 3, { readyReplicas: 2 }), ...apart.slice(1)],
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
        components: [component('ingest', 8), ...apart.slice(1)],
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
        components: [component('ingest', 8), ...apart.slice(1)],
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
        components: [component('ingest', 8), ...apart.slice(1)],
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
        components: apart,
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
        components: apart,
        history: { ...on('separated', [7.5, 2_000]), redSince: redFor('databaseSize', DAY) },
        to: 'cached',
        rule: 'QuietLongEnough',
      },
    ],
    [
      'does not come down while a signal is red that a tier relieves',
      {
        leads: 2_000,
        values: { responseTime: 501 },
        components: [component('ingest', 2), ...apart.slice(1)],
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
        components: [component('ingest', 2), ...apart.slice(1)],
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
        components: apart,
        history: { ...on('separated', [7.5, 2_000]), redSince: redFor('queueDepth.vici-updates', DAY) },
        to: 'cached',
        rule: 'QuietLongEnough',
      },
    ],
    [
      'is raised by health though leads/day is unknown, one above the last that was known',
      {
        values: { leadsPerDay: TIMED_OUT, responseTime: 600 },
        components: apart,
        history: { ...on('separated', [7.5, 11_000]), redSince: redFor('responseTime', HOUR) },
        to: 'scaled',
        rule: 'HealthRed',
      },
    ],
  ])('%s', decidesTier);

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
