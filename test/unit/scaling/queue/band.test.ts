import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PodStarts, QueueFlow } from '../../../../src/model/queue-history.ts';
import { bandOf, type BandInput } from '../../../../src/scaling/queue/band.ts';
import { countsOf, flowGiven, ready } from './given.ts';

/** Two jobs a second of 5 s each: ten workers are busy. An objective of a minute, a start of 20 s, a look each second. */
const LOAD = 10;
const input = (changed: Partial<BandInput> = {}): BandInput => ({
  flow: flowGiven({ serviceSeconds: 5, counts: countsOf(2) }),
  pods: ready(11),
  waiting: 0,
  oldestAge: 0,
  objective: 60,
  detectionSeconds: 2,
  now: 0,
  ...changed,
});

describe('the band of sizes', () => {
  it('holds a size that carries the load, with a queue as its buffer', () => {
    for (const [waiting, oldestAge] of [
      [0, 0],
      [10, 5],
      [40, 20],
    ] as const) {
      const { least, enough } = bandOf(input({ waiting, oldestAge }));
      expect(least).toBeLessThanOrEqual(11);
      expect(enough).toBe(11);
    }
  });

  it('says what it was made from', () => {
    const { rate, serviceSeconds } = bandOf(input());
    expect(rate).toBeCloseTo(2, 9);
    expect(serviceSeconds).toBe(5);
  });

  it('asks for more than there are where the workers of today would be too late', () => {
    const { least, because } = bandOf(input({ pods: ready(5), waiting: 60, oldestAge: 25 }));
    // With five workers a job a second is left over: 60 + 22 at the end of a start, which take five workers 82 s.
    expect(least).toBeGreaterThan(5);
    expect(because).toBe('coming');
  });

  it('asks for more where jobs that came all at once cannot begin in time', () => {
    const flow = flowGiven({ serviceSeconds: 5, came: 1_000 });
    const { least, because } = bandOf(input({ flow, pods: ready(1), waiting: 1_000, oldestAge: 0 }));
    // 5,000 s of work within a minute: 83 that are ready now. Those that start at first have less time.
    expect(least).toBeGreaterThanOrEqual(5_000 / 60);
    expect(because).toBe('waiting');
  });

  it.each([12, 20, 100])('lets %d workers go to a size that carries the load at 98 %%', (workers) => {
    const { least, enough } = bandOf(input({ pods: ready(workers) }));
    expect(least).toBeLessThanOrEqual(workers);
    expect(enough).toBeGreaterThanOrEqual(LOAD / 0.98);
    expect(enough).toBeLessThan(workers);
  });

  it('lets none go while jobs that are here need them', () => {
    const { enough } = bandOf(input({ pods: ready(30), waiting: 350, oldestAge: 1 }));
    // 350 · 5 s within 60 s: 29.2.
    expect(enough).toBe(30);
  });

  it('lets all go where nothing waits and nothing comes', () => {
    expect(bandOf(input({ flow: flowGiven({ counts: countsOf(0) }) }))).toMatchObject({
      least: 0,
      enough: 0,
    });
  });

  it('lets all go where a Pod starts more quickly than the next job comes, and brings one for a job', () => {
    // One job a minute.
    const flow = flowGiven({ serviceSeconds: 5, counts: countsOf(1 / 60) });
    expect(bandOf(input({ flow, pods: ready(1) }))).toMatchObject({ least: 0, enough: 0 });
    expect(bandOf(input({ flow, pods: ready(0), waiting: 1, oldestAge: 1 })).least).toBe(1);
  });

  it('keeps a worker for rare jobs where a Pod starts too late for them', () => {
    const flow = flowGiven({ serviceSeconds: 5, counts: countsOf(1 / 60) });
    expect(bandOf(input({ flow, pods: ready(1), objective: 30 })).enough).toBe(1);
  });

  it('takes those that are worked on for as many as come, until a minute was counted', () => {
    // Little: 40 in flight, 5 s each, are 8 a second.
    const flow = flowGiven({ serviceSeconds: 5, inFlight: 40, size: 40 });
    const { rate, enough } = bandOf(input({ flow, pods: ready(60) }));
    expect(rate).toBeCloseTo(8, 9);
    expect(enough).toBeGreaterThanOrEqual(40 / 0.98);
  });

  it('waits longer with fewer workers, and goes less far, the longer a start is than the objective', () => {
    const bands = [20, 60, 180].map((start) => bandOf(input({ pods: ready(100, start) })));
    expect(bands[0]!.dwellSeconds).toBe(15);
    // (62 / 60 − 1/2) and, at the most, two objectives beyond half of one, four times 15 s for each.
    expect(bands[1]!.dwellSeconds).toBeCloseTo(15 * (1 + 4 * (62 / 60 - 0.5)), 9);
    expect(bands[2]!.dwellSeconds).toBe(15 * (1 + 4 * 2));
    expect(bands[1]!.enough).toBeGreaterThanOrEqual(bands[0]!.enough);
    expect(bands[2]!.enough).toBeGreaterThan(bands[1]!.enough);
  });

  it('asks for one more where the first in line stands behind long jobs', () => {
    // A minute each, two workers: for 38 s none of them may come free, and a Pod that is asked for now is just in time.
    const flow = flowGiven({ serviceSeconds: 60, counts: countsOf(0) });
    const late = input({ flow, pods: ready(2), waiting: 1, oldestAge: 40 });
    expect(bandOf(late)).toMatchObject({ least: 3, because: 'waiting' });
    expect(bandOf({ ...late, oldestAge: 5 }).least).toBeLessThanOrEqual(2);
    // One is starting already.
    const pods: PodStarts = { ...ready(2), desired: 3, pending: [{ since: 0, pods: 1 }] };
    expect(bandOf({ ...late, pods }).least).toBeLessThanOrEqual(3);
  });
});

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });

const anyFlow: fc.Arbitrary<QueueFlow> = fc
  .record({
    counts: fc.oneof(
      fc.array(number(0, 20_000), { maxLength: 68 }),
      fc
        .record({ length: fc.nat(68), count: fc.constantFrom(0, 1, 300) })
        .map(({ length, count }) => Array.from({ length }, () => count)),
    ),
    came: number(0, 20_000),
    inFlight: fc.nat(500),
    serviceSeconds: fc.oneof(fc.constantFrom(1e-3, 1, 3_600), number(1e-3, 3_600)),
    dispersion: number(0, 100),
    unevenness: number(0, 50),
  })
  .map(flowGiven);

const anyInput: fc.Arbitrary<BandInput> = fc
  .record({
    flow: anyFlow,
    pods: fc.record({ ready: fc.nat(300), starting: fc.nat(300), gone: fc.nat(20), ago: fc.nat(900) }),
    startSeconds: number(1, 600),
    waiting: fc.oneof(fc.constant(0), fc.nat(50), fc.nat(200_000)),
    age: number(0, 100_000),
    objective: fc.oneof(fc.constantFrom(0.001, 1, 60, 7 * 86_400), number(0.001, 1e7)),
    detectionSeconds: number(1, 120),
    open: fc.nat(15),
  })
  .map(({ flow, pods, startSeconds, age, open, ...rest }) => {
    const now = open * 1_000;
    const pending = pods.starting > 0 ? [{ since: now - pods.ago * 1_000, pods: pods.starting }] : [];
    return {
      ...rest,
      flow,
      now,
      oldestAge: rest.waiting === 0 ? 0 : age,
      pods: {
        // Some that are ready may be on their way out.
        desired: pods.starting > 0 ? pods.ready + pods.starting : Math.max(0, pods.ready - pods.gone),
        ready: pods.ready,
        pending,
        startSeconds,
      },
    };
  });

describe('whatever is known of a queue', () => {
  const RUNS = { numRuns: 2_000 };

  it('the least and what is enough are whole numbers and not below none', () => {
    fc.assert(
      fc.property(anyInput, (given) => {
        const { least, enough, dwellSeconds } = bandOf(given);
        for (const size of [least, enough]) {
          expect(Number.isSafeInteger(size)).toBe(true);
          expect(size).toBeGreaterThanOrEqual(0);
        }
        expect(dwellSeconds).toBeGreaterThanOrEqual(15);
        expect(dwellSeconds).toBeLessThan(Infinity);
      }),
      RUNS,
    );
  });

  it('enough is no more than there are, or than carries the load, or than one', () => {
    fc.assert(
      fc.property(anyInput, (given) => {
        const { enough, rate, serviceSeconds } = bandOf(given);
        expect(enough).toBeLessThanOrEqual(
          Math.max(1, given.pods.desired, Math.ceil((rate * serviceSeconds) / 0.98)),
        );
      }),
      RUNS,
    );
  });

  it('enough carries the load, or is none since jobs are rare', () => {
    fc.assert(
      fc.property(anyInput, (given) => {
        const { enough, rate, serviceSeconds } = bandOf(given);
        const isRare = given.waiting === 0 && rate * (given.pods.startSeconds + serviceSeconds) < 1;
        expect(enough).toSatisfy(
          (size: number) => (isRare && size === 0) || size >= rate * serviceSeconds - 1e-6,
        );
      }),
      RUNS,
    );
  });

  it('the service time is that of the flow', () => {
    fc.assert(
      fc.property(anyInput, (given) => {
        expect(bandOf(given).serviceSeconds).toBe(given.flow.serviceSeconds);
      }),
    );
  });
});
