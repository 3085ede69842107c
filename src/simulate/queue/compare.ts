/** Several policies on the same jobs. */
import type { LeadPlatformSpec } from '../../api/schema/leadplatform.ts';
import { fewestFixed, fixedPolicy } from './fixed.ts';
import { hpaPolicy } from './hpa.ts';
import { kedaPolicy } from './keda.ts';
import type { ComponentSize } from './component-sizes.ts';
import type { Faults } from './faults.ts';
import { withoutFloor } from './bounds.ts';
import { oracleOf } from './oracle.ts';
import type { Policy } from './policy.ts';
import { productPolicy, type Limited } from './product.ts';
import { runQueue, type Outcome, type RunMoment } from './run.ts';
import type { Workload } from './workload.ts';

export const POLICY_NAMES = ['leadplatform', 'keda', 'hpa', 'static', 'oracle'] as const;
export type PolicyName = (typeof POLICY_NAMES)[number];

export interface CompareOptions {
  readonly spec: LeadPlatformSpec;
  readonly queue: string;
  /** With its faults of jobs; the others are met by every policy but the oracle. */
  readonly workload: Workload;
  readonly faults?: Faults | undefined;
  readonly objectiveSeconds: number;
  readonly podStartSeconds: number;
  readonly serviceSeconds: number;
  /** The most Pods of the policies that know no ladder; they have one at least. */
  readonly max: number;
}

/** What came of one policy; null where there is no such thing for it. */
export interface Compared extends Partial<Outcome> {
  readonly policy: PolicyName;
  readonly settings: Policy['settings'];
  readonly violatedMinutes: readonly number[];
  readonly podHours: number;
  readonly podStarts: number;
  readonly unservedJobs: number;
  readonly tierChanges: number | null;
  /** The same policy where there may be no Pod at all; null for those that always have one. */
  readonly fromZero: Pick<Outcome, 'podHours' | 'violatedMinutes'> | null;
  /** What the operator made of the components that do not serve the queue. */
  readonly components: readonly ComponentSize[];
  /** Of the operator: where it began, and what kept it from more. */
  readonly operator?: {
    readonly firstTier: string;
    /** Of each day before the trace, as it was told. */
    readonly leadsBefore: number;
    readonly limited: Limited | undefined;
  };
}

/** Called at every look of every policy but the oracle, which has none; `tier` is the operator's. */
export type Watch = (moment: RunMoment, tier: string | undefined) => void;

/** As somebody sets it up who has read about queues; bench/core/settings.ts tries many others. */
const KEDA = {
  trigger: 'rate-and-backlog',
  jobsPerPod: 5,
  rateSeconds: 120,
  utilisation: 0.9,
  backlogSeconds: 30,
  stabilisation: 300,
} as const;
const HPA = { utilisation: 0.7, stabilisation: 300 };

/** @param watch Not called of the run without a floor. */
export function compare(name: PolicyName, options: CompareOptions, watch?: Watch): Compared {
  const { workload, serviceSeconds, max } = options;
  const run = (policy: Policy, initial = 1) =>
    runQueue(workload, policy, {
      ...options,
      initial,
      ...(watch && { watch: (moment) => watch(moment, undefined) }),
    });
  const none = { policy: name, tierChanges: null, fromZero: null, components: [] };
  switch (name) {
    case 'leadplatform':
      return { ...none, ...operator(options, watch) };
    case 'keda': {
      const keda = (min: number) => kedaPolicy({ ...KEDA, serviceSeconds, min, max });
      const policy = keda(1);
      const fromZero = runQueue(workload, keda(0), options);
      return { ...none, settings: policy.settings, ...run(policy), fromZero };
    }
    case 'hpa': {
      const policy = hpaPolicy({ ...HPA, min: 1, max });
      return { ...none, settings: policy.settings, ...run(policy) };
    }
    case 'static': {
      const pods = fewestFixed(workload, options);
      const policy = fixedPolicy(pods);
      return { ...none, settings: policy.settings, ...run(policy, pods) };
    }
    case 'oracle': {
      const { podHoursFromZero, ...outcome } = oracleOf(workload, options);
      const fromZero = { podHours: podHoursFromZero, violatedMinutes: [] };
      return { ...none, settings: {}, violatedMinutes: [], unservedJobs: 0, ...outcome, fromZero };
    }
  }
}

function operator(options: CompareOptions, watch?: Watch) {
  const { workload, spec, queue } = options;
  const leadsBefore = leadsOfFirstDay(workload);
  const policy = productPolicy({ spec, queue, workload, leadsBefore });
  let firstTier: string | undefined;
  const outcome = runQueue(workload, policy, {
    ...options,
    watch: (moment) => {
      firstTier ??= policy.tier;
      watch?.(moment, policy.tier);
    },
  });
  const fromZero = productPolicy({ spec: withoutFloor(spec), queue, workload, leadsBefore });
  return {
    ...outcome,
    settings: policy.settings,
    tierChanges: policy.tierChanges,
    fromZero: runQueue(workload, fromZero, options),
    components: policy.componentsUntil(workload.seconds),
    operator: { firstTier: firstTier ?? '', leadsBefore, limited: policy.limited },
  };
}

const DAY = 86_400;

/**
 * The days before a trace are taken to be like its first one: an operator that is installed under such a load reads the past
 * out of the database, and begins on the tier that it belongs on.
 */
function leadsOfFirstDay({ arrivals, seconds, jobsPerLead }: Workload): number {
  const span = Math.min(DAY, seconds);
  const jobs = arrivals.findIndex((at) => at >= span);
  return Math.round((((jobs < 0 ? arrivals.length : jobs) / jobsPerLead) * DAY) / span);
}
