/** The workload, and what each policy made of it: what `simulate -o json` prints, and a picture. The names are part of the interface. */
import type { LeadPlatformSpec } from '../../api/schema/leadplatform.ts';
import { workerComponents, type WorkerComponent } from '../../api/components.ts';
import { unknownWord } from '../../api/did-you-mean.ts';
import {
  compare,
  type Compared,
  type CompareOptions,
  type PolicyName,
} from '../../simulate/queue/compare.ts';
import type { ComponentSize } from '../../simulate/queue/component-sizes.ts';
import { Faults } from '../../simulate/queue/faults.ts';
import { liftBounds } from '../../simulate/queue/bounds.ts';
import { loadOf, Series } from '../../simulate/queue/series.ts';
import { leadsIn, WorkloadError, workloadOf, type Workload } from '../../simulate/queue/workload.ts';
import type { Trace } from '../../simulate/trace.ts';
import { UsageError } from '../errors.ts';
import { faultsOfTrace } from './faults.ts';
import type { SimulateOptions } from './options.ts';
import { notesOn } from './notes.ts';
import type { Picture } from './picture.ts';

export interface PolicyReport {
  readonly policy: PolicyName;
  readonly settings: Compared['settings'];
  readonly violatedMinutes: number;
  readonly podHours: number;
  /** Where there may be no Pod at all; null for a policy that always has one. */
  readonly podHoursFromZero: number | null;
  readonly violatedMinutesFromZero: number | null;
  /** Null without prices. */
  readonly costUsd: null;
  readonly scaleEvents: number | null;
  readonly podStarts: number;
  readonly tierChanges: number | null;
  readonly p50PickupSeconds: number | null;
  readonly p95PickupSeconds: number | null;
  readonly p99PickupSeconds: number | null;
  readonly maxPickupSeconds: number | null;
  readonly maxQueueDepth: number | null;
  /** Jobs that were late and still waited when the trace ended. */
  readonly unservedJobs: number;
}

export interface SimulateReport {
  readonly trace: string;
  readonly workload: Readonly<Record<string, number | string | boolean | readonly string[]>>;
  readonly policies: readonly PolicyReport[];
  /** What the operator made of the components that do not serve the queue, where it is one of the policies. */
  readonly components: readonly ComponentSize[];
  /** What has to be known to read the figures, as sentences. */
  readonly notes: readonly string[];
}

const ROUNDED = 1_000;
const rounded = (value: number | undefined): number | null =>
  value === undefined ? null : Math.round(value * ROUNDED) / ROUNDED;

/** Of a picture: as many as a wide screen has, ten times over. */
const COLUMNS = 10_000;

/** @param progress Called now and then with the policy at work and its share that is done. */
export function simulateReport(
  ofManifest: LeadPlatformSpec,
  trace: Trace,
  options: SimulateOptions,
  progress: (policy: PolicyName, share: number) => void = () => undefined,
): { readonly report: SimulateReport; readonly picture: Picture } {
  const component = componentFor(ofManifest, options.queue);
  const serviceSeconds = options.serviceSeconds ?? 60 / component.settings.capacity.jobsPerMinute;
  const given = workloadFor(trace, options, serviceSeconds);
  const faults = new Faults(faultsOfTrace(options.faults, given.from, given.seconds));
  const workload = faults.slowed(given);
  const spec = options.liftBounds ? liftBounds(ofManifest) : ofManifest;
  const setting: CompareOptions = {
    spec,
    queue: component.queue,
    workload,
    faults,
    serviceSeconds,
    objectiveSeconds: component.settings.pickupTime / 1_000,
    podStartSeconds: options.podStartSeconds,
    max: 1_000,
  };
  const { seconds, arrivals, from } = workload;
  // No column is shorter than what the operator looks at.
  const columns = Math.max(1, Math.min(COLUMNS, Math.floor(seconds / 15)));
  const runs = options.policies.map((name) => {
    const series = new Series(seconds, columns);
    progress(name, 0);
    const outcome = compare(name, setting, (moment, tier) => {
      series.add(moment, tier);
      progress(name, moment.now / seconds);
    });
    return { name, series, outcome };
  });
  return {
    report: {
      trace: options.trace,
      workload: workloadReport(options, setting, workload, trace),
      policies: runs.map(({ outcome }) => policyReport(outcome)),
      components: runs.flatMap(({ outcome }) => outcome.components.map(componentReport)),
      notes: notesOn({
        spec: ofManifest,
        ...{ options, trace, workload },
        outcomes: runs.map(({ outcome }) => outcome),
      }),
    },
    picture: {
      title: `${options.trace}: the queue ${component.queue}`,
      from,
      seconds,
      load: loadOf(arrivals, seconds, columns),
      policies: runs.map(({ name, series, outcome }) => ({
        name,
        series,
        violatedMinutes: outcome.violatedMinutes,
      })),
    },
  };
}

function workloadFor(trace: Trace, options: SimulateOptions, serviceSeconds: number): Workload {
  try {
    return workloadOf(trace, { ...options, serviceSeconds });
  } catch (error) {
    if (!(error instanceof WorkloadError)) throw error;
    throw new UsageError(`${options.trace}${selectionOf(options)} ${error.message}`);
  }
}

/** What was asked for that makes another trace of it. */
function selectionOf({ from, until, scale, jobsPerLead }: SimulateOptions): string {
  const given = [
    from !== undefined && `--from ${new Date(from).toISOString()}`,
    until !== undefined && `--to ${new Date(until).toISOString()}`,
    scale !== 1 && `--scale ${scale}`,
    jobsPerLead !== 1 && `--jobs-per-lead ${jobsPerLead}`,
  ].filter((each) => each !== false);
  return given.length === 0 ? '' : ` with ${given.join(', ')}`;
}

function componentFor(spec: LeadPlatformSpec, queue: string | undefined): WorkerComponent {
  const components = workerComponents(spec);
  const first = spec.components.queues[0]?.name;
  const found = components.find((component) => component.queue === (queue ?? first ?? component.queue));
  if (found === undefined)
    throw new UsageError(
      `--queue: ${unknownWord(
        'queue',
        queue ?? '',
        components.map((component) => component.queue),
      )}`,
    );
  return found;
}

function workloadReport(
  {
    serviceVariation,
    podStartSeconds,
    jobsPerLead,
    scale,
    seed,
    liftBounds: isLifted,
    faults,
  }: SimulateOptions,
  { queue, objectiveSeconds, serviceSeconds }: CompareOptions,
  { from, seconds, arrivals, services }: Workload,
  trace: Trace,
): SimulateReport['workload'] {
  const work = services.reduce((sum, each) => sum + each, 0);
  return {
    queue,
    from: new Date(from).toISOString(),
    to: new Date(from + seconds * 1_000).toISOString(),
    leads: rounded(leadsIn(trace, from, from + seconds * 1_000)) ?? 0,
    bucketSeconds: trace.bucketMs / 1_000,
    jobs: arrivals.length,
    workHours: rounded(work / 3_600) ?? 0,
    objectiveSeconds,
    serviceSeconds,
    serviceCv: serviceVariation,
    podStartSeconds,
    jobsPerLead,
    scale,
    seed,
    liftBounds: isLifted,
    faults: faults.map(({ text }) => text),
  };
}

function policyReport(outcome: Compared): PolicyReport {
  return {
    policy: outcome.policy,
    settings: outcome.settings,
    violatedMinutes: outcome.violatedMinutes.length,
    podHours: rounded(outcome.podHours) ?? 0,
    podHoursFromZero: rounded(outcome.fromZero?.podHours),
    violatedMinutesFromZero: outcome.fromZero?.violatedMinutes.length ?? null,
    costUsd: null,
    scaleEvents: outcome.scaleEvents ?? null,
    podStarts: outcome.podStarts,
    tierChanges: outcome.tierChanges,
    p50PickupSeconds: rounded(outcome.p50PickupSeconds),
    p95PickupSeconds: rounded(outcome.p95PickupSeconds),
    p99PickupSeconds: rounded(outcome.p99PickupSeconds),
    maxPickupSeconds: rounded(outcome.maxPickupSeconds),
    maxQueueDepth: outcome.maxQueueDepth ?? null,
    unservedJobs: outcome.unservedJobs,
  };
}

function componentReport({ component, podHours, scaleEvents, maxReplicas }: ComponentSize): ComponentSize {
  return { component, podHours: rounded(podHours) ?? 0, scaleEvents, maxReplicas };
}
