import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { QueueFlow } from '../../../../src/model/queue-history.ts';
import type { Known } from '../../../../src/model/reading.ts';
import type { QueueReading } from '../../../../src/model/readings.ts';
import { INTERVAL_S } from '../../../../src/scaling/queue/arrival-rate.ts';
import { MOST_COUNTS, observeFlow, sumOf } from '../../../../src/scaling/queue/flow.ts';
import { lognormal, uniform } from '../../../../src/simulate/random.ts';
import { flowAfter, look } from './given.ts';

interface Traffic {
  readonly seconds: number;
  /** Seconds between two looks. */
  readonly every: number;
  /** Seconds until the next job comes. */
  readonly gap: () => number;
  /** Seconds that the next job takes. */
  readonly service: () => number;
}

/** M/G/∞ and the like: each job begins when it comes. */
function looksAt({ seconds, every, gap, service }: Traffic): Known<QueueReading>[] {
  const changes: { at: number; by: 1 | -1 }[] = [];
  for (let at = gap(); at < seconds; at += gap()) changes.push({ at, by: 1 }, { at: at + service(), by: -1 });
  changes.sort((one, other) => one.at - other.at);
  const looks: Known<QueueReading>[] = [];
  let [busy, index] = [0, 0];
  for (let at = 0; at <= seconds; at += every) {
    for (; index < changes.length && changes[index]!.at <= at; index += 1) busy += changes[index]!.by;
    looks.push(look(at, 0, busy));
  }
  return looks;
}

const poissonTraffic = (
  rate: number,
  seconds: number,
  every: number,
  seed: number,
): Known<QueueReading>[] => {
  const random = uniform(seed);
  return looksAt({
    seconds: 3_600,
    every,
    gap: () => -Math.log(1 - random()) / rate,
    service: () => lognormal(seconds, 1, random),
  });
};

/** Jobs in flight on the average over the time that a steady rate rests on at the most. */
function busyIn(looks: readonly Known<QueueReading>[], every: number): number {
  const newest = looks.slice(-960 / every);
  return newest.reduce((sum, { value }) => sum + value.inFlight, 0) / newest.length;
}

const loadOf = (flow: QueueFlow): number => flow.steady.rate * flow.serviceSeconds;
const isWithin = (share: number, actual: number, expected: number) =>
  expect(Math.abs(actual / expected - 1)).toBeLessThan(share);

const PRIORS = [
  ['four times too large', 4],
  ['right', 1],
  ['four times too small', 1 / 4],
] as const;
const LONGEST_S = 3_600;

describe.each(PRIORS)('with a throughput in the spec whose service time is %s', (_, factor) => {
  it.each([
    { rate: 0.25, service: 10, every: 1 },
    { rate: 0.25, service: 30, every: 1 },
    { rate: 0.2, service: 5, every: 1 },
    { rate: 0.5, service: 4, every: 0.5 },
  ])(
    '$rate jobs a second of $service s are known within 30 % after an hour of looks each $every s',
    ({ rate, service, every }) => {
      for (const seed of [1, 2, 3]) {
        const flow = flowAfter(poissonTraffic(rate, service, every, seed), {
          serviceSeconds: factor * service,
          longestSeconds: LONGEST_S,
        });
        isWithin(0.3, flow.serviceSeconds, service);
      }
    },
  );

  it.each([
    { rate: 1, service: 10, every: 1 },
    { rate: 1, service: 10, every: 5 },
    { rate: 2, service: 30, every: 5 },
    { rate: 5, service: 6, every: 15 },
  ])(
    'the load of $rate jobs a second of $service s is that of the busy workers, however rare the looks ($every s)',
    ({ rate, service, every }) => {
      for (const seed of [1, 2, 3]) {
        const looks = poissonTraffic(rate, service, every, seed);
        const flow = flowAfter(looks, { serviceSeconds: factor * service, longestSeconds: LONGEST_S });
        isWithin(0.1, loadOf(flow), busyIn(looks, every));
      }
    },
  );

  it.each([
    { gap: 2, service: 7, every: 5 },
    { gap: 2, service: 7, every: 1 },
    { gap: 1, service: 10, every: 5 },
    { gap: 0.5, service: 3, every: 5 },
    { gap: 5, service: 5, every: 5 },
    { gap: 4, service: 30, every: 60 },
  ])(
    'the load of a job each $gap s of exactly $service s is that of the busy workers',
    ({ gap, service, every }) => {
      const looks = looksAt({ seconds: 3_600, every, gap: () => gap, service: () => service });
      const flow = flowAfter(looks, { serviceSeconds: factor * service, longestSeconds: LONGEST_S });
      isWithin(0.05, loadOf(flow), busyIn(looks, every));
    },
  );
});

const JOBS = { serviceSeconds: 8, longestSeconds: 60 };

describe('the flow through a queue', () => {
  it('is that of the spec before anything was seen', () => {
    const flow = flowAfter([look(0, 40, 3)], JOBS);
    expect(flow.serviceSeconds).toBe(8);
    expect(flow).toMatchObject({ size: 43, inFlight: 3, counts: [], came: 0 });
    expect(flow.steady.rate).toBe(0);
  });

  it('is exact where nobody works: what there is more of has come', () => {
    // 2 a second for 10 minutes.
    const flow = flowAfter(
      Array.from({ length: 121 }, (_, index) => look(5 * index, 10 * index, 0)),
      JOBS,
    );
    expect(flow.steady.rate).toBeCloseTo(2, 9);
    expect(flow.steady.span).toBe(600);
    expect(flow.serviceSeconds).toBeCloseTo(8, 9);
  });

  it('is near where nothing comes: what there is less of was finished', () => {
    // Five workers, always busy, finish 100 jobs of 2 s in 40 s; the last look finds them idle.
    const looks = Array.from({ length: 41 }, (_, t) =>
      look(t, 100 - 2.5 * t - (t < 40 ? 5 : 0), t < 40 ? 5 : 0),
    );
    isWithin(0.1, flowAfter(looks, JOBS).serviceSeconds, 2);
  });

  it('takes no longer for a job than the longest may, where nothing is ever finished', () => {
    const looks = Array.from({ length: 720 }, (_, index) => look(5 * index, 0, 3));
    expect(flowAfter(looks, JOBS).serviceSeconds).toBe(60);
  });

  it('remembers no more than 2,000 jobs of how long one takes', () => {
    // Ten workers finish 10,000 jobs of 8 s, and then 10,000 of 2 s.
    const looks: Known<QueueReading>[] = [look(0, 20_000, 10)];
    let [at, left] = [0, 20_000];
    while (left > 0) {
      at += 4;
      left -= left > 10_000 ? 5 : 20;
      looks.push(look(at, left, 10));
    }
    const flow = flowAfter(looks, JOBS);
    expect(flow.learnedFrom).toBeLessThanOrEqual(2_000);
    // e^(−10,000 / 2,000) = 0.7 % of what was before is left.
    isWithin(0.05, flow.serviceSeconds, 2);
  });

  describe('between two looks', () => {
    it.each([
      ['15 s apart counts as one interval', 15, [6]],
      ['16 s apart, too, with its share of them', 16, [(6 * 15) / 16]],
      ['150 s apart counts as ten intervals', 150, Array.from({ length: 10 }, () => 0.6)],
      ['15 minutes apart counts as sixty', 900, Array.from({ length: 60 }, () => 0.1)],
    ])('%s', (_, seconds, counts) => {
      const flow = flowAfter([look(0, 0, 0), look(seconds, 6, 0)], JOBS);
      expect(flow.counts).toHaveLength(counts.length);
      for (const [index, count] of counts.entries()) expect(flow.counts[index]).toBeCloseTo(count, 9);
      expect(flow.steady.rate).toBeCloseTo(6 / seconds, 9);
      expect(flow).toMatchObject({ openedAt: seconds * 1_000, came: 0 });
    });

    it('that are less than an interval apart nothing is counted yet', () => {
      const flow = flowAfter([look(0, 0, 0), look(14, 30, 0)], JOBS);
      expect(flow).toMatchObject({ counts: [], came: 30, openedAt: 0 });
    });

    it('of the same instant nothing happens', () => {
      const before = flowAfter([look(0, 0, 0), look(10, 30, 0)], JOBS);
      expect(observeFlow(before, look(10, 99, 9), JOBS)).toBe(before);
    });

    it.each([1, 30, 60])('of which the second is %d s before the first nothing happens', (seconds) => {
      const before = flowAfter([look(0, 0, 0), look(100, 30, 0)], JOBS);
      expect(observeFlow(before, look(100 - seconds, 99, 9), JOBS)).toBe(before);
    });

    it.each([
      ['more than a minute back, as by a clock that is set right,', -61],
      ['more than 15 minutes later, after a silence,', 901],
    ])('of which the second is %s all begins again but how long a job takes', (_, seconds) => {
      const before = flowAfter(
        Array.from({ length: 120 }, (_unused, index) => look(5 * index, 10 * index, 6)),
        JOBS,
      );
      const at = before.at / 1_000 + seconds;
      const after = observeFlow(before, look(at, 7, 2), JOBS);
      expect(after).toMatchObject({
        at: at * 1_000,
        openedAt: at * 1_000,
        size: 9,
        came: 0,
        owed: 0,
        counts: [],
      });
      expect(after.steady.rate).toBe(0);
      expect(after.serviceSeconds).toBe(before.serviceSeconds);
      expect(after.dispersion).toBe(before.dispersion);
    });
  });

  const anyLooks = fc.array(
    fc.record({
      pause: fc.oneof(fc.nat(20), fc.nat(900), fc.integer({ min: -100, max: 1_000 })),
      waiting: fc.oneof(fc.nat(20), fc.nat(100_000)),
      inFlight: fc.nat(300),
    }),
    { maxLength: 100 },
  );

  it('is made of finite numbers within their bounds, whatever is seen', () => {
    fc.assert(
      fc.property(anyLooks, fc.constantFrom(0.05, 1, 600), (looks, serviceSeconds) => {
        const jobs = { serviceSeconds, longestSeconds: 900 };
        let flow: QueueFlow | undefined;
        let at = 0;
        for (const { pause, waiting, inFlight } of looks) {
          at += pause;
          flow = observeFlow(flow, look(at, waiting, inFlight), jobs);
          const { steady, recent, counts, dispersion, unevenness, owed, learnedFrom } = flow;
          expect(counts.length).toBeLessThanOrEqual(MOST_COUNTS);
          expect(flow.serviceSeconds).toBeGreaterThan(0);
          expect(flow.serviceSeconds).toBeLessThanOrEqual(900 * (1 + 1e-9));
          expect(learnedFrom).toBeLessThanOrEqual(2_000 * (1 + 1e-9));
          for (const number of [steady.rate, recent.rate, dispersion, unevenness]) {
            expect(number).toBeGreaterThanOrEqual(0);
            expect(number).toBeLessThan(Infinity);
          }
          for (const number of [owed, ...counts]) expect(number).toSatisfy(Number.isFinite);
        }
      }),
    );
  });
});

describe('a sum over intervals', () => {
  it('is that of the newest, some of them left out, and of those that there are', () => {
    expect(sumOf([1, 2, 4, 8], 2, 0)).toBe(12);
    expect(sumOf([1, 2, 4, 8], 2, 1)).toBe(6);
    expect(sumOf([1, 2, 4, 8], 9, 1)).toBe(7);
    expect(INTERVAL_S * MOST_COUNTS).toBeGreaterThanOrEqual(960 + 60);
  });
});
