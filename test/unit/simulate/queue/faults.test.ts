import { describe, expect, it } from 'vitest';
import { Faults, type Fault, type FaultKind } from '../../../../src/simulate/queue/faults.ts';
import { kedaPolicy, type KedaSettings } from '../../../../src/simulate/queue/keda.ts';
import { fixedPolicy } from '../../../../src/simulate/queue/fixed.ts';
import { productPolicy } from '../../../../src/simulate/queue/product.ts';
import { runQueue } from '../../../../src/simulate/queue/run.ts';
import { spec, steps, workload } from './by-hand.ts';

const fault = (kind: FaultKind, from: number, until: number, factor = 1): Fault => ({
  kind,
  from,
  until,
  factor,
});
const OPTIONS = { objectiveSeconds: 60, podStartSeconds: 20 };
/** A job a second, each of 5 s. */
const steady = workload(
  Array.from({ length: 1_200 }, (_, second) => [second, 5] as const),
  1_200,
);

describe('a fault of starts', () => {
  const outage = new Faults([fault('starts', 100, 200)]);
  it.each([
    { name: 'is over before it', wantedAt: 80, is: 100 },
    { name: 'is under way when it begins', wantedAt: 81, is: 220 },
    { name: 'is wanted in the middle of it', wantedAt: 150, is: 220 },
    { name: 'is wanted when it is over', wantedAt: 200, is: 220 },
  ])('lets a start that $name be ready at $is s', ({ wantedAt, is }) => {
    expect(outage.readyAt(wantedAt, 20)).toBe(is);
  });

  it('makes a Pod that begins anew meet the next one, too', () => {
    const two = new Faults([fault('starts', 210, 300), fault('starts', 100, 200)]);
    expect(two.readyAt(90, 20)).toBe(320);
  });

  it('does not make a Pod ready before one that was wanted earlier', () => {
    const ready = Array.from({ length: 300 }, (_, at) => outage.readyAt(at, 20));
    expect(ready).toEqual(ready.toSorted((a, b) => a - b));
  });

  it('leaves those that are ready at the beginning alone', () => {
    const late = runQueue(workload([[0, 5]]), steps({}).policy, {
      ...OPTIONS,
      faults: new Faults([fault('starts', 0, 600)]),
    });
    expect(late.maxPickupSeconds).toBe(0);
  });
});

describe('a fault of jobs', () => {
  it('makes those that come during it take longer, and no others', () => {
    const slowed = new Faults([fault('jobs', 10, 20, 3)]).slowed(
      workload([
        [9, 2],
        [10, 2],
        [19, 2],
        [20, 2],
      ]),
    );
    expect([...slowed.services]).toEqual([2, 6, 6, 2]);
  });
});

describe('a signal that cannot be read', () => {
  it('is named to the policy for as long as that is so', () => {
    const { policy, views } = steps({});
    const faults = new Faults([fault('queues', 2, 4), fault('leads', 3, 5)]);
    runQueue(workload([], 6), policy, { ...OPTIONS, faults });
    expect(views.map(({ silent }) => silent)).toEqual([
      [],
      [],
      ['queues'],
      ['queues', 'leads-per-minute', 'leads-per-day'],
      ['leads-per-minute', 'leads-per-day'],
      [],
    ]);
  });

  const KEDA: KedaSettings = {
    ...{ trigger: 'rate-and-backlog', jobsPerPod: 5, rateSeconds: 120, utilisation: 0.9 },
    ...{ backlogSeconds: 30, serviceSeconds: 5, stabilisation: 60, min: 1, max: 100 },
  };
  it.each([
    { trigger: 'list' as const, silent: 'queues' as const },
    { trigger: 'list-and-in-flight' as const, silent: 'queues' as const },
    { trigger: 'rate-and-backlog' as const, silent: 'leads-per-minute' as const },
    { trigger: 'rate-and-backlog' as const, silent: 'queues' as const },
  ])('does not let KEDA scale in by $trigger without the $silent', ({ trigger, silent }) => {
    const keda = kedaPolicy({ ...KEDA, trigger });
    const view = {
      ready: 0,
      inFlight: 0,
      oldestAgeSeconds: 0,
      firstForSeconds: 0,
      arrived: 0,
      wanted: 9,
      readyPods: 9,
    };
    for (let now = 0; now < 600; now += 15) expect(keda.next({ ...view, now, silent: [silent] })).toBe(9);
    let wanted = 9;
    for (let now = 600; now < 900; now += 15) wanted = keda.next({ ...view, wanted, now, silent: [] });
    expect(wanted).toBe(1);
  });

  it.each(['queues', 'leads'] as const)('%s: never makes the operator scale in', (silent) => {
    const policy = productPolicy({ spec: spec(5), queue: 'default', workload: steady });
    const wanted: number[] = [];
    runQueue(steady, policy, {
      ...OPTIONS,
      faults: new Faults([fault(silent, 600, 1_200)]),
      watch: (moment) => void wanted.push(moment.wanted),
    });
    const before = wanted[599]!;
    expect(before).toBeGreaterThan(1);
    expect(Math.min(...wanted.slice(600))).toBe(before);
  });

  const truth = {
    ...{
      now: 5,
      ready: 7,
      inFlight: 3,
      oldestAgeSeconds: 4,
      firstForSeconds: 0,
      arrived: 90,
      wanted: 4,
      readyPods: 3,
    },
    silent: [],
  };
  it.each([
    ['as empty', 0, { ready: 0, inFlight: 0, oldestAgeSeconds: 0, firstForSeconds: 0 }],
    ['as long', 1e6, { ready: 1e6, inFlight: 3, oldestAgeSeconds: 4, firstForSeconds: 0 }],
    ['as less than none', -5, { ready: -5, inFlight: 3, oldestAgeSeconds: 4, firstForSeconds: 0 }],
  ])('reads a queue %s', (_, reads, told) => {
    const faults = new Faults([{ ...fault('queues', 5, 6), reads }]);
    expect(faults.told(truth)).toEqual({ ...truth, ...told, lies: {} });
    expect(faults.told({ ...truth, now: 6 })).toEqual({ ...truth, now: 6, lies: {} });
  });

  it('reads a queue as it was when a fault that freezes it began, and anew at the next one', () => {
    const frozen = (from: number, until: number) => ({
      ...fault('queues', from, until),
      reads: 'frozen' as const,
    });
    const faults = new Faults([frozen(5, 7), frozen(8, 9)]);
    const ready = [5, 6, 7, 8].map((now) => faults.told({ ...truth, now, ready: now }).ready);
    expect(ready).toEqual([5, 5, 7, 8]);
    // The next policy.
    expect(faults.told({ ...truth, now: 8, ready: 1 }).ready).toBe(1);
    expect(faults.told({ ...truth, now: 5, ready: 2 }).ready).toBe(2);
  });

  it.each([
    ['a number', 6_000, 100],
    ['what it was', 'frozen' as const, 1],
  ])('reads leads/minute as %s, in place of the jobs that come', (_, reads, rate) => {
    const keda = kedaPolicy({ ...KEDA, serviceSeconds: 1, utilisation: 1, max: 1_000 });
    const faults = new Faults([{ ...fault('leads-per-minute', 300, 900), reads }]);
    let wanted = 1;
    for (let now = 0; now < 600; now += 15) {
      const arrived = now < 300 ? now : 300 + 5 * (now - 300);
      wanted = keda.next(faults.told({ ...truth, now, arrived, ready: 0, wanted, readyPods: wanted }));
    }
    expect(wanted).toBe(rate);
  });

  it('does not touch a policy that reads nothing', () => {
    const faults = new Faults([fault('queues', 0, 1_200), fault('leads', 0, 1_200)]);
    const run = (more: object) => runQueue(steady, fixedPolicy(7), { ...OPTIONS, initial: 7, ...more });
    expect(run({ faults })).toEqual(run({}));
  });
});
