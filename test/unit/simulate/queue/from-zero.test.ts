import { describe, expect, it } from 'vitest';
import { compare, type CompareOptions, type PolicyName } from '../../../../src/simulate/queue/compare.ts';
import { kedaPolicy, type KedaSettings } from '../../../../src/simulate/queue/keda.ts';
import { runQueue } from '../../../../src/simulate/queue/run.ts';
import { spec, workload } from './by-hand.ts';

/** Ten minutes of jobs, fifty of nothing, and one more. */
const burst = workload(
  [...Array.from({ length: 600 }, (_, second) => [second, 5] as const), [3_600, 5] as const],
  4_200,
);
const OPTIONS: CompareOptions = {
  ...{ objectiveSeconds: 60, podStartSeconds: 20, serviceSeconds: 5, max: 1_000 },
  spec: spec(5),
  queue: 'default',
  workload: burst,
};
const KEDA: KedaSettings = {
  ...{ trigger: 'list', jobsPerPod: 5, rateSeconds: 120, utilisation: 0.9 },
  ...{ backlogSeconds: 30, serviceSeconds: 5, stabilisation: 60, min: 0, max: 100 },
};

describe('where there may be no Pod at all', () => {
  it.each<PolicyName>(['leadplatform', 'keda', 'oracle'])('%s has fewer Pod-hours', (name) => {
    const { podHours, fromZero } = compare(name, OPTIONS);
    expect(fromZero?.podHours).toBeLessThan(podHours - 0.4);
  });

  it.each<PolicyName>(['hpa', 'static'])('%s is not: there is no such thing', (name) => {
    expect(compare(name, OPTIONS).fromZero).toBeNull();
  });

  it('KEDA goes to none after a cooldown of five minutes, and to one within a poll of 30 s', () => {
    const sizes: (readonly [number, number])[] = [];
    const { maxPickupSeconds } = runQueue(burst, kedaPolicy(KEDA), {
      ...OPTIONS,
      watch: ({ now, wanted }) => {
        if (wanted !== sizes.at(-1)?.[1]) sizes.push([now, wanted]);
      },
    });
    const [none] = sizes.filter(([, pods]) => pods === 0);
    expect(none?.[0]).toBeGreaterThanOrEqual(600 + 300);
    expect(none?.[0]).toBeLessThanOrEqual(600 + 300 + 60);
    expect(sizes.find(([at, pods]) => at >= 3_600 && pods > 0)).toEqual([3_600, 1]);
    expect(maxPickupSeconds).toBeGreaterThanOrEqual(20);
  });

  it('KEDA stays at none, and does not go there, while a trigger cannot be read', () => {
    const view = { ready: 0, inFlight: 0, oldestAgeSeconds: 0, firstForSeconds: 0, arrived: 0, readyPods: 0 };
    const keda = kedaPolicy(KEDA);
    for (let now = 0; now <= 900; now += 15)
      expect(keda.next({ ...view, now, wanted: 1, silent: ['queues'] })).toBe(1);
    expect(keda.next({ ...view, now: 930, wanted: 1, silent: [] })).toBe(0);
    expect(keda.next({ ...view, now: 960, wanted: 0, ready: 9, silent: ['queues'] })).toBe(0);
  });
});

describe('the components beside the queue', () => {
  it('are told of the operator, each with its hours', () => {
    const { components } = compare('leadplatform', OPTIONS);
    expect(components.map(({ component }) => component)).toEqual(['ingest', 'sync']);
    for (const { podHours, maxReplicas } of components) {
      expect(podHours).toBeGreaterThanOrEqual(4_200 / 3_600);
      expect(maxReplicas).toBeGreaterThanOrEqual(1);
    }
    expect(compare('keda', OPTIONS).components).toEqual([]);
  });
});
