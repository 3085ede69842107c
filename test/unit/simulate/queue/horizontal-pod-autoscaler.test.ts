import { describe, expect, it } from 'vitest';
import {
  HorizontalPodAutoscaler,
  SYNC_SECONDS,
} from '../../../../src/simulate/queue/horizontal-pod-autoscaler.ts';

const BEHAVIOUR = { min: 1, max: 100, stabilisation: 300, tolerance: 0.1 };

/** Pods after each look, for what the metric asks for at each. */
function follow(asked: readonly number[], pods: number, behaviour = BEHAVIOUR): readonly number[] {
  const autoscaler = new HorizontalPodAutoscaler(behaviour);
  const after: number[] = [];
  for (const [look, perPod] of asked.entries())
    after.push(autoscaler.next(look * SYNC_SECONDS, perPod, after.at(-1) ?? pods));
  return after;
}

describe('a HorizontalPodAutoscaler', () => {
  it.each([
    { name: 'rounds up', asked: [3.1], pods: 2, is: [4] },
    { name: 'leaves what is a tenth too much', asked: [10.9], pods: 10, is: [10] },
    { name: 'changes what is more than that', asked: [11.1], pods: 10, is: [12] },
    { name: 'adds as many again in a quarter of a minute', asked: [50, 50, 50], pods: 10, is: [20, 40, 50] },
    { name: 'or four, where that is more', asked: [50, 50], pods: 1, is: [5, 10] },
    { name: 'stays below its ceiling', asked: [500, 500], pods: 90, is: [100, 100] },
    { name: 'stays above its floor', asked: [0], pods: 1, is: [1] },
  ])('$name', ({ asked, pods, is }) => {
    expect(follow(asked, pods)).toEqual(is);
  });

  it('goes down to the most that was asked for in five minutes, and not before they are over', () => {
    const looks = follow([10, ...Array.from({ length: 30 }, (_, look) => (look === 4 ? 6 : 2))], 10);
    const downAt = looks.findIndex((pods) => pods < 10);
    expect([downAt * SYNC_SECONDS, looks[downAt]]).toEqual([300, 6]);
    expect(looks.indexOf(2) * SYNC_SECONDS).toBe(5 * SYNC_SECONDS + 300);
  });
});
