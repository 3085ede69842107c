/** What has to be known to read the figures of `simulate`: what was taken for granted, and which of them do not compare. */
import type { LeadPlatformSpec } from '../../api/schema/leadplatform.ts';
import type { Compared } from '../../simulate/queue/compare.ts';
import type { Workload } from '../../simulate/queue/workload.ts';
import type { Trace } from '../../simulate/trace.ts';
import { count, instant, plural } from '../../text/words.ts';
import type { SimulateOptions } from './options.ts';

const HOUR_SECONDS = 3_600;

interface Simulated {
  /** As it is in the manifest. */
  readonly spec: LeadPlatformSpec;
  readonly options: SimulateOptions;
  readonly trace: Trace;
  readonly workload: Workload;
  readonly outcomes: readonly Compared[];
}

export function notesOn(simulated: Simulated): readonly string[] {
  return [...aboutTime(simulated), ...aboutOperator(simulated), ...aboutWork(simulated)];
}

/** Time that the trace says nothing of counts as time without leads. */
function aboutTime({ options, trace: { buckets, bucketMs } }: Simulated): readonly string[] {
  const { from, until, trace } = options;
  const [begin, end] = [buckets[0]?.at ?? 0, (buckets.at(-1)?.at ?? 0) + bucketMs];
  const notes: string[] = [];
  if (from !== undefined && from < begin)
    notes.push(`${trace} begins at ${instant(begin)}: nothing comes between --from and that.`);
  if (until !== undefined && until > end)
    notes.push(`${trace} ends at ${instant(end)}: nothing comes between that and --to.`);
  return notes;
}

function aboutOperator({ spec, options, workload, outcomes }: Simulated): readonly string[] {
  const operator = outcomes.find((outcome) => outcome.operator !== undefined)?.operator;
  if (operator === undefined) return [];
  const { firstTier, leadsBefore, limited } = operator;
  const hours = workload.seconds / HOUR_SECONDS;
  const like = hours < 24 ? `its ${plural(hours, 'hour')} taken for a whole day` : 'its first day';
  const notes = [
    `leadplatform begins on the tier ${firstTier}: days before the trace are taken to be like ${like}, ${count(leadsBefore)} leads.`,
  ];
  if (spec.mode !== 'Auto')
    notes.push(`spec.mode is ${spec.mode}, with which nothing is scaled: it is simulated as Auto.`);
  if (limited !== undefined)
    notes.push(
      `leadplatform was kept from the size that it asked for during ${plural(Math.ceil(limited.seconds / 60), 'minute')}, last as ${limited.why}.${options.liftBounds ? '' : ' --lift-bounds simulates it without bounds.'}`,
    );
  return notes;
}

/** Whoever leaves jobs undone needs fewer Pods. */
function aboutWork({ workload, outcomes }: Simulated): readonly string[] {
  return outcomes
    .filter(({ unservedJobs }) => unservedJobs > 0)
    .map(
      ({ policy, unservedJobs }) =>
        `With ${policy}, ${count(unservedJobs)} of ${plural(workload.arrivals.length, 'job')} were late and still waited when the trace ended: its Pod-hours are those of less work.`,
    );
}
