import { describe, expect, it } from 'vitest';
import { runQueue, type RunOptions } from '../../../../src/simulate/queue/run.ts';
import { steps, workload } from './by-hand.ts';

const OPTIONS: RunOptions = { objectiveSeconds: 15, podStartSeconds: 20 };
const run = (
  jobs: readonly (readonly [number, number])[],
  wanted: Readonly<Record<number, number>> = {},
  options: Partial<RunOptions> = {},
  seconds = 600,
) => runQueue(workload(jobs, seconds), steps(wanted).policy, { ...OPTIONS, ...options });

describe('a queue, job by job', () => {
  it('is worked off in its order, one job a Pod', () => {
    const outcome = run([
      [0, 10],
      [1, 10],
      [2, 10],
    ]);
    // Waits of 0, 9 and 18 s.
    expect(outcome).toMatchObject({ p50PickupSeconds: 9, maxPickupSeconds: 18, maxQueueDepth: 2 });
  });

  it('is late in the minute in which a job came that waited too long, once for all jobs of that minute', () => {
    const late = (jobs: readonly (readonly [number, number])[]) => run(jobs).violatedMinutes;
    expect(late([[0, 16], [1, 1]])).toEqual([]); // prettier-ignore
    expect(late([[0, 16.1], [1, 1]])).toEqual([0]); // prettier-ignore
    expect(late([[0, 100], [1, 1], [2, 1]])).toEqual([0]); // prettier-ignore
    expect(late([[0, 200], [1, 1], [61, 1]])).toEqual([0, 1]); // prettier-ignore
  });

  it('counts a job that still waits when the trace ends with what it has waited', () => {
    expect(run([[0, 1_000], [1, 1]], {}, {}, 100)).toMatchObject({ maxPickupSeconds: 99 }); // prettier-ignore
  });

  it('has a second Pod one start after it was wanted', () => {
    const jobs = [[0, 100], [0, 100]] as const; // prettier-ignore
    expect(run(jobs, { 5: 2 })).toMatchObject({ maxPickupSeconds: 25, scaleEvents: 1, podStarts: 1 });
  });
});

describe('the hours of Pods', () => {
  const HOUR = 3_600;
  const seconds = (...args: Parameters<typeof run>) => Math.round(run(...args).podHours * HOUR);

  it('run from when each is wanted until it is gone, its start among them', () => {
    expect(seconds([])).toBe(600);
    expect(seconds([], { 100: 3 })).toBe(600 + 2 * 500);
    expect(seconds([], { 100: 3, 150: 1 })).toBe(600 + 2 * 50);
  });

  it('end at once for a Pod that never started, and for one that is idle', () => {
    expect(seconds([], { 100: 3, 110: 1 })).toBe(600 + 2 * 10);
    expect(seconds([], { 100: 0 })).toBe(100);
  });

  it('go on for a Pod that finishes its job', () => {
    expect(seconds([[90, 50]], { 100: 0 })).toBe(140);
    expect(seconds([[90, 5_000]], { 100: 0 })).toBe(600);
  });
});

describe('what a policy is shown', () => {
  it('is what waits, what is worked on, how long the first has waited, and been the first', () => {
    const { policy, views } = steps({});
    runQueue(workload([[1, 10], [2, 10], [3, 10]], 20), policy, OPTIONS); // prettier-ignore
    expect(views[8]).toEqual({
      now: 8,
      ready: 2,
      inFlight: 1,
      oldestAgeSeconds: 6,
      firstForSeconds: 6,
      arrived: 3,
      wanted: 1,
      readyPods: 1,
      silent: [],
      lies: {},
    });
    expect(views[11]).toMatchObject({ ready: 1, oldestAgeSeconds: 8, firstForSeconds: 0 });
    expect(views[15]).toMatchObject({ ready: 1, firstForSeconds: 4 });
    expect(views[0]).toMatchObject({ ready: 0, inFlight: 0, oldestAgeSeconds: 0, arrived: 0 });
  });

  it('are Pods that are wanted, and those of them that are ready', () => {
    const { policy, views } = steps({ 5: 3, 30: 1 });
    runQueue(workload([]), policy, OPTIONS);
    const pods = (second: number) => [views[second]?.wanted, views[second]?.readyPods];
    expect([5, 6, 24, 25, 31].map(pods)).toEqual([[1, 1], [3, 1], [3, 1], [3, 3], [1, 1]]); // prettier-ignore
  });
});
