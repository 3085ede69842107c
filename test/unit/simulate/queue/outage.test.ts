/** What the operator makes of workers that wait for something else: a database that is slow, a dialer that is dead. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LimitReason } from '../../../../src/model/scaling-limit.ts';
import { Faults, type Fault } from '../../../../src/simulate/queue/faults.ts';
import { productPolicy } from '../../../../src/simulate/queue/product.ts';
import { runQueue } from '../../../../src/simulate/queue/run.ts';
import { traceOf } from '../../../../src/simulate/trace.ts';
import { workloadOf } from '../../../../src/simulate/queue/workload.ts';
import { spec } from './by-hand.ts';

const MINUTE = 60;
const FROM = 30 * MINUTE;
const MINUTE_MS = 60_000;

interface Setting {
  readonly serviceSeconds: number;
  readonly perMinute: number;
  readonly faults: readonly Fault[];
  readonly minutes: number;
  readonly podStartSeconds?: number;
}

interface Run {
  /** Pods that were wanted when the fault began, and the fewest and most while it lasted. */
  readonly before: number;
  readonly fewest: number;
  readonly most: number;
  /** The most that were wanted once it was over and nothing waited any more, and seconds until then. */
  readonly after: number;
  readonly workedOff: number;
  /** Minutes with a late job: before it, while it lasted, and from a minute after it on. */
  readonly late: readonly number[];
  /** What limited them last while it lasted. */
  readonly why: string | undefined;
}

function run({ serviceSeconds, perMinute, faults, minutes, podStartSeconds = 20 }: Setting): Run {
  const trace = traceOf(
    Array.from({ length: minutes }, (_, minute) => ({ at: minute * MINUTE_MS, leads: perMinute })),
  );
  const world = new Faults(faults);
  const jobs = world.slowed(workloadOf(trace, { seed: 1, serviceSeconds }));
  const policy = productPolicy({ spec: spec(serviceSeconds), queue: 'default', workload: jobs });
  const until = Math.max(...faults.map((fault) => fault.until));
  let why: string | undefined;
  let [before, fewest, most, after, workedOff] = [0, Infinity, 0, 0, Infinity];
  const { violatedMinutes } = runQueue(jobs, policy, {
    ...{ objectiveSeconds: 60, podStartSeconds, faults: world },
    watch: ({ now, wanted, ready }) => {
      if (now < FROM) before = wanted;
      else if (now < until) {
        [fewest, most] = [Math.min(fewest, wanted), Math.max(most, wanted)];
        why = policy.limited?.why;
      } else if (ready === 0) workedOff = Math.min(workedOff, now - until);
      // The Pods of the burst go within a few minutes.
      if (now > until + workedOff + 5 * MINUTE) after = Math.max(after, wanted);
    },
  });
  const late = [
    violatedMinutes.filter((minute) => minute * MINUTE < FROM).length,
    violatedMinutes.filter((minute) => minute * MINUTE >= FROM && minute * MINUTE < until).length,
    violatedMinutes.filter((minute) => minute * MINUTE >= until + MINUTE).length,
  ];
  return { before, fewest, most, after, workedOff, late, why };
}

const fault = (kind: Fault['kind'], minutes: number, more: Partial<Fault> = {}): Fault => ({
  ...{ kind, from: FROM, until: FROM + minutes * MINUTE },
  ...more,
});

describe.each([
  { load: '2 jobs/s of 5 s', serviceSeconds: 5, perMinute: 120 },
  { load: '2 jobs/s of 20 s', serviceSeconds: 20, perMinute: 120 },
])('workers that wait for a slow database, $load', ({ serviceSeconds, perMinute }) => {
  let slow: Run;
  beforeAll(() => {
    const half = fault('throughput', 60, { jobsPerMinute: perMinute / 2 });
    slow = run({ serviceSeconds, perMinute, faults: [half], minutes: 95 });
  });

  it('are at most four times as many after an hour at half of the load', () => {
    expect(slow.most).toBeLessThanOrEqual(4 * slow.before);
  });

  it('never become fewer', () => {
    expect(slow.fewest).toBe(slow.before);
  });

  it('are said not to help', () => {
    expect(slow.why).toMatch(/\d+ workers finish \d+ jobs\/min where \d+ finished \d+/);
    expect(slow.why).toContain('more workers do not help: see what jobs of default wait for');
  });
});

describe.each([
  { load: '2 jobs/s of 5 s, for 10 minutes', serviceSeconds: 5, perMinute: 120, minutes: 10 },
  { load: '2 jobs/s of 20 s, for 10 minutes', serviceSeconds: 20, perMinute: 120, minutes: 10 },
  { load: '2 jobs/s of 5 s, for an hour', serviceSeconds: 5, perMinute: 120, minutes: 60 },
  { load: 'a job each 5 s, of 5 s, for 10 minutes', serviceSeconds: 5, perMinute: 12, minutes: 10 },
])('workers that finish nothing, $load', ({ serviceSeconds, perMinute, minutes }) => {
  let dead: Run;
  beforeAll(() => {
    const outage = fault('throughput', minutes, { jobsPerMinute: 0 });
    dead = run({ serviceSeconds, perMinute, faults: [outage], minutes: 30 + minutes + 25 });
  });

  it('are as many as they were for as long as it lasts', () => {
    expect(dead).toMatchObject({ fewest: dead.before, most: dead.before });
  });

  it('work off what waits within two minutes, once they can', () => {
    expect(dead.workedOff).toBeLessThanOrEqual(2 * MINUTE);
  });

  it('are not more for it afterwards', () => {
    expect(dead.after).toBeLessThanOrEqual(1.25 * dead.before + 1);
  });

  it('leave no job late that came from a minute after it on', () => {
    expect(dead.late[2]).toBe(0);
  });
});

describe('workers whose growth is not stopped', () => {
  it.each<[string, Setting, { readonly late: number; readonly most: number }]>([
    [
      'jobs that take three times as long',
      { serviceSeconds: 5, perMinute: 120, faults: [fault('jobs', 60, { factor: 3 })], minutes: 90 },
      { late: 5, most: 60 },
    ],
    [
      'jobs of minutes that take twice as long',
      { serviceSeconds: 120, perMinute: 12, faults: [fault('jobs', 60, { factor: 2 })], minutes: 90 },
      { late: 12, most: 100 },
    ],
    [
      'few jobs that take five times as long',
      { serviceSeconds: 5, perMinute: 6, faults: [fault('jobs', 60, { factor: 5 })], minutes: 90 },
      { late: 4, most: 12 },
    ],
    [
      'Pods that start within two minutes, and jobs that take three times as long',
      {
        ...{ serviceSeconds: 5, perMinute: 120, podStartSeconds: 120, minutes: 90 },
        faults: [fault('jobs', 60, { factor: 3 })],
      },
      { late: 12, most: 100 },
    ],
  ])('%s', (_, setting, { late, most }) => {
    const is = run(setting);
    const stops: LimitReason = 'MoreWorkersDoNotHelp';
    expect(is.why, stops).toBeUndefined();
    expect(is.late[1]).toBeLessThanOrEqual(late);
    expect(is.most).toBeLessThanOrEqual(most);
  });
});

describe('Pods that do not start', () => {
  it('are not asked for again and again', () => {
    const longer = fault('jobs', 60, { factor: 1.5 });
    const is = run({
      ...{ serviceSeconds: 5, perMinute: 120, minutes: 60 },
      faults: [fault('starts', 30), longer],
    });
    expect(is.why).toMatch(/of its \d+ Pods did not become ready within/);
  });
});
