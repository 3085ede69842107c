import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { predictedWaiting, type Outlook } from '../../../../src/scaling/queue/predicted-wait.ts';

const NOW = 1_000_000;

/** Two jobs a second of 5 s each, ten workers that are just enough, and a start that takes 20 s. */
const outlook = (changed: Partial<Outlook> = {}): Outlook => ({
  now: NOW,
  waiting: 0,
  serviceSeconds: 5,
  rate: 2,
  rateJobs: 480,
  variance: 2,
  pods: { desired: 10, ready: 10, pending: [], startSeconds: 20 },
  ...changed,
});

describe('jobs that are predicted to wait', () => {
  it('are those of today, and what comes less what is finished', () => {
    // 100 + 2/s · 20 s − 10 workers · 20 s / 5 s = 100 + 40 − 40.
    expect(predictedWaiting(outlook({ waiting: 100 }), 20, 10, 0)).toBe(100);
    // With two workers fewer, 8 jobs fewer are finished.
    expect(predictedWaiting(outlook({ waiting: 100 }), 20, 8, 0)).toBe(108);
  });

  it('are as many more as the deviations ask for', () => {
    // Within 20 s come 40: chance gives 40 · 2, a rate that rests on 480 jobs gives 40² / 480.
    const deviation = Math.sqrt(40 * 2 + 40 ** 2 / 480);
    expect(predictedWaiting(outlook({ waiting: 100 }), 20, 10, 2.5)).toBeCloseTo(100 + 2.5 * deviation, 9);
  });

  it('come of the end of the time where the queue runs empty before', () => {
    // Twelve workers take 2.4 jobs a second: the drift is −0.4 a second, and within 5, 10 and 20 s come 10, 20 and 40.
    const ends = [5, 10, 20].map(
      (seconds) => -0.4 * seconds + 2 * Math.sqrt(2 * seconds * 2 + (2 * seconds) ** 2 / 480),
    );
    const pods = { desired: 12, ready: 12, pending: [], startSeconds: 20 };
    expect(predictedWaiting(outlook({ pods }), 20, 12, 2)).toBeCloseTo(Math.max(...ends), 9);
  });

  it('are none where nothing waits and nothing comes', () => {
    expect(predictedWaiting(outlook({ rate: 0, rateJobs: 0 }), 20, 0, 2.5)).toBe(0);
  });

  it('are fewer by what Pods that are starting do from when they are ready', () => {
    // Five were asked for 12 s ago: ready in 8, they work for 12 of the next 20 s, on 5 · 12 / 5 = 12 jobs.
    const pending = [{ since: NOW - 12_000, pods: 5 }];
    const starting = { desired: 15, ready: 10, pending, startSeconds: 20 };
    expect(predictedWaiting(outlook({ waiting: 100, pods: starting }), 20, 15, 0)).toBe(88);
  });

  it('count a Pod that is overdue from a quarter of a start on', () => {
    // A minute late by now: ready in 20 / 4 = 5 s, it works for 15 of the next 20 s, on 3 jobs.
    const pending = [{ since: NOW - 80_000, pods: 1 }];
    const late = { desired: 11, ready: 10, pending, startSeconds: 20 };
    expect(predictedWaiting(outlook({ waiting: 100, pods: late }), 20, 11, 0)).toBe(97);
  });

  it('are all that there are and will be where there is no worker', () => {
    const none = { desired: 0, ready: 0, pending: [], startSeconds: 20 };
    expect(predictedWaiting(outlook({ waiting: 100, pods: none }), 20, 0, 0)).toBe(100 + 40);
  });

  const anyOutlook = fc.record({
    now: fc.constant(NOW),
    waiting: fc.nat(100_000),
    serviceSeconds: fc.double({ min: 0.001, max: 3_600, noNaN: true }),
    rate: fc.double({ min: 0, max: 1_000, noNaN: true }),
    rateJobs: fc.double({ min: 0, max: 100_000, noNaN: true }),
    variance: fc.double({ min: 1, max: 200, noNaN: true }),
    pods: fc
      .record({
        ready: fc.nat(500),
        asked: fc.array(fc.record({ ago: fc.nat(600), pods: fc.integer({ min: 1, max: 50 }) }), {
          maxLength: 5,
        }),
        startSeconds: fc.double({ min: 1, max: 600, noNaN: true }),
      })
      .map(({ ready, asked, startSeconds }) => ({
        desired: asked.reduce((all, { pods }) => all + pods, ready),
        ready,
        pending: asked.map(({ ago, pods }) => ({ since: NOW - ago * 1_000, pods })),
        startSeconds,
      })),
  });
  const seconds = fc.double({ min: 1, max: 700, noNaN: true });
  const size = fc.nat(700);
  const deviations = fc.double({ min: 0, max: 5, noNaN: true });

  it('are never more with more workers', () => {
    fc.assert(
      fc.property(anyOutlook, seconds, size, size, deviations, (look, within, some, more, spread) => {
        const [few, many] = [some, some + more].map((workers) =>
          predictedWaiting(look, within, workers, spread),
        ) as [number, number];
        expect(many).toBeLessThanOrEqual(few + 1e-9 * (1 + few));
      }),
      { numRuns: 2_000 },
    );
  });

  it('are never fewer where more wait already, or where the deviations are more', () => {
    fc.assert(
      fc.property(
        anyOutlook,
        seconds,
        size,
        deviations,
        fc.nat(1_000),
        (look, within, workers, spread, more) => {
          const jobs = predictedWaiting(look, within, workers, spread);
          const larger = { ...look, waiting: look.waiting + more };
          const dust = 1e-9 * (1 + jobs + more);
          expect(predictedWaiting(larger, within, workers, spread)).toBeGreaterThanOrEqual(jobs - dust);
          expect(predictedWaiting(look, within, workers, spread + 1)).toBeGreaterThanOrEqual(jobs - dust);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('are a finite number, and not below none', () => {
    fc.assert(
      fc.property(anyOutlook, seconds, size, deviations, (look, within, workers, spread) => {
        const jobs = predictedWaiting(look, within, workers, spread);
        expect(jobs).toBeGreaterThanOrEqual(0);
        expect(jobs).toBeLessThan(Infinity);
      }),
    );
  });
});
