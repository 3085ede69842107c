import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { workerComponents, type WorkerComponent } from '../../../../src/api/components.ts';
import { unknown } from '../../../../src/model/reading.ts';
import { isWanted, type Demand, type Wanted } from '../../../../src/scaling/demand.ts';
import { jobsOf, workerDemandsOf, type WorkerDemandInput } from '../../../../src/scaling/workers.ts';
import { spec } from '../../decide/given.ts';
import { countsOf, flowGiven, look, ready } from './given.ts';

const componentOf = (queue: {
  pickupTime?: string;
  longestJob?: string;
  jobsPerMinute?: number;
}): WorkerComponent => {
  const { jobsPerMinute = 12, ...settings } = queue;
  const given = spec({
    components: { queues: [{ name: 'mail', capacity: { jobsPerMinute }, ...settings }] },
  });
  return workerComponents(given).find(({ name }) => name === 'queue-mail')!;
};

const SCALING = spec({}).scaling;

/** Two jobs a second of 5 s each: ten workers are busy. */
const LOAD = 10;
const input = (changed: Partial<WorkerDemandInput> = {}): WorkerDemandInput => ({
  component: componentOf({}),
  reading: look(0, 0, LOAD),
  flow: flowGiven({ serviceSeconds: 5, counts: countsOf(2) }),
  pods: ready(11),
  detectionSeconds: 2,
  witness: undefined,
  leads: undefined,
  now: 0,
  ...changed,
});
const demandOf = (given: WorkerDemandInput): Demand => workerDemandsOf(given)[0]!;

function wantedOf(changed: Partial<WorkerDemandInput> = {}): Wanted {
  const demand = demandOf(input(changed));
  if (!isWanted(demand)) throw new Error(demand.message);
  return demand;
}

describe('jobs, by the spec', () => {
  it('take a minute over those of a minute', () => {
    expect(jobsOf(componentOf({ jobsPerMinute: 30, longestJob: '90s' }), SCALING)).toEqual({
      serviceSeconds: 2,
      longestSeconds: 90,
      rateSeconds: 240,
    });
  });

  it('take as long as the longest may, where the longest is shorter than the mean', () => {
    expect(jobsOf(componentOf({ jobsPerMinute: 1, longestJob: '5s' }), SCALING).longestSeconds).toBe(60);
  });
});

describe('the demand for workers', () => {
  it('is not known while the queue is not', () => {
    const silent = unknown('SourceTimeout', 'the source did not answer in time');
    expect(demandOf(input({ reading: silent }))).toEqual({ ...silent, of: 'the depth of mail' });
    expect(demandOf(input({ flow: undefined }))).toMatchObject({
      unknown: 'NotYetRead',
      of: 'the depth of mail',
    });
  });

  it('is what there is, while that carries the load', () => {
    const { wanted, enough, dwell, rule } = wantedOf();
    expect([wanted, enough, dwell, rule]).toEqual([11, 11, 15_000, 'ArrivalRate']);
  });

  it.each([
    { busy: 10, rate: 0.8, enough: 5, what: 'goes down with the rate, while jobs are seen' },
    { busy: 0, rate: 1, enough: 11, what: 'stays where none is seen, and five were worked on all the time' },
    { busy: 0, rate: 0.8, enough: 5, what: 'goes down where none is seen, and there were not that many' },
    { busy: 0, rate: 0, enough: 0, what: 'goes down where none is seen, and none has come for minutes' },
  ])('$what', ({ busy, rate, enough }) => {
    const flow = flowGiven({ serviceSeconds: 5, counts: countsOf(rate) });
    expect(wantedOf({ flow, reading: look(0, 0, busy) }).enough).toBe(enough);
  });

  it('goes at once to what carries the load, and to that at the least', () => {
    // Five of the ten that it takes, and the queue is only just too long.
    const given = { pods: ready(5), reading: look(0, 25, 5) };
    const { wanted, enough, rule } = wantedOf(given);
    expect(wanted).toBeGreaterThanOrEqual(LOAD);
    expect(enough).toBe(wanted);
    expect(rule).toBe('PredictedWait');
  });

  it('grows by a twelfth or so at the least, so that it does not creep', () => {
    // 199 of the 200 that it takes, and a backlog that one more would do for.
    const flow = flowGiven({ serviceSeconds: 5, counts: countsOf(40) });
    let step: number | undefined;
    for (let waiting = 0; step === undefined; waiting += 20) {
      const { wanted } = wantedOf({ flow, pods: ready(199), reading: look(0, waiting, 199) });
      if (wanted > 199) step = wanted;
    }
    expect(step).toBeGreaterThanOrEqual(199 + Math.floor(0.08 * 199));
  });

  it('goes down only by what was seen of late', () => {
    const pods = ready(40);
    expect(wantedOf({ pods }).enough).toBeLessThan(40);
    // Detection takes 2 s, and 15 s more are let pass.
    expect(wantedOf({ pods, now: 17_000 }).enough).toBeLessThan(40);
    expect(wantedOf({ pods, now: 17_001 })).toMatchObject({ wanted: 40, enough: 40 });
  });

  it('goes up by what was seen a while ago, too', () => {
    const given = { pods: ready(1), reading: look(0, 500, 1) };
    expect(wantedOf({ ...given, now: 8_000 }).wanted).toBeGreaterThanOrEqual(LOAD);
  });

  it('says how it came about', () => {
    const reading = look(0, 500, 1);
    const { why } = wantedOf({
      pods: ready(1),
      reading: { ...reading, value: { ...reading.value, oldestAgeSeconds: 30 } },
    });
    expect(why).toMatch(
      /^mail has 500 jobs ready, the oldest for 30 s, and 2\/s arrive, 5 s of work each: it takes \d+ workers to pick up within 60 s$/u,
    );
    expect(wantedOf({ flow: flowGiven(), reading: look(0, 0, 0), pods: ready(0) }).why).toBe(
      'mail has 0 jobs ready, and 0/s arrive: no worker is needed',
    );
  });

  it.each(['0s', '1ms', '1s', '60s', '1h', '365d'])(
    'is a whole number under an objective of %s',
    (pickupTime) => {
      const component = componentOf({ pickupTime });
      fc.assert(
        fc.property(
          fc.record({
            rate: fc.double({ min: 0, max: 1_000, noNaN: true }),
            serviceSeconds: fc.double({ min: 0.001, max: 3_600, noNaN: true }),
            pods: fc.nat(500),
            startSeconds: fc.double({ min: 1, max: 600, noNaN: true }),
            waiting: fc.oneof(fc.constant(0), fc.nat(100_000)),
            oldestAgeSeconds: fc.nat(10_000),
          }),
          ({ rate, serviceSeconds, pods, startSeconds, waiting, oldestAgeSeconds }) => {
            const reading = look(0, waiting, pods);
            const {
              wanted,
              enough = -1,
              dwell = -1,
            } = wantedOf({
              component,
              flow: flowGiven({ serviceSeconds, counts: countsOf(rate) }),
              pods: ready(pods, startSeconds),
              reading: { ...reading, value: { ...reading.value, oldestAgeSeconds } },
            });
            for (const size of [wanted, enough]) {
              expect(Number.isSafeInteger(size)).toBe(true);
              expect(size).toBeGreaterThanOrEqual(0);
            }
            expect(dwell).toSatisfy(Number.isFinite);
            // More than there are is never less than the load.
            if (wanted > pods)
              expect(wanted).toBeGreaterThanOrEqual(rate * serviceSeconds * (1 - 1e-9) - 1e-6);
            else expect(wanted).toBe(Math.min(pods, enough));
          },
        ),
        { numRuns: 300 },
      );
    },
  );
});
