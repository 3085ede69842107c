import { describe, expect, it } from 'vitest';
import { admit } from '../../../../src/api/admit.ts';
import { compare, POLICY_NAMES, type CompareOptions } from '../../../../src/simulate/queue/compare.ts';
import { fewestFixed, fixedPolicy } from '../../../../src/simulate/queue/fixed.ts';
import { kedaPolicy, type KedaSettings } from '../../../../src/simulate/queue/keda.ts';
import { liftBounds } from '../../../../src/simulate/queue/bounds.ts';
import { productPolicy } from '../../../../src/simulate/queue/product.ts';
import { runQueue } from '../../../../src/simulate/queue/run.ts';
import { workloadOf } from '../../../../src/simulate/queue/workload.ts';
import { traceOf } from '../../../../src/simulate/trace.ts';
import { leadDays } from '../../../../src/simulate/traffic.ts';
import { MONDAY } from '../../decide/given.ts';
import { workload } from './by-hand.ts';

const SERVICE_SECONDS = 10;
const OPTIONS = { objectiveSeconds: 60, podStartSeconds: 20 };
const trace = (days: number) =>
  traceOf([...leadDays({ seed: 5, from: MONDAY, days, leadsPerDay: () => 12_000, bucket: 60_000 })]);
const HOUR = 3_600_000;
/** The morning, when most leads come. */
const morning = workloadOf(trace(1), {
  seed: 1,
  serviceSeconds: SERVICE_SECONDS,
  from: MONDAY + 7 * HOUR,
  until: MONDAY + 12 * HOUR,
});

function spec(scaling: object = {}, signals: object = {}) {
  const admission = admit({
    image: 'registry.example/brain:1',
    scaling,
    signals,
    components: { queues: [{ name: 'default', capacity: { jobsPerMinute: 60 / SERVICE_SECONDS } }] },
  });
  if (!admission.ok) throw new Error('the spec is not admitted');
  return liftBounds(admission.spec);
}
/** For days in which only the tier is looked at. */
const RARE_LOOKS = { queueDepth: { redis: { interval: '15s' } } };
const setting: CompareOptions = {
  ...OPTIONS,
  spec: spec({}, { queueDepth: { redis: { interval: '5s' } } }),
  queue: 'default',
  workload: morning,
  serviceSeconds: SERVICE_SECONDS,
  max: 1_000,
};

describe('a workload', () => {
  it('is the same for the same seed, and another for another', () => {
    const of = (seed: number) => workloadOf(trace(1), { seed, serviceSeconds: 10 });
    expect(of(1)).toEqual(of(1));
    expect(of(1).arrivals).not.toEqual(of(2).arrivals);
  });

  it('has the leads of the trace, and the mean and the variation that are asked for', () => {
    const leads = trace(2).buckets.reduce((sum, each) => sum + each.leads, 0);
    const { arrivals, services } = workloadOf(trace(2), {
      seed: 1,
      scale: 5,
      jobsPerLead: 2,
      serviceSeconds: 10,
      serviceVariation: 0.5,
    });
    const mean = services.reduce((sum, each) => sum + each, 0) / services.length;
    const variance = services.reduce((sum, each) => sum + (each - mean) ** 2, 0) / services.length;
    expect(arrivals.length / (10 * leads)).toBeCloseTo(1, 1);
    expect(mean / 10).toBeCloseTo(1, 1);
    expect(Math.sqrt(variance) / mean).toBeCloseTo(0.5, 1);
  });

  it('comes in the order of time, within the part of the trace that counts, with nothing where there is no line', () => {
    const hour = 3_600;
    const { buckets, bucketMs } = trace(1);
    const gap = {
      bucketMs,
      buckets: buckets.filter(({ at }) => at < MONDAY + 10 * HOUR || at >= MONDAY + 11 * HOUR),
    };
    const { arrivals, seconds } = workloadOf(gap, {
      seed: 1,
      serviceSeconds: 10,
      from: MONDAY + 9 * HOUR,
      until: MONDAY + 12 * HOUR,
    });
    expect([...arrivals]).toEqual([...arrivals].toSorted((a, b) => a - b));
    expect(seconds).toBe(3 * hour);
    expect(arrivals.some((at) => at >= 0.99 * hour && at < hour)).toBe(true);
    expect(arrivals.filter((at) => at >= hour && at < 2 * hour)).toHaveLength(0);
    expect(Math.max(...arrivals)).toBeLessThan(3 * hour);
  });

  it('has of a bucket that counts with a part that part of its leads, at its time', () => {
    const hourly = traceOf([0, 1, 2].map((hour) => ({ at: MONDAY + hour * HOUR, leads: 36_000 })));
    const of = (from: number, until: number) =>
      workloadOf(hourly, {
        ...{ seed: 1, serviceSeconds: 1 },
        ...{ from: MONDAY + from * HOUR, until: MONDAY + until * HOUR },
      });
    const { arrivals, seconds } = of(0.25, 1.5);
    expect(seconds).toBe(4_500);
    expect(arrivals.length / 45_000).toBeCloseTo(1, 1);
    expect(arrivals.filter((at) => at < 450).length / 4_500).toBeCloseTo(1, 1);
    expect(of(0.5, 0.75).arrivals.length / 9_000).toBeCloseTo(1, 1);
  });

  it('has leads whose times are known at these times, with so many jobs each as are asked for', () => {
    const known = { buckets: [0, 1_500, 9_000].map((ms) => ({ at: MONDAY + ms, leads: 1 })), bucketMs: 0 };
    const of = (more: object) => workloadOf(known, { seed: 1, serviceSeconds: 1, ...more });
    expect([...of({}).arrivals]).toEqual([0, 1.5, 9]);
    expect(of({}).seconds).toBe(10);
    expect([...of({ scale: 2 }).arrivals]).toEqual([0, 0, 1.5, 1.5, 9, 9]);
    expect([...of({ from: MONDAY + 1_000, until: MONDAY + 9_000 }).arrivals]).toEqual([0.5]);
    const many = { buckets: [{ at: MONDAY, leads: 10_000 }], bucketMs: 0 };
    const { arrivals } = workloadOf(many, { seed: 1, serviceSeconds: 1, jobsPerLead: 0.3 });
    expect(arrivals.length).toBe(3_000);
  });
});

describe('KEDA', () => {
  const settings: KedaSettings = {
    trigger: 'list',
    jobsPerPod: 5,
    rateSeconds: 120,
    utilisation: 0.9,
    backlogSeconds: 30,
    serviceSeconds: 10,
    stabilisation: 300,
    min: 1,
    max: 100,
  };
  const view = {
    now: 0,
    ready: 12,
    inFlight: 8,
    oldestAgeSeconds: 3,
    firstForSeconds: 0,
    arrived: 0,
    wanted: 1,
    readyPods: 1,
    silent: [],
  };
  it.each([
    { trigger: 'list' as const, is: 3 },
    { trigger: 'list-and-in-flight' as const, is: 4 },
    // 12 jobs of 10 s within 30 s.
    { trigger: 'rate-and-backlog' as const, is: 4 },
  ])('asks by $trigger for $is Pods', ({ trigger, is }) => {
    expect(kedaPolicy({ ...settings, trigger }).next(view)).toBe(is);
  });

  it('takes the rate over two minutes', () => {
    const keda = kedaPolicy({ ...settings, trigger: 'rate-and-backlog' });
    let wanted = 1;
    for (let now = 0; now <= 300; now += 15)
      wanted = keda.next({ ...view, now, ready: 0, arrived: now < 150 ? 0 : (now - 150) * 0.9, wanted });
    // 0.9 jobs a second of 10 s each, at nine tenths of the time.
    expect(wanted).toBe(10);
  });
});

describe('a fixed number of Pods', () => {
  it('is the fewest with which no job is late', () => {
    const fewest = fewestFixed(morning, OPTIONS);
    const late = (pods: number) =>
      runQueue(morning, fixedPolicy(pods), { ...OPTIONS, initial: pods }).violatedMinutes.length;
    expect(late(fewest)).toBe(0);
    expect(late(fewest - 1)).toBeGreaterThan(0);
  });
});

describe('the operator', () => {
  it('is shown queues every second, leads/minute every quarter of a minute and leads/day every five minutes', () => {
    const policy = productPolicy({ spec: spec(), queue: 'default', workload: workload([]) });
    expect(policy.interval).toBe(1);
    expect(policy.tier).toBeUndefined();
  });

  it('stands on a tier, and goes to another one with the load', () => {
    const long = workloadOf(trace(2), { seed: 1, serviceSeconds: SERVICE_SECONDS });
    const hurried = spec({ promote: { sustainedFor: '1h' } }, RARE_LOOKS);
    const policy = productPolicy({ spec: hurried, queue: 'default', workload: long });
    runQueue(long, policy, OPTIONS);
    expect(policy.tier).toBe('separated');
    expect(policy.tierChanges).toBe(2);
  });

  it('begins on the tier where the days before the trace belong, and forgets them as it goes on', () => {
    const policy = productPolicy({
      spec: spec({ demote: { lookback: '10h', wait: '1h' } }, RARE_LOOKS),
      queue: 'default',
      workload: workload([]),
      leadsBefore: 12_000,
    });
    const on: (string | undefined)[] = [];
    const watch = ({ now }: { now: number }) => {
      if (now % 3_600 === 0) on.push(policy.tier);
    };
    runQueue(workload([], 2 * 86_400), policy, { ...OPTIONS, watch });
    // A load that has fallen to nothing at all is not believed: it stays a tier above the lowest.
    expect([on[0], on[1], on.at(-1)]).toEqual(['separated', 'separated', 'cached']);
  });

  it('does not simulate a queue that the spec does not have', () => {
    expect(() => productPolicy({ spec: spec(), queue: 'mail', workload: morning })).toThrow('no queue mail');
  });
});

describe('every policy', () => {
  it.each(POLICY_NAMES)('%s does the same at every run, and no job costs less than its work', (name) => {
    const outcome = compare(name, setting);
    expect(compare(name, setting)).toEqual(outcome);
    expect(outcome.podHours).toBeGreaterThan(morning.services.reduce((sum, each) => sum + each, 0) / 3_600);
  });

  it('has more hours than the oracle where no job is late', () => {
    const oracle = compare('oracle', setting).podHours;
    const others = POLICY_NAMES.map((name) => compare(name, setting)).filter(
      ({ policy, violatedMinutes }) => policy !== 'oracle' && violatedMinutes.length === 0,
    );
    expect(others.map(({ policy }) => policy)).toEqual(expect.arrayContaining(['leadplatform', 'static']));
    for (const { policy, podHours } of others) expect([policy, podHours > oracle]).toEqual([policy, true]);
  });
});
