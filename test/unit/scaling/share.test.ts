import { describe, expect, it } from 'vitest';
import { TIMED_OUT, balanced, decideGiven, component, running, spec } from '../decide/given.ts';

describe('replicas', () => {
  it('share what connections are left: ingest first, then sync, then queues', () => {
    const decision = decideGiven({
      spec: spec({ components: { sync: { capacity: { apiCallsPerJob: 0.01 } } } }),
      history: balanced,
      values: {
        leadsPerDay: 26_000,
        leadsPerMinute: 240,
        connections: { used: 20, allowed: 50 },
        queues: { default: { ready: 5_000 }, 'vici-updates': { ready: 120 } },
      },
      components: running(4),
    });
    // Of 40, ours hold 20 and others none: 10 go to two more of ingest, 7 to sync, and 3 are left for the queue.
    expect(decision.components.map(({ replicas }) => replicas)).toEqual([5, 8, 7]);
  });

  it('of all workers together have the floor of the tier, with sync under Vici’s budget', () => {
    const decision = decideGiven({ history: balanced, values: { leadsPerDay: 26_000 } });
    expect(decision.components.map(({ name, replicas }) => [name, replicas])).toEqual([
      ['ingest', 3],
      ['sync', 1],
      ['queue-default', 4],
    ]);
  });

  it('of all workers together stay below the ceiling of a tier that has one', () => {
    const own = spec({
      tiers: [
        {
          name: 'only',
          fromLeadsPerDay: 0,
          capabilities: ['separate-queue-workers'],
          components: { workers: { max: 10 } },
        },
      ],
      components: { queues: [{ name: 'a' }, { name: 'b' }] },
    });
    const decision = decideGiven({
      spec: own,
      history: { tier: 'only' },
      values: { queues: { a: { ready: 6_000 }, b: { ready: 6_000 }, 'vici-updates': {} } },
    });
    const workers = decision.components
      .filter(({ name }) => name !== 'ingest')
      .map(({ replicas }) => replicas);
    expect(workers).toEqual([1, 8, 1]);
  });

  describe('where a tier has a ceiling over all workers', () => {
    const of = (max: number) =>
      spec({
        tiers: [
          {
            name: 'only',
            fromLeadsPerDay: 0,
            capabilities: ['separate-queue-workers'],
            components: { workers: { max } },
          },
        ],
        components: { queues: [{ name: 'a' }, { name: 'b' }] },
      });
    const components = [
      component('ingest', 1),
      component('sync', 1),
      component('queue-a', 3),
      component('queue-b', 6),
    ];
    const workersOf = (max: number) =>
      decideGiven({
        spec: of(max),
        history: { tier: 'only' },
        values: { queues: { a: { ready: 6_000 }, b: TIMED_OUT, 'vici-updates': {} } },
        components,
      })
        .components.slice(1)
        .map(({ name, replicas, reason }) => ({ name, replicas, reason }));

    it('a queue that grows takes no worker from one that is not known to be idle', () => {
      expect(workersOf(11).map(({ replicas }) => replicas)).toEqual([1, 4, 6]);
      expect(workersOf(10).map(({ replicas }) => replicas)).toEqual([1, 3, 6]);
    });

    it('a ceiling below what runs holds at once, and the reason does not say that they stay', () => {
      const workers = workersOf(8);
      expect(workers.map(({ replicas }) => replicas)).toEqual([1, 3, 4]);
      expect(workers[2]?.reason).toBe(
        'queue-b: 4 replicas, down from 6; tier only allows 8 workers over all queues together.',
      );
    });
  });
});
