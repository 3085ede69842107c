/** Workloads and policies that can be followed on paper. */
import { admit } from '../../../../src/api/admit.ts';
import type { LeadPlatformSpec } from '../../../../src/api/schema/leadplatform.ts';
import type { Policy } from '../../../../src/simulate/queue/policy.ts';
import type { View } from '../../../../src/simulate/queue/view.ts';
import type { Workload } from '../../../../src/simulate/queue/workload.ts';
import { MONDAY } from '../../decide/given.ts';

/** Jobs as `[second at which it comes, seconds that it takes]`. */
export function workload(jobs: readonly (readonly [number, number])[], seconds = 600): Workload {
  return {
    from: MONDAY,
    seconds,
    jobsPerLead: 1,
    arrivals: Float64Array.from(jobs, ([arrival]) => arrival),
    services: Float64Array.from(jobs, ([, service]) => service),
  };
}

/**
 * Every tier with 1 to 1,000 replicas, separate workers from the first on, and one queue of jobs that take so long.
 * @param interval Between two looks at the queue
 */
export function spec(serviceSeconds: number, longestJob = '2m', interval = '1s'): LeadPlatformSpec {
  const queue = { name: 'default', capacity: { jobsPerMinute: 60 / serviceSeconds }, longestJob };
  const admission = admit({
    image: 'registry.example/brain:1',
    components: { queues: [queue] },
    signals: { queueDepth: { redis: { interval } } },
    tiers: [{ name: 'only', fromLeadsPerDay: 0, capabilities: ['separate-queue-workers'] }],
  });
  if (!admission.ok) throw new Error('the spec is not admitted');
  return admission.spec;
}

/** Wants so many Pods from each second on; keeps what it was shown. */
export function steps(wanted: Readonly<Record<number, number>>, interval = 1) {
  const views: View[] = [];
  const policy: Policy = {
    name: 'steps',
    settings: {},
    interval,
    next: (view) => {
      views.push(view);
      return wanted[view.now] ?? view.wanted;
    },
  };
  return { policy, views };
}
