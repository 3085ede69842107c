import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrivalsGiven } from '../../../../src/scaling/queue/net-change.ts';

/**
 * E[arrivals | net], summed up directly: P(arrivals = k + max(net, 0), completions = k + max(-net, 0)) goes with
 * (a·c)^k / (k! (k + |net|)!), whatever the two means are by themselves.
 */
function summed(net: number, arrivals: number, completions: number): number {
  const v = Math.abs(net);
  let [term, all, weighted] = [1, 0, 0];
  for (let k = 0; k < 200; k += 1) {
    all += term;
    weighted += k * term;
    term *= (arrivals * completions) / ((k + 1) * (k + 1 + v));
  }
  return Math.max(net, 0) + weighted / all;
}

const NETS = [-5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5];
const net = fc.integer({ min: -5_000, max: 5_000 });
const mean = fc.double({ min: 0, max: 5_000, noNaN: true });

/** Sums of numbers of this size are equal up to the dust of rounding. */
const dust = (...numbers: number[]): number => 1e-9 * (1 + Math.max(...numbers.map(Math.abs)));

describe('jobs that came between two looks', () => {
  it.each([0.1, 0.5, 1, 2, 3, 4])('are those of Skellam within 4.5 % where z is %d', (z) => {
    for (const change of NETS) {
      // z = 2 √(a·c): the same product, split evenly and unevenly.
      for (const share of [1, 3]) {
        const [a, c] = [(share * z) / 2, z / 2 / share];
        const exact = summed(change, a, c);
        expect(Math.abs(arrivalsGiven(change, a, c) - exact)).toBeLessThanOrEqual(0.045 * exact);
      }
    }
  });

  it('are exact where looks are frequent', () => {
    for (const change of NETS) {
      const cancelled = arrivalsGiven(change, 0.01, 0.01) - Math.max(change, 0);
      const exact = summed(change, 0.01, 0.01) - Math.max(change, 0);
      expect(Math.abs(cancelled / exact - 1)).toBeLessThan(1e-3);
    }
  });

  it('are as many as are expected where much comes and as much goes', () => {
    // Given no net change, 10,000 of each are the mean but for some half a job: z/2 · I₁(z)/I₀(z) ≈ z/2 − 1/4.
    expect(Math.abs(arrivalsGiven(0, 10_000, 10_000) - 9_999.75)).toBeLessThan(0.5);
  });

  it.each([
    ['nothing was expected to come', 0, 8],
    ['nothing was expected to be finished', 8, 0],
  ])('are what the net change says and no more where %s', (_, a, c) => {
    expect(arrivalsGiven(3, a, c)).toBe(3);
    expect(arrivalsGiven(0, a, c)).toBe(0);
    expect(arrivalsGiven(-3, a, c)).toBe(0);
  });

  it('less those that were finished are the net change: backwards in time arrivals are completions', () => {
    fc.assert(
      fc.property(net, mean, mean, (change, a, c) => {
        const [came, finished] = [arrivalsGiven(change, a, c), arrivalsGiven(-change, c, a)];
        expect(Math.abs(came - finished - change)).toBeLessThanOrEqual(dust(came, finished, change));
      }),
    );
  });

  it('are never fewer than none, nor than the net change', () => {
    fc.assert(
      fc.property(net, mean, mean, (change, a, c) => {
        const came = arrivalsGiven(change, a, c);
        expect(came).toBeGreaterThanOrEqual(Math.max(0, change));
        expect(came).toBeLessThan(Infinity);
      }),
    );
  });

  it('are not more where the net change was larger in size and the rest the same', () => {
    // What cancelled out is less likely the more did not.
    fc.assert(
      fc.property(fc.nat(500), mean, mean, (change, a, c) => {
        const cancelled = (jobs: number) => arrivalsGiven(jobs, a, c) - jobs;
        expect(cancelled(change + 1)).toBeLessThanOrEqual(cancelled(change) + dust(a, c, change));
      }),
    );
  });
});
