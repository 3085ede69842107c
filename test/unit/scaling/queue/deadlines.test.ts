import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PodStarts } from '../../../../src/model/queue-history.ts';
import { needsOf, type Line } from '../../../../src/scaling/queue/deadlines.ts';
import { flowGiven, ready } from './given.ts';

const START_S = 20;
const OBJECTIVE_S = 60;
/** What Pods have at the least, however late the jobs are. */
const LEAST_S = OBJECTIVE_S / 4;

/** Jobs of exactly a second, one Pod, and nothing that waits. */
const line = (changed: Partial<Line> = {}): Line => ({
  flow: flowGiven(),
  now: 0,
  waiting: 0,
  oldestAge: 0,
  objective: OBJECTIVE_S,
  serviceSeconds: 1,
  cv2: 0,
  pods: ready(1, START_S),
  rate: 0,
  ...changed,
});

/** With `size` Pods that are ready: they, and what they leave undone over what a Pod does that is asked for now. */
function podsFor(work: number, time: number, size = 1, serviceSeconds = 1): number {
  const left = work - size * Math.max(LEAST_S, time);
  return size + left / (serviceSeconds + Math.max(LEAST_S, time - START_S));
}

/** Each has come at once, so many seconds ago. */
const burst = (jobs: number, ago: number): Partial<Line> => ({
  flow: flowGiven({ came: jobs }),
  now: ago * 1_000,
  waiting: jobs,
  oldestAge: ago,
});

describe('Pods for the jobs that wait', () => {
  it('are none where nothing waits', () => {
    expect(needsOf(line())).toEqual({ pods: 0, keep: 0 });
    expect(needsOf(line({ flow: flowGiven({ came: 50 }), now: 9_000 }))).toEqual({ pods: 0, keep: 0 });
  });

  it('are those with which all begin in time', () => {
    // 1,000 s of work in 60 s, of which a new Pod has 40, and the job that it begins last: 1 + 940 / 41.
    const { pods, keep } = needsOf(line(burst(1_000, 0)));
    expect(pods).toBeCloseTo(1 + 940 / 41, 9);
    expect(keep).toBeCloseTo(1_000 / 60, 9);
  });

  it('have less time for a burst: all of it may have come when the interval began', () => {
    expect(needsOf(line(burst(1_000, 10))).pods).toBeCloseTo(podsFor(1_000, OBJECTIVE_S - 10), 9);
    // The first in line is younger than the interval.
    const young = line({ ...burst(1_000, 10), oldestAge: 2 });
    expect(needsOf(young).pods).toBeCloseTo(podsFor(1_000, OBJECTIVE_S - 2), 9);
  });

  it('have all of the time for as many as come usually', () => {
    // 100 in an interval in which 15 · 2 = 30 are usual.
    const usual = line({ ...burst(100, 10), rate: 2 });
    expect(needsOf(usual).pods).toBeCloseTo(podsFor(100, OBJECTIVE_S), 9);
  });

  it('follow the ages of the jobs: the older ones are fewer, and have less time', () => {
    // Ten are younger than 5 s, forty younger than 20, forty than 35, and the last ten are 40 s old.
    const aged = line({
      flow: flowGiven({ counts: [40, 40, 40], came: 10 }),
      now: 5_000,
      waiting: 100,
      oldestAge: 40,
      rate: 3,
    });
    const needs = [podsFor(100, 60), podsFor(90, 55), podsFor(50, 40), podsFor(10, 25)];
    expect(needsOf(aged).pods).toBeCloseTo(Math.max(...needs), 9);
    // Work of 3 s each: the middle of the line asks for more than its end.
    const long = needs.map((_, index) =>
      podsFor(3 * [100, 90, 50, 10][index]!, [60, 55, 40, 25][index]!, 1, 3),
    );
    expect(needsOf({ ...aged, serviceSeconds: 3 }).pods).toBeCloseTo(Math.max(...long), 9);
  });

  it('have a quarter of the objective at the least: what is late is caught up soon, not at once', () => {
    for (const ago of [50, 60, 3_600]) {
      expect(needsOf(line(burst(1_000, ago))).pods).toBeCloseTo(1 + (1_000 - LEAST_S) / (1 + LEAST_S), 9);
    }
  });

  it('take jobs that are older than anything that was counted for evenly spread in age', () => {
    // After a restart: 500 wait, the first of them for 50 s. The older a share of them is, the fewer they are.
    const restarted = line({ waiting: 500, oldestAge: 50 });
    const shares = [0.25, 0.5, 0.75, 1].map((share) => podsFor(500 * share, OBJECTIVE_S - 50 * (1 - share)));
    expect(needsOf(restarted).pods).toBeCloseTo(Math.max(...shares), 9);
  });

  it('are one at the least for jobs that nobody has seen come', () => {
    expect(needsOf(line({ waiting: 1, oldestAge: 1, pods: ready(0) })).pods).toBe(1);
  });

  it('are more by 2.5 deviations of the work where it is much more than the Pods of today can do', () => {
    // Exponential: the work of 1,000 jobs of a second has a deviation of √1,000 s.
    const uneven = line({ ...burst(1_000, 0), cv2: 1 });
    expect(needsOf(uneven).pods).toBeCloseTo(podsFor(1_000 + 2.5 * Math.sqrt(1_000), 60), 9);
    // Twenty Pods do 1,200 s of work within the objective: what they have to do is not that much more.
    const many = { ...uneven, pods: ready(20, START_S) };
    expect(needsOf(many).pods).toBeCloseTo(podsFor(1_000, 60, 20), 9);
  });

  it('that are starting count for what they do from when they are ready', () => {
    // Ten were asked for 8 s ago: ready in 12, each does 60 − 12 = 48 s of work, and one job more.
    const pods: PodStarts = {
      desired: 11,
      ready: 1,
      pending: [{ since: -8_000, pods: 10 }],
      startSeconds: START_S,
    };
    const left = 1_000 - 60 - 10 * 49;
    expect(needsOf(line({ ...burst(1_000, 0), pods })).pods).toBeCloseTo(11 + left / 41, 9);
  });

  it.each([100, 1_000, 20_000])('do not creep up while they start for %d jobs that came at once', (jobs) => {
    const asked = Math.ceil(needsOf(line(burst(jobs, 0))).pods);
    const pods: PodStarts = {
      desired: asked,
      ready: 1,
      pending: [{ since: 0, pods: asked - 1 }],
      startSeconds: START_S,
    };
    for (let second = 1; second < START_S; second += 1) {
      // The one Pod that there is begins a job each second. After 15 s the burst is the last count.
      const now = { ...burst(jobs, second), waiting: jobs - second, pods };
      const counted = second < 15 ? now : { ...now, flow: flowGiven({ counts: [jobs], openedAt: 15_000 }) };
      expect(Math.ceil(needsOf(line(counted)).pods - 1e-9)).toBeLessThanOrEqual(asked);
    }
  });

  const anyLine = fc
    .record({
      counts: fc.array(fc.double({ min: 0, max: 5_000, noNaN: true }), { maxLength: 68 }),
      came: fc.double({ min: 0, max: 5_000, noNaN: true }),
      open: fc.nat(15),
      waiting: fc.nat(100_000),
      oldestAge: fc.double({ min: 0, max: 10_000, noNaN: true }),
      objective: fc.double({ min: 0.001, max: 100_000, noNaN: true }),
      serviceSeconds: fc.double({ min: 0.001, max: 3_600, noNaN: true }),
      cv2: fc.double({ min: 1, max: 150, noNaN: true }),
      pods: fc.record({ ready: fc.nat(200), pending: fc.nat(200), ago: fc.nat(700) }),
      startSeconds: fc.double({ min: 1, max: 600, noNaN: true }),
      rate: fc.double({ min: 0, max: 1_000, noNaN: true }),
    })
    .map(({ counts, came, open, pods, startSeconds, ...rest }): Line => {
      const now = open * 1_000;
      const pending = pods.pending > 0 ? [{ since: now - pods.ago * 1_000, pods: pods.pending }] : [];
      return {
        ...rest,
        flow: flowGiven({ counts, came }),
        now,
        pods: { desired: pods.ready + pods.pending, ready: pods.ready, pending, startSeconds },
      };
    });

  it('are a finite number that is not below none, and so are those to keep', () => {
    fc.assert(
      fc.property(anyLine, (given) => {
        const { pods, keep } = needsOf(given);
        for (const number of [pods, keep]) {
          expect(number).toBeGreaterThanOrEqual(0);
          expect(number).toBeLessThan(Infinity);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('to keep are not fewer where jobs take longer', () => {
    fc.assert(
      fc.property(anyLine, fc.double({ min: 1, max: 10, noNaN: true }), (given, factor) => {
        const keep = needsOf(given).keep;
        const more = needsOf({ ...given, serviceSeconds: factor * given.serviceSeconds }).keep;
        expect(more).toBeGreaterThanOrEqual(keep * (1 - 1e-9));
      }),
    );
  });
});
