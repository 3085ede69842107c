import { describe, expect, it } from 'vitest';
import type { ScaleRule } from '../../../src/model/decision.ts';
import {
  DAY,
  MINUTE,
  MONDAY,
  TIMED_OUT,
  balanced,
  decideGiven,
  flowing,
  on,
  component,
  componentOf,
  running,
  seen,
  spec,
  type Given,
} from '../decide/given.ts';

const fast = spec({ components: { queues: [{ name: 'default', capacity: { jobsPerMinute: 100 } }] } });

interface Case extends Given {
  readonly of?: string;
  readonly replicas: number;
  readonly rule: ScaleRule;
}

describe('replicas', () => {
  it.each<[string, Case]>([
    [
      'of workers go to the right size in one step',
      {
        values: { queues: { default: { ready: 5_000 } } },
        components: running(4),
        replicas: 50,
        rule: 'Backlog',
      },
    ],
    [
      'of workers are still right a moment later',
      {
        values: { queues: { default: { ready: 5_000, oldestAgeSeconds: 6 } } },
        components: running(4),
        replicas: 50,
        rule: 'Backlog',
      },
    ],
    [
      'of workers stop at the ceiling of the tier',
      {
        values: { queues: { default: { ready: 90_000 } } },
        components: running(4),
        replicas: 50,
        rule: 'Backlog',
      },
    ],
    [
      'of workers that fall behind go to what carries the load in one step',
      {
        values: { queues: { default: { ready: 200, inFlight: 4, oldestAgeSeconds: 10 } } },
        history: { ...balanced, queues: { default: flowing(20, 0.6) } },
        components: running(4),
        replicas: 13,
        rule: 'PredictedWait',
      },
    ],
    [
      'of workers stay, while what waits is far from its objective',
      {
        values: { queues: { default: { ready: 20, inFlight: 12, oldestAgeSeconds: 2 } } },
        history: { ...balanced, queues: { default: flowing(20, 0.6) } },
        components: running(12),
        replicas: 12,
        rule: 'Steady',
      },
    ],
    [
      'of workers that nearly all have a job go down to what carries the load',
      {
        values: { queues: { default: { inFlight: 12 } } },
        history: { ...balanced, queues: { default: flowing(20, 0.6) }, ...seen('queue-default', 13) },
        components: running(20),
        replicas: 13,
        rule: 'ArrivalRate',
      },
    ],
    [
      'of workers do not go down by a tenth: it is not worth the starts a moment later',
      {
        values: { queues: { default: { inFlight: 12 } } },
        history: { ...balanced, queues: { default: flowing(20, 0.6) }, ...seen('queue-default', 13) },
        components: running(14),
        replicas: 14,
        rule: 'Steady',
      },
    ],
    [
      'of idle workers are the floor of the tier',
      { values: { queues: { default: {} } }, components: running(4), replicas: 4, rule: 'Floor' },
    ],
    [
      'stay where the signal is unknown',
      {
        values: { queues: { default: TIMED_OUT } },
        components: running(20),
        replicas: 20,
        rule: 'SignalUnknown',
      },
    ],
    [
      'are lifted to the floor though the signal is unknown',
      {
        values: { queues: { default: TIMED_OUT } },
        components: running(1),
        replicas: 4,
        rule: 'SignalUnknown',
      },
    ],
    [
      'do not go down before the window was seen',
      { values: { queues: { default: {} } }, components: running(20), replicas: 20, rule: 'WindowNotSeen' },
    ],
    [
      'go down to the most that was wanted in the window',
      {
        values: { queues: { default: {} } },
        components: running(20),
        history: { ...balanced, ...seen('queue-default', 12) },
        replicas: 12,
        rule: 'Floor',
      },
    ],
    [
      'do not go down on an empty queue while nobody can tell whether leads come',
      {
        values: { queues: { default: {} }, leadsPerMinute: TIMED_OUT },
        components: running(20),
        history: { ...balanced, ...seen('queue-default', 12) },
        replicas: 20,
        rule: 'SignalUnknown',
      },
    ],
    [
      'do not go down while a rollout is stuck, which would take of those that serve',
      {
        values: { queues: { default: {} } },
        components: running(20).map((observed) => ({ ...observed, stuck: 'ImagePullBackOff' })),
        history: { ...balanced, ...seen('queue-default', 12) },
        replicas: 20,
        rule: 'RolloutStuck',
      },
    ],
    [
      'do not go down while more were wanted within the window',
      {
        values: { queues: { default: {} } },
        components: running(20),
        history: { ...balanced, ...seen('queue-default', 25) },
        replicas: 20,
        rule: 'ScaleDownWindow',
      },
    ],
    [
      'of an all-in-one pod whose workers are busy are not taken away',
      {
        of: 'all-in-one',
        values: {
          leadsPerDay: 6_000,
          leadsPerMinute: 0,
          responseTime: 100,
          queues: { default: { inFlight: 2 }, 'vici-updates': {} },
        },
        spec: spec({
          tiers: [{ name: 'only', fromLeadsPerDay: 0, components: { allInOne: { max: 9 } } }],
        }),
        components: [component('all-in-one', 5)],
        history: { ...on('only', 6_000), ...seen('all-in-one', 0), queues: { default: flowing(0, 1) } },
        replicas: 2,
        rule: 'BusyWorkers',
      },
    ],
    [
      'are left to another autoscaler',
      {
        values: { queues: { default: { ready: 5_000 } } },
        components: [
          component('ingest', 3),
          component('sync', 1),
          component('queue-default', 7, { drivenBy: 'HorizontalPodAutoscaler/q' }),
        ],
        replicas: 7,
        rule: 'DrivenByOther',
      },
    ],
    [
      'are what a pin says, beyond every bound',
      {
        spec: spec({ replicasPin: [{ component: 'queue-default', replicas: 77 }] }),
        values: { queues: { default: {} } },
        components: running(4),
        replicas: 77,
        rule: 'Pinned',
      },
    ],
    [
      'are not what a pin says that has expired',
      {
        spec: spec({
          replicasPin: [{ component: 'queue-default', replicas: 77, until: '2026-01-01T00:00:00Z' }],
        }),
        values: { queues: { default: {} } },
        components: running(4),
        replicas: 4,
        rule: 'Floor',
      },
    ],
    [
      'obey replicas.max at once',
      {
        spec: spec({ components: { queues: [{ name: 'default', replicas: { max: 2 } }] } }),
        values: { queues: { default: { ready: 5_000 } } },
        components: running(4),
        replicas: 2,
        rule: 'Ceiling',
      },
    ],
    [
      'of a component that is new are what is wanted, not one',
      {
        values: { queues: { default: { ready: 5_000 } } },
        components: [component('all-in-one', 2)],
        replicas: 50,
        rule: 'Backlog',
      },
    ],
    [
      'of a component that is new are those of what it takes over from, where its signal is unknown',
      {
        values: { queues: { default: TIMED_OUT } },
        components: [component('all-in-one', 9)],
        replicas: 9,
        rule: 'SignalUnknown',
      },
    ],
    [
      'of ingest that is new are those of what it takes over from, while its answers cannot speak of it',
      {
        of: 'ingest',
        values: { leadsPerMinute: 10, responseTime: 250 },
        components: [component('all-in-one', 9)],
        replicas: 9,
        rule: 'ResponseTime',
      },
    ],
    [
      'of ingest follow leads/minute',
      {
        of: 'ingest',
        values: { leadsPerMinute: 180 },
        components: running(4, 3),
        replicas: 4,
        rule: 'LeadsPerMinute',
      },
    ],
    [
      'of ingest do not follow one slow answer',
      {
        of: 'ingest',
        values: { leadsPerMinute: 10, responseTime: 900 },
        history: { ...balanced, stable: { component: 'ingest', replicas: 4, since: MONDAY - MINUTE } },
        components: running(4, 4),
        replicas: 4,
        rule: 'Steady',
      },
    ],
    [
      'of ingest double at most when answers stay slow',
      {
        of: 'ingest',
        values: { leadsPerMinute: 10, responseTime: 900 },
        history: {
          ...balanced,
          stable: { component: 'ingest', replicas: 4, since: MONDAY - MINUTE },
          overloadedSince: MONDAY - MINUTE / 2,
        },
        components: running(4, 4),
        replicas: 8,
        rule: 'ResponseTime',
      },
    ],
    [
      'of ingest do not follow an answer from before they were all ready',
      {
        of: 'ingest',
        values: { leadsPerMinute: 10, responseTime: { value: 900, at: MONDAY - 2_000 } },
        history: {
          ...balanced,
          stable: { component: 'ingest', replicas: 4, since: MONDAY - 1_000 },
          overloadedSince: MONDAY - MINUTE,
        },
        components: running(4, 4),
        replicas: 4,
        rule: 'Steady',
      },
    ],
    [
      'of an all-in-one pod are no more for the sake of sync than Vici’s budget feeds',
      {
        of: 'all-in-one',
        values: { leadsPerDay: 6_000, queues: { 'vici-updates': { ready: 5_000 }, default: {} } },
        history: on('cached', 6_000),
        components: [component('all-in-one', 1)],
        replicas: 1,
        rule: 'Steady',
      },
    ],
    [
      'of workers leave the connections to what is on its way out',
      {
        values: { connections: { used: 90, allowed: 150 }, queues: { default: { ready: 5_000 } } },
        components: [component('all-in-one', 5), ...running(4)],
        // Of 120, others hold 90 − 20 − 5 × 7 = 35, the leaving pods 35, ingest and sync 16: 34 here.
        replicas: 34,
        rule: 'Backlog',
      },
    ],
    [
      'of ingest wait for those that were asked for before',
      {
        of: 'ingest',
        values: { leadsPerMinute: 10, responseTime: 900 },
        history: {
          ...balanced,
          stable: { component: 'ingest', replicas: 4, since: MONDAY - MINUTE },
          overloadedSince: MONDAY - MINUTE / 2,
        },
        components: [
          component('ingest', 8, { readyReplicas: 4 }),
          component('sync', 1),
          component('queue-default', 4),
        ],
        replicas: 8,
        rule: 'Steady',
      },
    ],
    [
      'of sync are what Vici’s budget feeds',
      {
        of: 'sync',
        spec: spec({ components: { sync: { capacity: { apiCallsPerJob: 0.1 } } } }),
        values: { queues: { 'vici-updates': { ready: 5_000 } } },
        components: running(4),
        replicas: 5,
        rule: 'Backlog',
      },
    ],
    [
      'of sync do not grow once the calls that were counted reach the budget',
      {
        of: 'sync',
        spec: spec({ components: { sync: { capacity: { apiCallsPerJob: 0.1 } } } }),
        values: { apiCallsPerHour: 1_000, queues: { 'vici-updates': { ready: 5_000 } } },
        components: running(4, 3, 2),
        replicas: 2,
        rule: 'Backlog',
      },
    ],
    [
      'of workers take no more connections than are left',
      {
        values: { connections: { used: 60, allowed: 100 }, queues: { default: { ready: 5_000 } } },
        components: running(4),
        // Ours hold 3 × 5 + 1 + 4 = 20, so others hold 40 and 40 of the 80 are ours: 16 for ingest and sync, 24 here.
        replicas: 24,
        rule: 'Backlog',
      },
    ],
    [
      'of workers do not grow while it is not known what the database can take',
      {
        values: { connections: TIMED_OUT, queues: { default: { ready: 5_000 } } },
        components: running(6),
        replicas: 6,
        rule: 'Backlog',
      },
    ],
    [
      'of workers grow on what was last known of the database',
      {
        values: { connections: TIMED_OUT, queues: { default: { ready: 5_000 } } },
        history: { ...balanced, connections: { others: 40, allowed: 100, at: MONDAY - DAY } },
        components: running(4),
        replicas: 24,
        rule: 'Backlog',
      },
    ],
    [
      'are never taken away for the sake of connections',
      {
        values: { connections: { used: 400, allowed: 100 }, queues: { default: { ready: 5_000 } } },
        components: running(30),
        replicas: 30,
        rule: 'Backlog',
      },
    ],
  ])('%s', (_what, { of = 'queue-default', replicas, rule, ...given }) => {
    const decision = decideGiven({
      spec: fast,
      history: balanced,
      ...given,
      values: { leadsPerDay: 26_000, ...given.values },
    });
    const found = componentOf(decision, of);
    expect({ replicas: found.replicas, rule: found.rule }).toEqual({ replicas, rule });
    expect(found.reason).toMatch(/^[a-z-]+: .*\.$/);
    if (found.wanted !== replicas && rule !== 'Pinned') {
      expect([...found.clamps, found.reason].join(' ')).not.toBe('');
    }
  });

  it.each([
    ['nothing to do', {}, 0, 4],
    // However long a job takes, one worker more does it.
    ['something to do', { ready: 1 }, 1, 5],
  ])('are numbers also where one does next to nothing, and has %s', (_what, queue, leads, workers) => {
    const least = Number.MIN_VALUE;
    const decision = decideGiven({
      spec: spec({
        components: {
          ingest: { capacity: { leadsPerMinute: least } },
          sync: { capacity: { jobsPerMinute: least, apiCallsPerJob: least } },
          queues: [{ name: 'default', capacity: { jobsPerMinute: least } }],
        },
      }),
      history: balanced,
      values: {
        leadsPerDay: 26_000,
        leadsPerMinute: leads,
        queues: { default: queue, 'vici-updates': queue },
      },
      components: running(4),
    });
    expect(componentOf(decision, 'queue-default').replicas).toBe(workers);
    expect(decision.components.every(({ replicas }) => Number.isInteger(replicas))).toBe(true);
  });

  it('say what clamped them', () => {
    const decision = decideGiven({
      spec: fast,
      history: balanced,
      values: { leadsPerDay: 26_000, queues: { default: { ready: 90_000 } } },
      components: running(50),
    });
    // 50 + (90,000 × 0.6 + 2.5 × 0.6 × √90,000 − 50 × 57) / (0.6 + 57 − 20) = 1,422.3
    expect(decision.clamps).toContain(
      'queue-default wants 1,423 replicas, but tier balanced allows 50 replicas.',
    );
    expect(componentOf(decision, 'queue-default').limit).toMatchObject({ by: 'TierMaximum', wanted: 1_423 });
  });
});
