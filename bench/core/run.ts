/** One run of the core bench, as data, and what comes of it. */
import { admit } from '../../src/api/admit.ts';
import type { LeadPlatformSpec } from '../../src/api/schema/leadplatform.ts';
import { withoutFloor } from '../../src/simulate/queue/bounds.ts';
import { Faults, type Fault } from '../../src/simulate/queue/faults.ts';
import { oracleOf } from '../../src/simulate/queue/oracle.ts';
import type { Policy } from '../../src/simulate/queue/policy.ts';
import { productPolicy } from '../../src/simulate/queue/product.ts';
import { runQueue } from '../../src/simulate/queue/run.ts';
import type { Workload } from '../../src/simulate/queue/workload.ts';
import type { Case } from './cases.ts';
import type { Point } from './points.ts';
import type { Reference } from './reference.ts';
import { HPA_SETTINGS, KEDA_SETTINGS } from './settings.ts';

/** Who decides, and whether there may be no Pod at all. */
export type Decider =
  | { readonly who: 'operator'; readonly min: 0 | 1; readonly toldSeconds?: number | 'default' }
  | { readonly who: 'keda' | 'hpa'; readonly setting: string; readonly min: 0 | 1 }
  | { readonly who: 'reference' }
  | { readonly who: 'oracle'; readonly min: 0 | 1 };

export interface Run {
  readonly of: Case;
  readonly seed: number;
  readonly by: Decider;
  readonly faults?: readonly Fault[];
  /** Only these seconds count, of Pod-hours those that were wanted. Default: all of them. */
  readonly window?: { readonly from: number; readonly until: number };
}

const QUEUE = 'default';

export function pointOf(run: Run, workload: Workload, reference: Reference | undefined): Point {
  const { of: one, by } = run;
  const minutes = workload.seconds / 60;
  if (by.who === 'oracle') {
    const { podHours, podHoursFromZero, podStarts } = oracleOf(workload, one);
    const hours = by.min === 0 ? podHoursFromZero : podHours;
    return { podHours: hours, violatedMinutes: 0, minutes, scaleEvents: 0, podStarts, maxPickupSeconds: 0 };
  }
  const { window, faults = [] } = run;
  const policy = policyFor(by, one, workload, reference);
  let windowSeconds = 0;
  const outcome = runQueue(workload, policy, {
    ...one,
    faults: new Faults(faults),
    watch: ({ now, wanted }) => {
      if (window !== undefined && now >= window.from && now < window.until)
        windowSeconds += wanted * policy.interval;
    },
  });
  const { violatedMinutes, scaleEvents, podStarts, maxPickupSeconds } = outcome;
  const counted =
    window === undefined
      ? violatedMinutes
      : violatedMinutes.filter((minute) => minute * 60 >= window.from && minute * 60 < window.until);
  return {
    podHours: window === undefined ? outcome.podHours : windowSeconds / 3_600,
    violatedMinutes: counted.length,
    minutes: window === undefined ? minutes : (window.until - window.from) / 60,
    scaleEvents,
    podStarts,
    maxPickupSeconds,
  };
}

function policyFor(
  by: Exclude<Decider, { who: 'oracle' }>,
  one: Case,
  workload: Workload,
  reference: Reference | undefined,
): Policy {
  switch (by.who) {
    case 'operator': {
      const spec = specFor(one, by.toldSeconds ?? one.serviceSeconds);
      return productPolicy({ spec: by.min === 0 ? withoutFloor(spec) : spec, queue: QUEUE, workload });
    }
    case 'keda':
    case 'hpa': {
      const settings = by.who === 'keda' ? KEDA_SETTINGS : HPA_SETTINGS;
      const setting = settings.find(({ name }) => name === by.setting);
      if (setting === undefined) throw new Error(`there is no setting ${by.setting} of ${by.who}`);
      return setting.policy(one.serviceSeconds, by.min);
    }
    case 'reference': {
      if (reference === undefined) throw new Error('no folder of a reference was named');
      return reference(one);
    }
  }
}

/**
 * One tier with 1 to 1,000 workers of one queue: what is measured is the size, not the ladder.
 * @param toldSeconds What the spec says that a job takes
 */
function specFor(one: Case, toldSeconds: number | 'default'): LeadPlatformSpec {
  const capacity = toldSeconds === 'default' ? {} : { capacity: { jobsPerMinute: 60 / toldSeconds } };
  const admission = admit({
    image: 'registry.example/brain:1.4.0',
    components: { queues: [{ name: QUEUE, ...capacity, pickupTime: `${one.objectiveSeconds}s` }] },
    tiers: [{ name: 'only', fromLeadsPerDay: 0, capabilities: ['separate-queue-workers'] }],
  });
  if (!admission.ok) throw new Error('the spec of the bench is not admitted');
  return admission.spec;
}
