/** What is told of a component that may not have the replicas that its signals ask for. */
import { describe, expect, it } from 'vitest';
import type { ScalingLimit } from '../../../src/model/scaling-limit.ts';
import {
  MINUTE,
  MONDAY,
  balanced,
  decideGiven,
  on,
  component,
  componentOf,
  running,
  spec,
  type Given,
} from '../decide/given.ts';

const LATE = { ready: 1_000, oldestAgeSeconds: 637 };
const late = { leadsPerDay: 26_000, queues: { default: LATE } };
/**
 * Three quarters of 1,000 jobs of 1 s each have waited for longer than 57 s, where the oldest has for 637. They are to begin within
 * 15 s; a worker that is asked for does one more meanwhile: 4 + (750 − 4 × 15) / 15.25 = 49.4.
 */
const WORKERS = 50;
/** The same with 50 at work would be 51.4, and a step has at least 8 %. */
const MORE_WORKERS = 54;
const queueOf = (replicas: object) => ({ components: { queues: [{ name: 'default', replicas }] } });

interface Case extends Given {
  readonly of?: string;
  readonly by: ScalingLimit['by'];
  readonly wanted: number;
  readonly says: readonly string[];
}

describe('a component that asks for more than it may have', () => {
  it.each<[string, Case]>([
    [
      'the tier, and one above would do',
      {
        values: late,
        history: balanced,
        components: running(50),
        by: 'TierMaximum',
        wanted: MORE_WORKERS,
        says: [
          'queue-default gets 50 of 54 replicas: default has 1,000 jobs ready, the oldest for 637 s',
          'but tier balanced allows 50 replicas; tier enterprise allows 100: set spec.minTier to enterprise to have it at once',
        ],
      },
    ],
    [
      'the tier, and maxTier keeps the platform from the next',
      {
        spec: spec({ maxTier: 'balanced' }),
        values: late,
        history: balanced,
        components: running(50),
        by: 'TierMaximum',
        wanted: MORE_WORKERS,
        says: ['tier enterprise allows 100: raise spec.maxTier to enterprise'],
      },
    ],
    [
      'the tier, to which the platform is pinned',
      {
        spec: spec({ tierPin: { tier: 'balanced', reason: 'audit' } }),
        values: late,
        history: balanced,
        components: running(50),
        by: 'TierMaximum',
        wanted: MORE_WORKERS,
        says: ['but spec.tierPin holds balanced: audit; lift that pin'],
      },
    ],
    [
      'the last tier that there is',
      {
        spec: spec({
          tiers: [
            {
              name: 'only',
              fromLeadsPerDay: 0,
              capabilities: ['separate-queue-workers'],
              components: { queue: { max: 4 } },
            },
          ],
        }),
        values: late,
        history: on('only', 26_000),
        components: running(4),
        by: 'TierMaximum',
        wanted: WORKERS,
        says: ['give the tier only components.queue.max: 50 in spec.tiers'],
      },
    ],
    [
      'the tier, over all queues together',
      {
        spec: spec({
          tiers: [
            {
              name: 'only',
              fromLeadsPerDay: 0,
              capabilities: ['separate-queue-workers'],
              components: { workers: { max: 6 } },
            },
          ],
        }),
        values: late,
        history: on('only', 26_000),
        components: running(4),
        by: 'TierWorkersMaximum',
        wanted: WORKERS,
        says: ['queue-default gets 5 of 50', 'all workers together ask for 51: raise components.workers.max'],
      },
    ],
    [
      'replicas.max of its own',
      {
        spec: spec(queueOf({ max: 7 })),
        values: late,
        history: balanced,
        components: running(7),
        by: 'ReplicasMaximum',
        wanted: WORKERS,
        says: ['but replicas.max is 7; raise replicas.max of default in components.queues to 50'],
      },
    ],
    [
      'what Vici bears',
      {
        spec: spec({ budgets: { viciApiCallsPerHour: 3_600 } }),
        values: { leadsPerDay: 26_000, queues: { 'vici-updates': LATE } },
        history: balanced,
        components: running(1, 3, 2),
        of: 'sync',
        by: 'ViciBudget',
        wanted: 93,
        says: ['feeds 2 workers', 'raise budgets.viciApiCallsPerHour to 167,400 if Vici bears it'],
      },
    ],
    [
      'what Vici bears, of one pod for everything',
      {
        values: { leadsPerDay: 1_000, queues: { 'vici-updates': LATE } },
        history: on('cached', 6_000),
        components: [component('all-in-one', 1)],
        of: 'all-in-one',
        by: 'ViciBudget',
        wanted: 93,
        says: ['of sync; raise budgets.viciApiCallsPerHour to 167,400 if Vici bears it'],
      },
    ],
    [
      'what Vici was called',
      {
        spec: spec({ budgets: { viciApiCallsPerHour: 36_000 } }),
        values: { leadsPerDay: 26_000, apiCallsPerHour: 36_000, queues: { 'vici-updates': { ready: 100 } } },
        history: balanced,
        components: running(1, 3, 2),
        of: 'sync',
        by: 'ViciBudget',
        wanted: 5,
        says: ['Vici was called 36,000 times in the last hour'],
      },
    ],
    [
      'the connections that the database has left',
      {
        values: { ...late, connections: { used: 60, allowed: 100 } },
        history: balanced,
        components: running(5),
        by: 'DatabaseConnections',
        wanted: WORKERS,
        says: ['the database allows 100 connections', 'connections more, raise budgets.databaseConnections'],
      },
    ],
    [
      'a pin',
      {
        spec: spec({ replicasPin: [{ component: 'queue-default', replicas: 3, reason: 'budget' }] }),
        values: late,
        history: balanced,
        components: running(3),
        by: 'Pinned',
        wanted: WORKERS,
        says: ['raise that pin to 50, or take it out of spec.replicasPin'],
      },
    ],
  ])('says what is in the way, and the number that would do: %s', (_, { of, by, wanted, says, ...given }) => {
    const { limit } = componentOf(decideGiven(given), of ?? 'queue-default');
    expect(limit).toMatchObject({ by, wanted });
    for (const text of says) expect(limit?.message).toContain(text);
  });

  it.each<[string, Given]>([
    [
      'it has them',
      { values: late, history: balanced, components: running(67), spec: spec({ minTier: 'enterprise' }) },
    ],
    [
      'it gets them now',
      { values: { ...late, queues: { default: { ready: 100 } } }, history: balanced, components: running(1) },
    ],
    [
      'an autoscaler of somebody else has its number',
      {
        values: late,
        history: balanced,
        components: [
          component('ingest', 3),
          component('sync', 1),
          component('queue-default', 2, { drivenBy: 'ScaledObject/mine' }),
        ],
      },
    ],
    ['nobody knows what it asks for', { history: balanced, components: running(50) }],
  ])('says nothing where %s', (_, given) => {
    expect(decideGiven(given).components.filter(({ limit }) => limit !== undefined)).toEqual([]);
  });

  it('is told of until a whole window went by without, for a load near its limit comes and goes', () => {
    const limited = decideGiven({ values: late, history: balanced, components: running(50) });
    const later = (minutes: number) => {
      const quiet = { leadsPerDay: 26_000, queues: { default: { ready: 10 } } };
      const now = MONDAY + minutes * MINUTE;
      return componentOf(
        decideGiven({ values: quiet, history: limited.history, components: running(50), now }),
        'queue-default',
      );
    };
    expect(later(4).limit?.by).toBe('TierMaximum');
    expect(later(5).limit).toBeUndefined();
    expect(later(-1).limit).toBeUndefined();
  });

  it('is told of no longer once it has what it asked for', () => {
    const limited = decideGiven({ values: late, history: balanced, components: running(50) });
    const raised = decideGiven({
      values: late,
      history: { ...limited.history, tier: 'enterprise' },
      components: running(67),
      spec: spec({ minTier: 'enterprise' }),
    });
    expect(componentOf(raised, 'queue-default').limit).toBeUndefined();
  });
});
