import { describe, expect, it } from 'vitest';
import type { DepthSlot } from '../../../src/model/decision.ts';
import { observeArrivals } from '../../../src/scaling/arrivals.ts';
import { timeLeft } from '../../../src/scaling/workers.ts';
import { MONDAY } from '../decide/given.ts';

/** Looks every twelve seconds at a queue with an objective of 60 s and workers of one job a second. */
function watched(...looks: readonly (readonly [ready: number, inFlight: number])[]): DepthSlot | undefined {
  let slot: DepthSlot | undefined;
  looks.forEach(([ready, inFlight], index) => {
    const reading = { value: { ready, inFlight, delayed: 99 }, at: MONDAY + index * 12_000 };
    slot = observeArrivals(slot, reading, 1, 60_000);
  });
  return slot;
}

describe('the arrival rate of a queue', () => {
  it('is what workers finish, while the queue neither grows nor shrinks', () => {
    expect(watched([0, 7], [0, 7], [0, 7], [0, 7])?.arrivalsPerSecond).toBe(7);
  });

  it('is what is left over, while it grows', () => {
    expect(watched([0, 7], [120, 7], [240, 7], [360, 7])?.arrivalsPerSecond).toBe(17);
  });

  it('is nothing while a backlog drains as fast as workers work', () => {
    expect(watched([600, 10], [480, 10], [360, 10], [240, 10])?.arrivalsPerSecond).toBe(0);
  });

  it('is not moved by a burst that ends', () => {
    expect(watched([0, 0], [0, 0], [5_000, 0], [5_000, 0], [5_000, 0])?.arrivalsPerSecond).toBe(0);
  });

  it('starts again after a silence', () => {
    const before = watched([0, 7], [0, 7], [0, 7], [0, 7]);
    const late = { value: { ready: 0, inFlight: 7, delayed: 0 }, at: MONDAY + 600_000 };
    expect(observeArrivals(before, late, 1, 60_000)).toMatchObject({ rates: [] });
  });
});

describe('the time that is left to start on what waits', () => {
  it.each([
    ['is the objective at first', 0, 60],
    ['forgives a tenth of it', 6, 60],
    ['shrinks with the age of the oldest job', 36, 30],
    ['is never less than a quarter', 1_000, 15],
  ])('%s', (_what, age, seconds) => {
    expect(timeLeft(60_000, age)).toBe(seconds);
  });
});
