import { describe, expect, it } from 'vitest';
import { lognormal, uniform } from '../../../../src/simulate/random.ts';
import { bandOf } from '../../../../src/scaling/queue/band.ts';
import { countsOf, flowAfter, flowGiven, look, ready } from './given.ts';

const JOBS = { serviceSeconds: 10, longestSeconds: 120 };

describe('a queue that does what is not foreseen', () => {
  it('counts no fewer than none where a job is finished early', () => {
    expect(Math.min(...flowAfter([look(0, 0, 1), look(15, 0, 0)], JOBS).counts)).toBeGreaterThanOrEqual(0);
  });

  it('does not learn from jobs that someone has cleared away', () => {
    const flow = flowAfter([look(0, 1_000, 0), look(15, 0, 0)], JOBS);
    // One look is worth a step of a fifth at the most.
    expect(flow.serviceSeconds).toBeGreaterThan(8);
    expect(Math.min(...flow.counts)).toBeGreaterThanOrEqual(0);
  });

  it('keeps the workers of a load after someone has cleared a backlog away', () => {
    // Two jobs a second of 5 s: ten busy at every look; for one look 1,000 more wait.
    const looks = Array.from({ length: 100 }, (_, i) => look(5 * i, i === 50 ? 1_000 : 0, i % 2 ? 9 : 11));
    const flow = flowAfter(looks, { serviceSeconds: 5, longestSeconds: 120 });
    expect(
      bandOf({
        flow,
        pods: ready(14),
        waiting: 0,
        oldestAge: 0,
        objective: 60,
        detectionSeconds: 6,
        now: flow.at,
      }).enough,
    ).toBeGreaterThanOrEqual(10);
  });

  it('asks for a worker where a job waits and there is none', () => {
    const pods = ready(0);
    const flow = flowGiven({ serviceSeconds: 1, counts: countsOf(0), came: 1 });
    expect(
      bandOf({ flow, pods, waiting: 1, oldestAge: 0, objective: 30, detectionSeconds: 2, now: 0 }).least,
    ).toBe(1);
  });

  it('keeps a right prior within a third: 20 a second of 3 s, a look each second, half an hour', () => {
    const random = uniform(1);
    const jobs: [number, number][] = [];
    for (let at = 0; at < 1_800; at += -Math.log(1 - random()) / 20)
      jobs.push([at, at + lognormal(3, 1, random)]);
    const looks = Array.from({ length: 1_800 }, (_, t) =>
      look(t, 0, jobs.filter(([a, b]) => a <= t && b > t).length),
    );
    const flow = flowAfter(looks, { serviceSeconds: 3, longestSeconds: 120 });
    expect(flow.serviceSeconds / 3).toBeLessThan(1.33);
    expect(flow.steady.rate / 20).toBeGreaterThan(0.75);
  });

  it('asks for no hundredfold of the load under a short objective', () => {
    const flow = flowGiven({ serviceSeconds: 5, counts: countsOf(2) });
    const given = { flow, waiting: 0, oldestAge: 0, objective: 1, detectionSeconds: 2, now: 0 };
    expect(bandOf({ ...given, pods: ready(11) }).least).toBeLessThanOrEqual(100);
  });
});
