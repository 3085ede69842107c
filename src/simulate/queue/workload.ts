/** The jobs of one queue, one by one: when each comes and how long it takes. Every policy gets the same ones. */
import type { Instant } from '../../model/reading.ts';
import { lognormal, poisson, uniform } from '../random.ts';
import type { Bucket, Trace } from '../trace.ts';

export interface WorkloadOptions {
  readonly seed: number;
  /** Leads of the trace are taken this many times. Default: 1. */
  readonly scale?: number;
  /** Jobs that one lead makes in the queue, on the average. Default: 1. */
  readonly jobsPerLead?: number;
  /** Seconds that a job takes, on the average. */
  readonly serviceSeconds: number;
  /** Standard deviation of that over its mean. 0: all alike. Default: 1. */
  readonly serviceVariation?: number;
  /**
   * The part of the trace that counts; of a bucket that lies in it with a part, that part of its leads. Default: from its first
   * bucket to the end of its last.
   */
  readonly from?: Instant | undefined;
  readonly until?: Instant | undefined;
}

export interface Workload {
  /** The instant of second 0. */
  readonly from: Instant;
  /** How long the trace is. */
  readonly seconds: number;
  readonly jobsPerLead: number;
  /** Seconds after `from` at which each job comes, in their order. */
  readonly arrivals: Float64Array;
  /** Seconds that each job takes. */
  readonly services: Float64Array;
}

/** Some hundred bytes of memory for each would be more than a machine has. */
const MOST_JOBS = 20_000_000;
const MOST_DAYS = 1_100;
const DAY_MS = 86_400_000;

/** A workload that is too large to be simulated, or none. The message says by how much, as the end of a sentence. */
export class WorkloadError extends Error {
  override readonly name = 'WorkloadError';
}

/** What a lead that came at an instant makes the end of a trace of: a second later. */
const AFTER_LAST_MS = 1_000;

/**
 * Poisson arrivals: as many in each bucket as chance has it around the bucket's leads, each at any of its instants. Leads whose
 * instants are known come at these; chance has a part there only where one makes more or fewer jobs than one.
 * @throws WorkloadError
 */
export function workloadOf(trace: Trace, options: WorkloadOptions): Workload {
  const { seed, scale = 1, jobsPerLead = 1, serviceSeconds, serviceVariation = 1 } = options;
  const [chance, lengths] = [uniform(seed), uniform(seed + 1)];
  const { buckets, bucketMs } = trace;
  const { from = buckets[0]?.at ?? 0, until = (buckets.at(-1)?.at ?? 0) + (bucketMs || AFTER_LAST_MS) } =
    options;
  if (until - from > MOST_DAYS * DAY_MS)
    throw new WorkloadError(
      `spans ${Math.round((until - from) / DAY_MS)} days, and at most ${MOST_DAYS} are simulated`,
    );
  const parts = partsOf(trace, from, until);
  const perLead = scale * jobsPerLead;
  const expected = parts.reduce((sum, { leads }) => sum + leads, 0) * perLead;
  if (expected > MOST_JOBS)
    throw new WorkloadError(
      `has ${Math.round(expected).toLocaleString('en')} jobs, and at most ${MOST_JOBS.toLocaleString('en')} are simulated`,
    );
  const arrivals: number[] = [];
  for (const { at, leads, ms } of parts) {
    const start = (at - from) / 1_000;
    if (ms === 0) {
      for (let jobs = wholeOf(leads * perLead, chance); jobs > 0; jobs -= 1) arrivals.push(start);
      continue;
    }
    const jobs = poisson(leads * perLead, chance);
    const within = Float64Array.from({ length: jobs }, () => start + (chance() * ms) / 1_000).toSorted();
    for (const second of within) arrivals.push(second);
  }
  if (arrivals.length === 0) throw new WorkloadError('has no job');
  return {
    from,
    seconds: (until - from) / 1_000,
    jobsPerLead,
    arrivals: Float64Array.from(arrivals),
    services: Float64Array.from(arrivals, () => lognormal(serviceSeconds, serviceVariation, lengths)),
  };
}

interface Part extends Bucket {
  /** How long it is, in milliseconds. */
  readonly ms: number;
}

/** What of each bucket lies between two instants. */
function partsOf({ buckets, bucketMs }: Trace, from: Instant, until: Instant): readonly Part[] {
  return buckets.flatMap(({ at, leads }) => {
    if (bucketMs === 0) return at >= from && at < until ? [{ at, leads, ms: 0 }] : [];
    const [begin, end] = [Math.max(at, from), Math.min(at + bucketMs, until)];
    return end > begin ? [{ at: begin, leads: (leads * (end - begin)) / bucketMs, ms: end - begin }] : [];
  });
}

/** A whole number that is `value` on the average. */
function wholeOf(value: number, chance: () => number): number {
  const whole = Math.floor(value);
  return whole === value ? whole : whole + (chance() < value - whole ? 1 : 0);
}

/** Leads of a trace between two instants. */
export function leadsIn(trace: Trace, from: Instant, until: Instant): number {
  return partsOf(trace, from, until).reduce((sum, { leads }) => sum + leads, 0);
}
