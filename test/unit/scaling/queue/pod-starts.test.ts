import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PodStarts } from '../../../../src/model/queue-history.ts';
import { MOST_PENDING, observeStarts, readyIn } from '../../../../src/scaling/queue/pod-starts.ts';

type Look = readonly [seconds: number, desired: number, ready: number];

/** What is known after so many looks at a component, one after the other. */
function after(...looks: readonly Look[]): PodStarts {
  let starts: PodStarts | undefined;
  for (const [seconds, desiredReplicas, readyReplicas] of looks)
    starts = observeStarts(starts, { name: 'queue-mail', desiredReplicas, readyReplicas }, seconds * 1_000);
  return starts!;
}

const pendingOf = ({ pending }: PodStarts) => pending.map(({ since, pods }) => [since / 1_000, pods]);

/** What is believed of a start before one was seen. */
const GUESS_S = after([0, 0, 0]).startSeconds;
/** The newest start has a share of an eighth. */
const learnt = (before: number, seconds: number): number => before + (seconds - before) / 8;

describe('Pods that are on their way', () => {
  it('are those that are asked for and not ready, from the first look on', () => {
    expect(after([5, 3, 1])).toEqual({
      desired: 3,
      ready: 1,
      pending: [{ since: 5_000, pods: 2 }],
      startSeconds: GUESS_S,
    });
    expect(after([5, 3, 3]).pending).toEqual([]);
  });

  it('are none of a component that does not exist, or exists no longer', () => {
    const none = { desired: 0, ready: 0, pending: [] };
    expect(observeStarts(undefined, undefined, 0)).toMatchObject(none);
    expect(observeStarts(after([0, 4, 2]), undefined, 9_000)).toMatchObject(none);
  });

  it('are the same object after a look that shows nothing new', () => {
    const before = after([0, 4, 2]);
    expect(observeStarts(before, { name: 'x', desiredReplicas: 4, readyReplicas: 2 }, 1_000)).toBe(before);
  });

  it.each<[string, readonly Look[], readonly (readonly [number, number])[]]>([
    [
      'are told apart by when they were asked for',
      [
        [0, 1, 1],
        [10, 3, 1],
        [20, 8, 1],
      ],
      [
        [10, 2],
        [20, 5],
      ],
    ],
    [
      'become ready in the order in which they were asked for',
      [
        [0, 1, 1],
        [10, 3, 1],
        [20, 8, 1],
        [30, 8, 4],
      ],
      [[20, 4]],
    ],
    [
      'are fewer, the newest first, once replicas are lowered',
      [
        [0, 1, 1],
        [10, 3, 1],
        [20, 8, 1],
        [30, 5, 1],
      ],
      [
        [10, 2],
        [20, 2],
      ],
    ],
    [
      'are none where replicas are lowered to those that are ready',
      [
        [0, 1, 1],
        [10, 8, 1],
        [20, 1, 1],
      ],
      [],
    ],
    [
      'are as before where a Pod that was ready is taken away',
      [
        [0, 4, 4],
        [10, 6, 4],
        [20, 5, 3],
      ],
      [[10, 2]],
    ],
    [
      'are those that have failed, too, from when they did',
      [
        [0, 4, 4],
        [10, 4, 3],
      ],
      [[10, 1]],
    ],
    [
      'are what is left where some become ready while more are asked for',
      [
        [0, 1, 1],
        [10, 4, 1],
        [20, 6, 3],
      ],
      [
        [10, 1],
        [20, 2],
      ],
    ],
    [
      'are also those that someone else has asked for, and is no longer waiting for',
      [
        [0, 1, 1],
        [10, 9, 1],
        [20, 9, 7],
        [25, 7, 7],
      ],
      [],
    ],
    [
      'are none where more are ready than are asked for',
      [
        [0, 4, 4],
        [10, 2, 4],
      ],
      [],
    ],
  ])('%s', (_, looks, expected) => {
    expect(pendingOf(after(...looks))).toEqual(expected);
  });
});

describe('the time that a Pod takes to start', () => {
  it('is an eighth nearer to the newest start', () => {
    expect(after([0, 1, 1], [10, 2, 1], [70, 2, 2]).startSeconds).toBe(learnt(GUESS_S, 60));
  });

  it('is that of the Pods after some twenty starts, whatever was guessed', () => {
    for (const seconds of [4, 45, 120]) {
      const looks: Look[] = [[0, 1, 1]];
      for (let start = 1; start <= 20; start += 1) {
        looks.push([1_000 * start, start + 1, start], [1_000 * start + seconds, start + 1, start + 1]);
      }
      // (7/8)²⁰ = 0.07 of what the guess is off by is left.
      const left = (7 / 8) ** 20 * (GUESS_S - seconds);
      expect(after(...looks).startSeconds).toBeCloseTo(seconds + left, 6);
    }
  });

  it.each<[string, readonly Look[]]>([
    [
      'a Pod that was stuck for longer than ten minutes',
      [
        [0, 1, 1],
        [10, 2, 1],
        [611, 2, 2],
      ],
    ],
    [
      'one that was ready at the look at which it was asked for',
      [
        [0, 1, 1],
        [10, 2, 2],
      ],
    ],
    [
      'one that is no longer asked for',
      [
        [0, 1, 1],
        [10, 2, 1],
        [40, 1, 1],
      ],
    ],
    [
      'one that is ready and was given up in favour of one that was not',
      [
        [0, 4, 4],
        [10, 6, 4],
        [40, 4, 4],
      ],
    ],
    [
      'one that fails',
      [
        [0, 4, 4],
        [10, 4, 3],
      ],
    ],
  ])('says nothing of %s', (_, looks) => {
    expect(after(...looks).startSeconds).toBe(GUESS_S);
  });

  it('learns nothing from a Pod that failed and comes back', () => {
    expect(after([0, 4, 4], [10, 4, 3], [50, 4, 4]).startSeconds).toBe(GUESS_S);
  });
});

describe('a Pod is expected to be ready', () => {
  it.each([
    ['after what is left of a start', 12, 20 - 12],
    ['a whole start from now where it was asked for now', 0, 20],
    ['a quarter of a start from now where it is just due', 20, 5],
    ['a quarter of a start from now, again and again, where it is overdue', 500, 5],
  ])('%s', (_, ago, expected) => {
    expect(readyIn(0, 20, ago * 1_000)).toBe(expected);
  });
});

describe('whatever happens to Pods', () => {
  const story = fc.array(
    fc.record({ pause: fc.integer({ min: 0, max: 900 }), desired: fc.nat(60), ready: fc.nat(60) }),
    { maxLength: 120 },
  );

  it('those on their way are as many as are missing, oldest first, and the start is between a second and ten minutes', () => {
    fc.assert(
      fc.property(story, (looks) => {
        let starts: PodStarts | undefined;
        let now = 0;
        for (const { pause, desired, ready } of looks) {
          now += pause * 1_000;
          starts = observeStarts(starts, { name: 'x', desiredReplicas: desired, readyReplicas: ready }, now);
          const { pending, startSeconds } = starts;
          const all = pending.reduce((sum, { pods }) => sum + pods, 0);
          if (pending.length < MOST_PENDING) expect(all).toBe(Math.max(0, desired - ready));
          expect(pending.map(({ since }) => since)).toEqual(
            pending.map(({ since }) => since).toSorted((a, b) => a - b),
          );
          for (const { pods } of pending) expect(pods).toBeGreaterThan(0);
          expect(startSeconds).toBeGreaterThanOrEqual(1);
          expect(startSeconds).toBeLessThanOrEqual(600);
        }
      }),
    );
  });

  it('no more than a few times of asking are remembered, however often more is asked for', () => {
    const looks = Array.from({ length: 200 }, (_, index): Look => [index, 1 + index, 1]);
    expect(after(...looks).pending).toHaveLength(MOST_PENDING);
  });
});
