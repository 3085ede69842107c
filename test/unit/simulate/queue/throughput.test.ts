import { describe, expect, it } from 'vitest';
import { fixedPolicy, fewestFixed } from '../../../../src/simulate/queue/fixed.ts';
import { Faults, type Fault } from '../../../../src/simulate/queue/faults.ts';
import { runQueue } from '../../../../src/simulate/queue/run.ts';
import { workload } from './by-hand.ts';

const OPTIONS = { objectiveSeconds: 60, podStartSeconds: 20 };
const capped = (from: number, until: number, jobsPerMinute: number): Fault => ({
  ...{ kind: 'throughput', from, until, jobsPerMinute },
});

/** When each job of ten seconds is picked up by so many Pods. */
function pickups(jobs: number, pods: number, ...faults: readonly Fault[]) {
  const all = workload(
    Array.from({ length: jobs }, () => [0, 10] as const),
    600,
  );
  const { maxPickupSeconds, p50PickupSeconds } = runQueue(all, fixedPolicy(pods), {
    ...OPTIONS,
    faults: new Faults(faults),
    initial: pods,
  });
  return { maxPickupSeconds, p50PickupSeconds };
}

describe('a fault of throughput', () => {
  it.each([
    { name: 'more than the Pods do', jobs: 3, pods: 2, perMinute: 12, last: 10 },
    { name: 'half of what the Pods do', jobs: 3, pods: 2, perMinute: 6, last: 20 },
    { name: 'the same for four times as many Pods', jobs: 9, pods: 8, perMinute: 6, last: 80 },
    { name: 'a tenth of what one does', jobs: 2, pods: 1, perMinute: 0.6, last: 100 },
  ])('lets all Pods together finish no more than so many: $name', ({ jobs, pods, perMinute, last }) => {
    expect(pickups(jobs, pods, capped(0, 600, perMinute)).maxPickupSeconds).toBeCloseTo(last, 6);
  });

  it('lets them hold their jobs and finish none, where it is 0, and go on afterwards', () => {
    expect(pickups(2, 1, capped(4, 304, 0)).maxPickupSeconds).toBeCloseTo(310, 6);
  });

  it('counts the lowest where there are two at a time', () => {
    expect(pickups(2, 1, capped(0, 100, 3), capped(0, 5, 0)).maxPickupSeconds).toBeCloseTo(25, 6);
  });

  it('slows those that are no longer wanted, too', () => {
    const jobs = workload([[0, 10]], 600);
    const policy = { ...fixedPolicy(0), next: ({ now }: { readonly now: number }) => (now < 60 ? 1 : 0) };
    const { podHours } = runQueue(jobs, policy, {
      ...OPTIONS,
      faults: new Faults([capped(0, 600, 3)]),
      initial: 1,
    });
    const kept = runQueue(jobs, policy, { ...OPTIONS, faults: new Faults([capped(0, 600, 0)]), initial: 1 });
    expect([podHours, kept.podHours].map((hours) => Math.round(hours * 3_600))).toEqual([60, 600]);
  });

  it('changes nothing to the bit where it never holds', () => {
    const jobs = workload(
      Array.from({ length: 500 }, (_, job) => [job * 1.1, 3 + (job % 7) / 3] as const),
      600,
    );
    const run = (faults: readonly Fault[]) =>
      runQueue(jobs, fixedPolicy(4), { ...OPTIONS, initial: 4, faults: new Faults(faults) });
    expect(run([capped(100, 300, 1e6)])).toEqual(run([]));
  });

  it('lets a fixed number be the fewest with which no more jobs are late than with very many', () => {
    const jobs = workload(
      Array.from({ length: 300 }, (_, job) => [job * 2, 10] as const),
      600,
    );
    const faults = new Faults([capped(100, 300, 0)]);
    const late = (pods: number) =>
      runQueue(jobs, fixedPolicy(pods), { ...OPTIONS, faults, initial: pods }).violatedMinutes.length;
    const fewest = fewestFixed(jobs, { ...OPTIONS, faults });
    expect(late(fewest)).toBe(late(1_000));
    expect(late(fewest - 1)).toBeGreaterThan(late(fewest));
  });
});
