/** What the operator makes of workers that finish nothing: a dialer that is dead, a database that is away. */
import { describe, expect, it } from 'vitest';
import { Faults, type Fault } from '../../../../src/simulate/queue/faults.ts';
import type { Policy } from '../../../../src/simulate/queue/policy.ts';
import { productPolicy } from '../../../../src/simulate/queue/product.ts';
import { runQueue } from '../../../../src/simulate/queue/run.ts';
import { traceOf } from '../../../../src/simulate/trace.ts';
import type { View } from '../../../../src/simulate/queue/view.ts';
import { workloadOf, type Workload } from '../../../../src/simulate/queue/workload.ts';
import { spec } from './by-hand.ts';

const MINUTE = 60;
const FROM = 30 * MINUTE;
const MINUTE_MS = 60_000;

interface Setting {
  readonly serviceSeconds: number;
  readonly perMinute: number;
  readonly fault: Fault;
  readonly minutes: number;
  readonly podStartSeconds?: number;
  /** What is told of the first in line. */
  readonly told?: (view: View) => Partial<View>;
}

interface Run {
  /** Pods that were wanted when the fault began, and the fewest and most while it lasted. */
  readonly before: number;
  readonly fewest: number;
  readonly most: number;
  /** The most that were wanted once it was over and nothing waited any more, and seconds until then. */
  readonly after: number;
  readonly workedOff: number;
  /** Minutes with a late job while it lasted, and from a minute after it on. */
  readonly late: { readonly during: number; readonly after: number };
  /** What limited them last while it lasted. */
  readonly why: string | undefined;
}

const told = (policy: Policy, by: Setting['told']): Policy =>
  by === undefined
    ? policy
    : { ...policy, next: (view) => policy.next(view.ready === 0 ? view : { ...view, ...by(view) }) };

function run({
  serviceSeconds,
  perMinute,
  fault: one,
  minutes,
  podStartSeconds = 20,
  told: by,
}: Setting): Run {
  const trace = traceOf(
    Array.from({ length: minutes }, (_, minute) => ({ at: minute * MINUTE_MS, leads: perMinute })),
  );
  const faults = new Faults([one]);
  const jobs = faults.slowed(workloadOf(trace, { seed: 1, serviceSeconds }));
  const policy = productPolicy({ spec: spec(serviceSeconds), queue: 'default', workload: jobs });
  let why: string | undefined;
  let [before, fewest, most, after, workedOff] = [0, Infinity, 0, 0, Infinity];
  const { violatedMinutes } = runQueue(jobs, told(policy, by), {
    ...{ objectiveSeconds: 60, podStartSeconds, faults },
    watch: ({ now, wanted, ready }) => {
      if (now < FROM) before = wanted;
      else if (now < one.until) {
        [fewest, most] = [Math.min(fewest, wanted), Math.max(most, wanted)];
        why = policy.limited?.why;
      } else if (ready === 0) workedOff = Math.min(workedOff, now - one.until);
      // The Pods of the burst go within a few minutes.
      if (now > one.until + workedOff + 5 * MINUTE) after = Math.max(after, wanted);
    },
  });
  const lateIn = (from: number, until: number) =>
    violatedMinutes.filter((minute) => minute * MINUTE >= from && minute * MINUTE < until).length;
  const late = { during: lateIn(FROM, one.until), after: lateIn(one.until + MINUTE, Infinity) };
  return { before, fewest, most, after, workedOff, late, why };
}

const fault = (kind: Fault['kind'], minutes: number, more: Partial<Fault>): Fault => ({
  ...{ kind, from: FROM, until: FROM + minutes * MINUTE },
  ...more,
});

const wholeSeconds: Setting['told'] = ({ oldestAgeSeconds, firstForSeconds }) => ({
  oldestAgeSeconds: Math.ceil(oldestAgeSeconds),
  firstForSeconds: Math.floor(firstForSeconds),
});
/** Jobs that bear no time: the first one has waited since it was seen to be the first. */
const noTimes: Setting['told'] = ({ firstForSeconds }) => ({ oldestAgeSeconds: firstForSeconds });
describe.each<{ load: string } & Omit<Setting, 'fault'>>([
  { load: '2 jobs/s of 5 s, for 10 minutes', serviceSeconds: 5, perMinute: 120, minutes: 10 },
  { load: '2 jobs/s of 20 s, for 10 minutes', serviceSeconds: 20, perMinute: 120, minutes: 10 },
  { load: '2 jobs/s of 5 s, for an hour', serviceSeconds: 5, perMinute: 120, minutes: 60 },
  {
    load: '2 jobs/s of 5 s, with ages in whole seconds',
    serviceSeconds: 5,
    perMinute: 120,
    minutes: 10,
    told: wholeSeconds,
  },
  {
    load: '2 jobs/s of 5 s that bear no time',
    serviceSeconds: 5,
    perMinute: 120,
    minutes: 10,
    told: noTimes,
  },
])('workers that finish nothing, $load', ({ minutes, ...queue }) => {
  const outage = fault('throughput', minutes, { jobsPerMinute: 0 });
  let found: Run | undefined;
  const dead = (): Run => (found ??= run({ ...queue, fault: outage, minutes: minutes + 55 }));

  it('are five times as many at the most, while each might be at a long job, and never fewer', () => {
    expect(dead().fewest).toBe(dead().before);
    expect(dead().most).toBeLessThanOrEqual(5 * dead().before);
  });

  it('work off what waits within two minutes, once they can', () => {
    expect(dead().workedOff).toBeLessThanOrEqual(2 * MINUTE);
  });

  it('are not more for it afterwards, and leave no job late', () => {
    expect(dead().after).toBeLessThanOrEqual(1.25 * dead().before + 1);
    expect(dead().late.after).toBe(0);
  });

  it('are said to finish none', () => {
    expect(dead().why).toMatch(
      /its workers have finished no job for \S+, and longestJob is 2m; see what jobs of default/,
    );
  });
});

describe('jobs that take longer than they did get the workers that they need', () => {
  const longer = (factor: number): Fault => fault('jobs', 60, { factor });
  const usual = { serviceSeconds: 5, perMinute: 120, minutes: 95 };
  // As many late minutes as a version had that held nothing.
  it.each<[string, Setting, number]>([
    ['three times as long', { ...usual, fault: longer(3) }, 5],
    ['ten times as long', { ...usual, fault: longer(10) }, 10],
    ['few of them, five times as long', { ...usual, perMinute: 6, fault: longer(5) }, 2],
    [
      'few of them, five times as long, that bear no time',
      { ...usual, perMinute: 6, fault: longer(5), told: noTimes },
      9,
    ],
    [
      'three times as long, with Pods that start in two minutes',
      { ...usual, fault: longer(3), podStartSeconds: 120 },
      6,
    ],
  ])('%s', (_, setting, most) => {
    const { late } = run(setting);
    expect(late.during).toBeLessThanOrEqual(most);
    expect(late.after).toBe(0);
  });
});

/** Short jobs all the while, and some long ones at the seconds that are named. */
interface Mixture {
  readonly perMinute: number;
  readonly long: number;
  readonly seconds: number;
  readonly at: readonly number[];
  readonly longestJob: string;
}

describe('long jobs among short ones, at each of its workers, hold a queue no longer than they did', () => {
  const minutes = 95;
  const each5 = [0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55].map((minute) => FROM + minute * MINUTE);
  // As many late minutes as a version had that held nothing.
  it.each<[string, Mixture, number]>([
    ['once', { perMinute: 300, long: 20, seconds: 120, at: [FROM], longestJob: '2m' }, 2],
    ['each five minutes', { perMinute: 300, long: 12, seconds: 110, at: each5, longestJob: '2m' }, 10],
    ['of half an hour', { perMinute: 60, long: 40, seconds: 1_800, at: [FROM], longestJob: '1h' }, 10],
  ])('%s', (_, { perMinute, long, seconds, at, longestJob }, late) => {
    const trace = traceOf(
      Array.from({ length: minutes }, (__, minute) => ({ at: minute * MINUTE_MS, leads: perMinute })),
    );
    const short = workloadOf(trace, { seed: 1, serviceSeconds: 1 });
    const all = [...short.arrivals].map((came, job): [number, number] => [came, short.services[job]!]);
    for (const begin of at) for (let job = 0; job < long; job += 1) all.push([begin + job / 5, seconds]);
    all.sort(([a], [b]) => a - b);
    const workload: Workload = {
      ...short,
      arrivals: Float64Array.from(all, ([came]) => came),
      services: Float64Array.from(all, ([, service]) => service),
    };
    const policy = productPolicy({ spec: spec(1, longestJob), queue: 'default', workload });
    const { violatedMinutes } = runQueue(workload, policy, { objectiveSeconds: 60, podStartSeconds: 20 });
    expect(violatedMinutes.length).toBeLessThanOrEqual(late);
    expect(policy.limited?.why ?? '').not.toContain('finished no job');
  });
});
