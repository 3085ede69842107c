/** Several policies on the same jobs. */
import type { LeadPlatformSpec } from '../../api/schema/leadplatform.ts';
import { fewestFixed, fixedPolicy } from './fixed.ts';
import { hpaPolicy } from './hpa.ts';
import { kedaPolicy } from './keda.ts';
import { oracleOf } from './oracle.ts';
import type { Policy } from './policy.ts';
import { productPolicy } from './product.ts';
import { runQueue, type Outcome, type RunMoment } from './run.ts';
import type { Workload } from './workload.ts';

export const POLICY_NAMES = ['leadplatform', 'keda', 'hpa', 'static', 'oracle'] as const;
export type PolicyName = (typeof POLICY_NAMES)[number];

export interface CompareOptions {
  readonly spec: LeadPlatformSpec;
  readonly queue: string;
  readonly workload: Workload;
  readonly objectiveSeconds: number;
  readonly podStartSeconds: number;
  readonly serviceSeconds: number;
  /** Bounds of the policies that know no ladder. */
  readonly min: number;
  readonly max: number;
}

/** What came of one policy; null where there is no such thing for it. */
export interface Compared extends Partial<Outcome> {
  readonly policy: PolicyName;
  readonly settings: Policy['settings'];
  readonly violatedMinutes: readonly number[];
  readonly podHours: number;
  readonly podStarts: number;
  readonly tierChanges: number | null;
  /** The same without a floor of one Pod, for the oracle. */
  readonly podHoursFromZero: number | null;
}

/** As somebody sets it up who has read about queues; bench/core-sweep.ts tries many others. */
const KEDA = {
  trigger: 'rate-and-backlog',
  jobsPerPod: 5,
  rateSeconds: 120,
  utilisation: 0.9,
  backlogSeconds: 30,
  stabilisation: 300,
} as const;
const HPA = { utilisation: 0.7, stabilisation: 300 };

/** @param watch Called at every look of every policy but the oracle, which has none. */
export function compare(
  name: PolicyName,
  options: CompareOptions,
  watch?: (moment: RunMoment, tier: string | undefined) => void,
): Compared {
  const { workload, spec, queue, serviceSeconds, min, max } = options;
  const run = (policy: Policy, tierOf: () => string | undefined = () => undefined, initial = 1) =>
    runQueue(workload, policy, {
      ...options,
      initial,
      ...(watch && { watch: (moment) => watch(moment, tierOf()) }),
    });
  const none = { policy: name, tierChanges: null, podHoursFromZero: null };
  switch (name) {
    case 'leadplatform': {
      const policy = productPolicy({ spec, queue, workload, leadsBefore: leadsOfFirstDay(workload) });
      const outcome = run(policy, () => policy.tier);
      return { ...none, settings: policy.settings, ...outcome, tierChanges: policy.tierChanges };
    }
    case 'keda': {
      const policy = kedaPolicy({ ...KEDA, serviceSeconds, min, max });
      return { ...none, settings: policy.settings, ...run(policy) };
    }
    case 'hpa': {
      const policy = hpaPolicy({ ...HPA, min, max });
      return { ...none, settings: policy.settings, ...run(policy) };
    }
    case 'static': {
      const pods = fewestFixed(workload, options);
      const policy = fixedPolicy(pods);
      return { ...none, settings: policy.settings, ...run(policy, undefined, pods) };
    }
    case 'oracle':
      return { ...none, settings: {}, violatedMinutes: [], ...oracleOf(workload, options) };
  }
}

const DAY = 86_400;

/**
 * The days before a trace are taken to be like its first one: an operator that is installed under such a load reads the past
 * out of the database, and begins on the rung that it belongs on.
 */
function leadsOfFirstDay({ arrivals, seconds, jobsPerLead }: Workload): number {
  const span = Math.min(DAY, seconds);
  const jobs = arrivals.findIndex((at) => at >= span);
  return Math.round((((jobs < 0 ? arrivals.length : jobs) / jobsPerLead) * DAY) / span);
}
