import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PodStarts, QueueDrain, QueueFlow } from '../../../../src/model/queue-history.ts';
import { known } from '../../../../src/model/reading.ts';
import { grantedOf } from '../../../../src/scaling/demand.ts';
import { observeDrain } from '../../../../src/scaling/queue/drain.ts';
import { heldGrowth } from '../../../../src/scaling/queue/growth-limit.ts';
import { countsOf, flowGiven, ready } from './given.ts';

const QUEUE = 'mail';
const flow: QueueFlow = flowGiven({ serviceSeconds: 5, counts: countsOf(2) });

interface Look {
  readonly waiting: number;
  readonly inFlight: number;
  readonly age: number;
  readonly pods: PodStarts;
}

const look = (waiting: number, age: number, pods: PodStarts): Look => ({
  ...{ waiting, age, pods },
  inFlight: pods.ready,
});

/** What is known of the drain after so many looks, one a second. */
function after(looks: readonly Look[]): QueueDrain | undefined {
  let drain: QueueDrain | undefined;
  looks.forEach(({ waiting, inFlight, age, pods }, second) => {
    const value = { ready: waiting, inFlight, delayed: 0, oldestAgeSeconds: age };
    ({ drain } = observeDrain(drain, {
      ...{ reading: known(value, 1_000 * second), pods, flow },
      longestSeconds: 300,
    }));
  });
  return drain;
}

/** Ten workers that finish nothing, for so many seconds. */
const stalled = (seconds: number): Look[] =>
  Array.from({ length: seconds }, (_, second) => look(10 + 2 * second, 2 + second, ready(10)));

describe('growth', () => {
  const held = (looks: readonly Look[]) =>
    heldGrowth({ queue: QUEUE, drain: after(looks), pods: looks.at(-1)!.pods, now: 1_000 * looks.length });

  it('is held once nothing is finished, and told of once no chance accounts for it', () => {
    expect(held(stalled(4))).toBeUndefined();
    expect(held(stalled(8))).toEqual({ workers: 10, why: 'they finished no job for 7s' });
    expect(held(stalled(60))).toMatchObject({
      workers: 10,
      limit: { by: 'MoreWorkersDoNotHelp', queue: QUEUE },
      why: 'its workers finished no job for 10s, when 20 jobs should have been',
    });
  });

  it('is free again where no job waits any more', () => {
    expect(held([...stalled(60), look(0, 0, ready(10))])).toBeUndefined();
  });

  it('is free where nothing was learned yet that workers could be slower than', () => {
    const looks = stalled(60);
    let drain: QueueDrain | undefined;
    looks.forEach(({ waiting, inFlight, age, pods }, second) => {
      const value = { ready: waiting, inFlight, delayed: 0, oldestAgeSeconds: age };
      const input = { reading: known(value, 1_000 * second), pods, longestSeconds: 300 };
      ({ drain } = observeDrain(drain, { ...input, flow: { ...flow, learnedFrom: 15 } }));
    });
    expect(heldGrowth({ queue: QUEUE, drain, pods: ready(10), now: 60_000 })).toBeUndefined();
  });

  it('is free where nobody tells how long the first has waited', () => {
    const reading = known({ ready: 50, inFlight: 10, delayed: 0 }, 1_000);
    const input = { reading, pods: ready(10), flow, longestSeconds: 300 };
    expect(observeDrain(after(stalled(60)), input).drain).toBeUndefined();
  });

  it.each<[string, readonly [since: number, pods: number][], number, number | undefined]>([
    ['on their way', [[0, 5]], 100, undefined],
    ['overdue', [[0, 5]], 160, 15],
    [
      'overdue, and one was asked for since',
      [
        [0, 5],
        [150, 1],
      ],
      160,
      16,
    ],
    ['overdue, after five minutes without one', [[0, 5]], 310, 19],
    [
      'overdue, half an hour after the first and five minutes after the last',
      [
        [0, 5],
        [1_500, 4],
      ],
      1_810,
      19,
    ],
    ['overdue, but one among very many', [[0, 1]], 160, undefined],
  ])('is held at the Pods that do not start: %s', (_, asked, seconds, workers) => {
    const pending = asked.map(([since, pods]) => ({ since: 1_000 * since, pods }));
    const missing = pending.reduce((sum, { pods }) => sum + pods, 0);
    const pods = { desired: 10 + missing, ready: 10, pending, startSeconds: 20 };
    expect(heldGrowth({ queue: QUEUE, drain: undefined, pods, now: 1_000 * seconds })?.workers).toBe(workers);
  });

  it('is never held below what there is, and never gives more than is wanted', () => {
    const pods = fc
      .record({ desired: fc.integer({ min: 0, max: 50 }), missing: fc.integer({ min: 0, max: 50 }) })
      .map(({ desired, missing }): PodStarts => {
        const late = Math.min(desired, missing);
        const pending = late > 0 ? [{ since: 0, pods: late }] : [];
        return { desired, ready: desired - late, pending, startSeconds: 20 };
      });
    const looks = fc.array(
      fc.record({
        ...{ waiting: fc.integer({ min: 0, max: 500 }), inFlight: fc.integer({ min: 0, max: 60 }) },
        ...{ age: fc.integer({ min: 0, max: 400 }), pods },
      }),
      { minLength: 1, maxLength: 200 },
    );
    fc.assert(
      fc.property(looks, fc.integer({ min: 0, max: 500 }), (all, wanted) => {
        const { desired } = all.at(-1)!.pods;
        const granted = grantedOf({ wanted, held: held(all) });
        expect(granted).toBeLessThanOrEqual(wanted);
        expect(granted).toBeGreaterThanOrEqual(Math.min(wanted, desired));
      }),
      { numRuns: 200 },
    );
  });
});
