import { describe, expect, it } from 'vitest';
import { Pods } from '../../../../src/simulate/queue/pods.ts';

const START = 20;

function started(pods: number): Pods {
  const all = new Pods((at) => at + START);
  all.scale(pods, -START);
  all.pass(0);
  return all;
}

describe('Pods that are no longer wanted', () => {
  it('are those that are not ready first', () => {
    const pods = started(2);
    pods.scale(4, 100);
    pods.scale(3, 105);
    pods.pass(200);
    expect([pods.wanted, pods.ready]).toEqual([3, 3]);
    pods.scale(5, 300);
    pods.scale(3, 310);
    expect([pods.wanted, pods.ready]).toEqual([3, 3]);
  });

  it('take no other job', () => {
    const pods = started(2);
    pods.take(0, 10);
    pods.take(0, 10);
    pods.scale(1, 5);
    expect(pods.busy).toBe(2);
    pods.pass(10);
    expect([pods.take(10, 10), pods.take(10, 10)]).toEqual([true, false]);
  });

  it('are the youngest', () => {
    const pods = started(1);
    pods.scale(2, 100);
    pods.pass(120);
    pods.scale(1, 200);
    // The first has 220 s behind it, the second had 100.
    expect(pods.secondsUntil(200)).toBe(220 + 100);
  });

  it('start anew when they are wanted again', () => {
    const pods = started(2);
    pods.scale(1, 100);
    pods.scale(2, 110);
    expect([pods.ready, pods.started]).toEqual([1, 3]);
    pods.pass(130);
    expect(pods.ready).toBe(2);
  });
});

describe('jobs', () => {
  it('are done in the order in which they end, not in which they began', () => {
    const pods = started(3);
    for (const seconds of [30, 10, 20]) pods.take(0, seconds);
    const ends: number[] = [];
    while (pods.busy > 0) {
      ends.push(pods.nextAt);
      pods.pass(pods.nextAt);
    }
    expect(ends).toEqual([10, 20, 30]);
  });
});
