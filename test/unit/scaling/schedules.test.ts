/** What the schedules of a component make of its size, and how that is told. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import type { ComponentDecision } from '../../../src/model/decision.ts';
import { componentSetsOf } from '../../../src/scaling/component-sets.ts';
import { scheduledBoundsOf } from '../../../src/scaling/schedules.ts';
import {
  HOUR,
  MINUTE,
  MONDAY,
  TIMED_OUT,
  balanced,
  component,
  componentOf,
  decideGiven,
  running,
  seen,
  spec,
  type Given,
} from '../decide/given.ts';

type Components = NonNullable<LeadPlatformSpecInput['components']>;
type Ingest = NonNullable<Components['ingest']>;
type ScheduleInput = NonNullable<Ingest['schedules']>[number];

/** In office hours, which MONDAY, a midnight, is the first day of. */
const office = (replicas: ScheduleInput['replicas'], more: Partial<ScheduleInput> = {}): ScheduleInput => ({
  cron: '0 8 * * 1-5',
  duration: '9h',
  replicas,
  ...more,
});
const NOON = MONDAY + 12 * HOUR;
const ofIngest = (
  schedules: readonly ScheduleInput[],
  more: Omit<Ingest, 'schedules'> = {},
): Partial<LeadPlatformSpecInput> => ({
  components: { ingest: { ...more, schedules: [...schedules] } },
});
const ofQueue = (replicas: ScheduleInput['replicas']): Partial<LeadPlatformSpecInput> => ({
  components: { queues: [{ name: 'default', schedules: [office(replicas)] }] },
});

/** Leads that two replicas of ingest take in; the tier has three at least and sixteen at most. */
const quiet = { leadsPerDay: 26_000, leadsPerMinute: 90 };

interface Row {
  readonly spec: Partial<LeadPlatformSpecInput>;
  readonly of?: string;
  readonly now?: number;
  readonly given?: Given;
  readonly replicas: number;
  readonly rule?: ComponentDecision['rule'];
  /** What limits it; undefined: nothing does. */
  readonly by?: string;
  readonly says?: readonly string[];
}

const decided = ({ spec: input, of = 'ingest', now = NOON, given = {} }: Row) => {
  const decision = decideGiven({
    spec: spec(input),
    values: quiet,
    history: { ...balanced, ...seen('ingest', 2) },
    components: running(4),
    now,
    ...given,
  });
  return { decision, component: componentOf(decision, of) };
};

describe('a component with schedules', () => {
  it.each<[string, Row]>([
    ['before the window', { spec: ofIngest([office({ min: 10 })]), now: MONDAY + 8 * HOUR - 1, replicas: 3 }],
    [
      'from its beginning',
      {
        spec: ofIngest([office({ min: 10 })]),
        now: MONDAY + 8 * HOUR,
        replicas: 10,
        rule: 'Floor',
        says: [
          'ingest: 10 replicas, up from 3',
          'but schedules[0] (0 8 * * 1-5, UTC) asks for 10 replicas until 2026-01-05T17:00:00Z',
        ],
      },
    ],
    [
      'a floor below that of the tier',
      { spec: ofIngest([office({ min: 2 })]), replicas: 3, says: ['tier balanced asks for 3'] },
    ],
    [
      'a floor below replicas.min',
      {
        spec: ofIngest([office({ min: 5 })], { replicas: { min: 6 } }),
        replicas: 6,
        says: ['replicas.min is 6'],
      },
    ],
    [
      'a floor above replicas.min',
      { spec: ofIngest([office({ min: 7 })], { replicas: { min: 6 } }), replicas: 7 },
    ],
    [
      'a floor, and signals that ask for more',
      {
        spec: ofIngest([office({ min: 4 })]),
        given: { values: { ...quiet, leadsPerMinute: 400 } },
        replicas: 9,
        rule: 'LeadsPerMinute',
      },
    ],
    [
      'a floor, and signals that nobody can read',
      {
        spec: ofIngest([office({ min: 10 })]),
        given: { values: { leadsPerDay: 26_000, leadsPerMinute: TIMED_OUT } },
        replicas: 10,
        rule: 'SignalUnknown',
        says: ['schedules[0] (0 8 * * 1-5, UTC) asks for 10 replicas'],
      },
    ],
    [
      'a floor above the ceiling of the tier',
      {
        spec: ofIngest([office({ min: 60 })]),
        replicas: 16,
        by: 'TierMaximum',
        says: ['asks for 60 replicas until 2026-01-05T17:00:00Z, but tier balanced allows 16 replicas'],
      },
    ],
    [
      'a ceiling, and more that run',
      {
        spec: ofIngest([office({ max: 2 })]),
        given: { components: [component('ingest', 9), ...running(4).slice(1)] },
        replicas: 2,
        rule: 'Ceiling',
        says: ['schedules[0] (0 8 * * 1-5, UTC) allows 2 replicas until 2026-01-05T17:00:00Z'],
      },
    ],
    [
      'a ceiling, and signals that ask for more',
      {
        spec: ofIngest([office({ min: 3 }), office({ max: 5 }, { cron: '0 11 * * *', duration: '4h' })]),
        given: { values: { ...quiet, leadsPerMinute: 400 } },
        replicas: 5,
        by: 'ScheduleMaximum',
        says: [
          'ingest gets 5 of 9 replicas: 400 leads/min',
          'but schedules[1] (0 11 * * *, UTC) allows 5 replicas until 2026-01-05T15:00:00Z; raise components.ingest.schedules[1].replicas.max to 9',
        ],
      },
    ],
    [
      'a ceiling of the workers of a queue',
      {
        spec: ofQueue({ max: 5 }),
        of: 'queue-default',
        given: { values: { ...quiet, queues: { default: { ready: 9_000, oldestAgeSeconds: 900 } } } },
        replicas: 5,
        by: 'ScheduleMaximum',
        says: ['raise schedules[0].replicas.max of default in components.queues to'],
      },
    ],
    [
      'a ceiling below every floor, which wins',
      {
        spec: ofIngest([office({ min: 12 }), office({ max: 1 })], { replicas: { min: 4 } }),
        replicas: 1,
        by: 'ScheduleMaximum',
      },
    ],
    [
      'a ceiling above replicas.max, which wins',
      {
        spec: ofIngest([office({ max: 30 })], { replicas: { max: 4 } }),
        given: { values: { ...quiet, leadsPerMinute: 400 } },
        replicas: 4,
        by: 'ReplicasMaximum',
      },
    ],
    [
      'several windows at once: the greatest floor and the least ceiling',
      {
        spec: ofIngest([
          office({ min: 6, max: 30 }),
          office({ min: 8, max: 40 }, { cron: '0 11 * * *', duration: '2h' }),
          office({ min: 7, max: 25 }, { cron: '0 12 * * *', duration: '1h' }),
          office({ min: 20, max: 21 }, { cron: '0 13 * * *', duration: '1h' }),
        ]),
        given: { values: { ...quiet, leadsPerMinute: 0 } },
        replicas: 8,
        says: ['schedules[1] (0 11 * * *, UTC) asks for 8 replicas until 2026-01-05T13:00:00Z'],
      },
    ],
    [
      'a pin, which wins over all of them',
      {
        spec: {
          ...ofIngest([office({ min: 10, max: 12 })]),
          replicasPin: [{ component: 'ingest', replicas: 2 }],
        },
        replicas: 2,
        rule: 'Pinned',
        by: 'Pinned',
      },
    ],
    [
      'another autoscaler, which is left alone',
      {
        spec: ofIngest([office({ min: 10 })]),
        given: { components: [component('ingest', 2, { drivenBy: 'HorizontalPodAutoscaler/x' })] },
        replicas: 2,
        rule: 'DrivenByOther',
      },
    ],
    [
      'a floor for which the database has no connections',
      {
        spec: ofIngest([office({ min: 10 })]),
        given: { values: { ...quiet, connections: { used: 20, allowed: 50 } } },
        // Of 40, ours hold 20 and others none: 4 more of ingest, of 5 connections each.
        replicas: 7,
        by: 'DatabaseConnections',
        says: ['ingest gets 7 of 10 replicas: schedules[0] (0 8 * * 1-5, UTC) asks for 10 replicas'],
      },
    ],
    [
      'replicas.min, for which there are none either, but which no schedule asks for',
      {
        spec: ofIngest([office({ min: 9 })], { replicas: { min: 9 } }),
        given: { values: { ...quiet, connections: { used: 20, allowed: 50 } } },
        replicas: 9,
      },
    ],
    [
      'a floor of sync, once Vici’s budget is spent',
      {
        spec: {
          components: { sync: { capacity: { apiCallsPerJob: 0.01 }, schedules: [office({ min: 6 })] } },
        },
        of: 'sync',
        given: { values: { ...quiet, apiCallsPerHour: 1_000 } },
        // Its part of the tier's floor over all workers, which hangs on no schedule.
        replicas: 2,
        by: 'ViciBudget',
        says: ['asks for 6 replicas until'],
      },
    ],
    [
      'a floor of workers beyond what the tier has for all of them together',
      {
        spec: {
          ...ofQueue({ min: 9 }),
          tiers: [
            {
              name: 'only',
              fromLeadsPerDay: 0,
              capabilities: ['separate-queue-workers'],
              components: { workers: { max: 6 } },
            },
          ],
        },
        of: 'queue-default',
        given: { history: { tier: 'only' } },
        replicas: 5,
        by: 'TierWorkersMaximum',
      },
    ],
    [
      'the all-in-one pod, by the schedules of ingest',
      {
        spec: { ...ofIngest([office({ min: 2 })]), tierPin: { tier: 'cached' } },
        of: 'all-in-one',
        given: {
          values: { leadsPerDay: 1_000 },
          history: { tier: 'cached' },
          components: [component('all-in-one', 1)],
        },
        replicas: 2,
      },
    ],
  ])('%s', (_when, row) => {
    const { component: one } = decided(row);
    expect(one.replicas).toBe(row.replicas);
    if (row.rule !== undefined) expect(one.rule).toBe(row.rule);
    expect(one.limit?.by).toBe(row.by);
    const told = [one.reason, ...one.clamps, one.limit?.message].join('\n');
    for (const words of row.says ?? []) expect(told).toContain(words);
  });

  it('goes down the usual way at the end of a window: to what its signals wanted, once all of it was seen', () => {
    const at = (history: Given['history']) =>
      decided({
        spec: ofIngest([office({ min: 10 })]),
        now: MONDAY + 17 * HOUR,
        given: {
          history: { ...balanced, ...history },
          components: [component('ingest', 10), ...running(4).slice(1)],
        },
        replicas: 0,
      }).component;
    const slot = { start: MONDAY + 16 * HOUR, until: MONDAY + 17 * HOUR - 1 };
    expect(at({})).toMatchObject({ replicas: 10, rule: 'WindowNotSeen' });
    expect(at({ wanted: { ingest: [{ ...slot, most: 6 }] } })).toMatchObject({ replicas: 6 });
    expect(at({ wanted: { ingest: [{ ...slot, most: 2 }] } })).toMatchObject({ replicas: 3 });
  });

  it.each([
    ['the next beginning', MONDAY + 7 * HOUR, MONDAY + 8 * HOUR],
    ['the end of what is open', MONDAY + 8 * HOUR, MONDAY + 17 * HOUR],
    ['the beginning after a weekend', MONDAY + 4 * 24 * HOUR + 17 * HOUR, MONDAY + 7 * 24 * HOUR + 8 * HOUR],
  ])('is looked at again at %s', (_what, now, due) => {
    // All that is asked for is there, so that nothing else is waited for.
    const { decision } = decided({
      spec: ofIngest([office({ min: 3 })]),
      now,
      given: { values: {}, history: { tier: 'balanced' } },
      replicas: 3,
    });
    expect(new Date(decision.requeueAt ?? 0)).toEqual(new Date(due));
  });

  it('takes nothing from the floor that others have of all workers together', () => {
    const decision = decideGiven({
      spec: spec({
        components: {
          sync: { schedules: [office({ min: 9 })], capacity: { apiCallsPerJob: 0.01 } },
        },
      }),
      history: balanced,
      values: { leadsPerDay: 26_000 },
      now: NOON,
    });
    const without = decideGiven({
      spec: spec({ components: { sync: { capacity: { apiCallsPerJob: 0.01 } } } }),
      history: balanced,
      values: { leadsPerDay: 26_000 },
      now: NOON,
    });
    expect(componentOf(decision, 'sync').replicas).toBe(9);
    expect(componentOf(decision, 'queue-default').replicas).toBe(
      componentOf(without, 'queue-default').replicas,
    );
  });
});

describe('whatever schedules there are', () => {
  const replicas = fc
    .record({
      min: fc.integer({ min: 0, max: 60 }),
      more: fc.nat(60),
      which: fc.constantFrom('min', 'max', 'both'),
    })
    .map(({ min, more, which }) => ({
      ...(which !== 'max' && { min }),
      ...(which !== 'min' && { max: Math.max(1, min + more) }),
    }));
  /** Of one day in UTC, so that which of them are open can be told without a library. */
  const window = fc.record({
    hour: fc.integer({ min: 0, max: 23 }),
    hours: fc.integer({ min: 1, max: 24 }),
    replicas,
  });
  const windows = fc.array(window, { minLength: 1, maxLength: 6 });
  type Window = typeof window extends fc.Arbitrary<infer T> ? T : never;

  const specOf = (given: readonly Window[]) =>
    spec(
      ofIngest(
        given.map(({ hour, hours, replicas: many }) => ({
          cron: `0 ${hour} * * *`,
          duration: `${hours}h`,
          replicas: many,
        })),
      ),
    );
  const isOpen = ({ hour, hours }: Window, minute: number) =>
    (minute - hour * 60 + 1_440) % 1_440 < hours * 60;

  it('the greatest floor and the least ceiling of the open ones count', () => {
    fc.assert(
      fc.property(windows, fc.nat(1_439), (given, minute) => {
        const [ingest] = componentSetsOf(specOf(given)).apart;
        const { floor, ceiling } = scheduledBoundsOf(ingest!, MONDAY + minute * MINUTE);
        const open = given.filter((one) => isOpen(one, minute)).map((one) => one.replicas);
        const floors = open.flatMap(({ min }) => min ?? []);
        const ceilings = open.flatMap(({ max }) => max ?? []);
        expect(floor?.replicas).toBe(floors.length > 0 ? Math.max(...floors) : undefined);
        expect(ceiling?.replicas).toBe(ceilings.length > 0 ? Math.min(...ceilings) : undefined);
      }),
      { numRuns: 60 },
    );
  });

  it('a size is within the ceilings, at the floor where they leave room, and the same in any order of the schedules', () => {
    fc.assert(
      fc.property(windows, fc.nat(1_439), fc.nat(3_000), (given, minute, leadsPerMinute) => {
        const at = (order: readonly Window[]) =>
          componentOf(
            decideGiven({
              spec: specOf(order),
              history: balanced,
              values: { leadsPerDay: 26_000, leadsPerMinute },
              components: running(4),
              now: MONDAY + minute * MINUTE,
            }),
            'ingest',
          );
        const { replicas: many } = at(given);
        const open = given.filter((one) => isOpen(one, minute)).map((one) => one.replicas);
        const ceiling = Math.min(16, ...open.map(({ max = Infinity }) => max));
        const floor = Math.min(ceiling, Math.max(3, ...open.map(({ min = 0 }) => min)));
        expect(many).toBeLessThanOrEqual(ceiling);
        expect(many).toBeGreaterThanOrEqual(floor);
        expect(at(given.toReversed()).replicas).toBe(many);
      }),
      { numRuns: 40 },
    );
  });
});
