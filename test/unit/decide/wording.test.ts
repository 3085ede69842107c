import { describe, expect, it } from 'vitest';
import {
  MINUTE,
  MONDAY,
  TIMED_OUT,
  balanced,
  decideGiven,
  load,
  on,
  component,
  componentOf,
  running,
  seen,
  spec,
  type Given,
} from './given.ts';

const sentences = (given: Given) =>
  decideGiven({ ...given, values: { leadsPerDay: 26_000, ...given.values } });

describe('the reason of a part', () => {
  it.each<[string, Given & { of?: string }, string]>([
    [
      'that is unknown, in the plural',
      { values: { queues: { default: TIMED_OUT } }, components: running(20) },
      'queue-default: 20 replicas; the depth of default is unknown (SourceTimeout: the source did not answer in time), and unknown is not zero, so it stays at 20 replicas.',
    ],
    [
      'that is unknown, in the singular',
      { of: 'sync', values: { queues: { 'vici-updates': TIMED_OUT } }, components: running(4) },
      'sync: 1 replica; the depth of vici-updates is unknown (SourceTimeout: the source did not answer in time), and unknown is not zero, so it stays at 1 replica.',
    ],
    [
      'that is unknown and below its floor',
      { values: { queues: { default: TIMED_OUT } }, components: running(1) },
      'queue-default: 4 replicas, up from 1; the depth of default is unknown (SourceTimeout: the source did not answer in time), but tier balanced asks for 5 workers over all queues.',
    ],
    [
      'that is unknown and new',
      { values: { queues: { default: TIMED_OUT } } },
      'queue-default: 4 replicas, new; the depth of default is unknown (SourceTimeout: the source did not answer in time), but tier balanced asks for 5 workers over all queues.',
    ],
    [
      'that is unknown, and takes over from another',
      { values: { queues: { default: TIMED_OUT } }, components: [component('all-in-one', 9)] },
      'queue-default: 9 replicas, new; the depth of default is unknown (SourceTimeout: the source did not answer in time), so it starts as large as what it takes over from: 9 replicas.',
    ],
    [
      'that is lifted to its floor',
      { of: 'ingest', values: { leadsPerMinute: 10 } },
      'ingest: 3 replicas, new; 10 leads/min at 60 a replica and 80 % of its time: 1 replica, but tier balanced asks for 3: 2 more than are needed.',
    ],
    [
      'whose floor is above its ceiling',
      {
        of: 'ingest',
        spec: spec({ components: { ingest: { replicas: { max: 2 } } } }),
        values: { leadsPerMinute: 10 },
      },
      'ingest: 2 replicas, new; 10 leads/min at 60 a replica and 80 % of its time: 1 replica, but tier balanced asks for 3, and replicas.max is 2: 1 more than is needed.',
    ],
    [
      'that is at its ceiling',
      { values: { queues: { default: { ready: 9_000, oldestAgeSeconds: 3 } } }, components: running(4) },
      'queue-default: 50 replicas, up from 4; default has 9,000 jobs ready, the oldest for 3 s, and 0/s arrive, 1 s of work each: it takes 242 workers to pick up within 60 s, but tier balanced allows 50 replicas.',
    ],
    [
      'that has nothing to do, before its window was seen',
      { values: { queues: { default: {} } }, components: running(20) },
      'queue-default: 20 replicas; default has 0 jobs ready, and 0/s arrive: no worker is needed, but it stays at 20 replicas until 15s of signals have been seen.',
    ],
    [
      'that was needed a moment ago',
      {
        values: { queues: { default: {} } },
        components: running(5),
        history: { ...balanced, ...seen('queue-default', 9) },
      },
      'queue-default: 5 replicas; default has 0 jobs ready, and 0/s arrive: no worker is needed, but 9 were wanted within the last 15s.',
    ],
    [
      'that somebody else drives',
      {
        components: [
          ...running(4).slice(0, 2),
          component('queue-default', 1, { drivenBy: 'ScaledObject/q' }),
        ],
      },
      'queue-default: 1 replica; ScaledObject/q drives queue-default, so it is left at 1 replica.',
    ],
    [
      'that is pinned, for a reason with an end of its own and a line break',
      {
        spec: spec({
          replicasPin: [{ component: 'sync', replicas: 2, reason: 'Vici is being moved.\nAsk Ops. ' }],
        }),
        of: 'sync',
        components: running(4),
      },
      'sync: 2 replicas, up from 1; the spec pins sync to 2 replicas: Vici is being moved. Ask Ops.',
    ],
    [
      'of the web side while its answers speak of other replicas',
      { of: 'ingest', values: { responseTime: 620 } },
      'ingest: 3 replicas, new; the response time is 620 ms where 200 ms is aimed at, measured with other replicas and not used, but tier balanced asks for 3.',
    ],
    [
      'that has the floor of what the load requires',
      {
        of: 'all-in-one',
        values: {
          leadsPerDay: 51_000,
          leadsPerMinute: 10,
          queues: { default: {}, 'vici-updates': {} },
        },
        history: on('single-server', 1_000),
        components: [component('all-in-one', 1)],
      },
      'all-in-one: 3 replicas, up from 1; 10 leads/min at 60 a replica and 80 % of its time: 1 replica, but the load requires multiple-app-servers, which asks for 3: 2 more than are needed.',
    ],
    [
      'that has the ceiling of what the load requires',
      {
        of: 'all-in-one',
        values: { leadsPerDay: 31_000, leadsPerMinute: 4_800 },
        history: on('single-server', 1_000),
        components: [component('all-in-one', 1)],
      },
      'all-in-one: 50 replicas, up from 1; 4,800 leads/min at 60 a replica and 80 % of its time: 100 replicas, but the load requires load-balancer, which allows 50 replicas.',
    ],
  ])('%s', (_what, { of = 'queue-default', ...given }, reason) => {
    expect(componentOf(sentences({ history: balanced, ...given }), of).reason).toBe(reason);
  });
});

it.each([
  ['is new', []],
  ['grew', running(1, 1)],
  ['holds', running(4, 3)],
])(
  'what stands about a component that %s has no word of that, so that the next decision says the same',
  (_, components) => {
    const { standing } = componentOf(
      sentences({ history: balanced, values: { leadsPerMinute: 10 }, components }),
      'ingest',
    );
    expect(standing).toBe(
      'ingest: 3 replicas; 10 leads/min at 60 a replica and 80 % of its time: 1 replica, but tier balanced asks for 3: 2 more than are needed.',
    );
  },
);

describe('what clamped a part', () => {
  it.each<[string, Given, string]>([
    [
      'is its floor',
      { values: { leadsPerMinute: 10 } },
      'ingest has at least 3 replicas: tier balanced asks for 3.',
    ],
    [
      'is its ceiling',
      { values: { queues: { default: { ready: 9_000 } } } },
      'queue-default wants 244 replicas, but tier balanced allows 50 replicas.',
    ],
  ])('%s', (_what, given, clamp) => {
    expect(sentences({ history: balanced, ...given }).clamps).toContain(clamp);
  });
});

it.each([
  ['leads/day is known', 16_000],
  ['leads/day is not', TIMED_OUT],
])(
  'a red signal that only maxTier keeps from raising the platform is among the clamps, where %s',
  (_what, leads) => {
    const given = (maxTier: string | undefined, redFor: number) =>
      decideGiven({
        spec: spec(maxTier === undefined ? {} : { maxTier }),
        values: { leadsPerDay: leads, responseTime: 900 },
        history: { ...on('scaled', 16_000), redSince: { responseTime: MONDAY - redFor } },
        components: [component('ingest', 8), component('sync', 1), component('queue-default', 5)],
      });
    const bounded = given('scaled', 15 * MINUTE);
    expect(bounded.tier.to).toBe('scaled');
    expect(bounded.clamps).toContain(
      'responseTime is red at 900 ms, since 2026-01-04T23:45:00Z, and balanced would relieve it, but maxTier is scaled.',
    );
    expect(given('scaled', 14 * MINUTE).clamps.join()).not.toMatch(/maxTier/);
    expect(given(undefined, 15 * MINUTE).tier.to).toBe('balanced');
  },
);

describe('the first reason', () => {
  it.each<[string, Given, string]>([
    [
      'says that a load within the margin is below the tier',
      { values: { leadsPerDay: 24_000 }, history: on('balanced', 24_000) },
      '24,000 leads/day is below balanced (from 25,000 leads/day), but by no more than the 10 % that a descent takes.',
    ],
    [
      'of a platform that nobody has seen before',
      {},
      'Begins on single-server, for leads/day is not known for all of the last 2d.',
    ],
    [
      'of one that starts at minTier',
      { spec: spec({ minTier: 'cached' }) },
      'Begins on cached, for leads/day is not known for all of the last 2d, and minTier is cached.',
    ],
    [
      'of one whose past is known',
      { values: { leadsPerDay: 3_000 }, history: { load: load(MONDAY, [3, 3_000]) } },
      'Begins on single-server, for leads/day has been at 3,000 or more for 2d.',
    ],
    [
      'of one whose ladder was replaced',
      { values: { leadsPerDay: 16_000 }, history: on('gone', 16_000) },
      'Begins on scaled, for gone is no tier of the ladder any more, and the busiest that leads/day is known to have been is 16,000.',
    ],
    [
      'of one whose ladder was replaced while nothing is known',
      { values: { leadsPerDay: TIMED_OUT }, history: { tier: 'gone' } },
      'Begins on single-server, for gone is no tier of the ladder any more, nothing is known of leads/day, and this is the lowest with room for what runs.',
    ],
    [
      'of one that is pinned for a reason that ends by itself',
      { spec: spec({ tierPin: { tier: 'cached', reason: 'Audit.' } }), history: balanced },
      'Descends from balanced to cached: the spec pins the platform to cached: Audit.',
    ],
  ])('%s', (_what, given, reason) => {
    expect(sentences(given).reasons[0]).toBe(reason);
  });
});

describe('what the load requires', () => {
  it('is said once for each breaking point, and promises nothing', () => {
    const { reasons } = sentences({ values: { leadsPerDay: 101_000 }, history: on('balanced', 26_000) });
    expect(reasons.filter((reason) => reason.startsWith('From '))).toEqual([
      'From 100,000 leads/day the platform breaks without microservices, orchestration and full-microservices: they are enabled at once, ahead of their tiers.',
    ]);
    const one = sentences({ values: { leadsPerDay: 31_000 }, history: on('cached', 6_000) });
    expect(one.reasons).toContain(
      'From 30,000 leads/day the platform breaks without load-balancer: it is enabled at once, ahead of its tier.',
    );
    const all = sentences({ values: { leadsPerDay: 101_000 }, history: on('cached', 6_000) });
    expect(all.reasons.flatMap((reason) => /^From (\S+)/.exec(reason)?.[1] ?? [])).toEqual([
      '30,000',
      '50,000',
      '100,000',
    ]);
  });
});

it('asks nobody in the reasons to consent: that is for the report of a capability that can be put in place', () => {
  const { reasons, capabilities } = sentences({ history: balanced });
  expect(capabilities.some(({ consent }) => consent === 'Awaited')).toBe(true);
  expect(reasons.join(' ')).not.toMatch(/consent|confirm/);
});

it('says that a pin names no component, as long as it would hold', () => {
  const pinned = (until: string) =>
    sentences({
      spec: spec({ replicasPin: [{ component: 'queue-gone', replicas: 2, until }] }),
      history: balanced,
    }).reasons;
  const sentence =
    'replicasPin names queue-gone, which is no component; components are ingest, sync, queue-default, all-in-one.';
  expect(pinned('2026-02-01T00:00:00Z')).toContain(sentence);
  expect(pinned('2026-01-01T00:00:00Z')).not.toContain(sentence);
});
