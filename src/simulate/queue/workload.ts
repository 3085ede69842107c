/** The jobs of one queue, one by one: when each comes and how long it takes. Every policy gets the same ones. */
import type { Instant } from '../../model/reading.ts';
import { lognormal, poisson, uniform } from '../random.ts';
import type { Bucket } from '../traffic.ts';

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
  /** The part of the trace that counts. Default: from its first bucket to the end of its last. */
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

/**
 * Poisson arrivals: as many in each bucket as chance has it around the bucket's leads, each at any of its instants. A bucket
 * is as long as the first one, and no longer than until the next: where a trace has no line, nothing came.
 * @throws WorkloadError
 */
export function workloadOf(trace: readonly Bucket[], options: WorkloadOptions): Workload {
  const { seed, scale = 1, jobsPerLead = 1, serviceSeconds, serviceVariation = 1 } = options;
  const [chance, lengths] = [uniform(seed), uniform(seed + 1)];
  const length = (trace[1]?.at ?? (trace[0]?.at ?? 0) + 60_000) - (trace[0]?.at ?? 0);
  const { from = trace[0]?.at ?? 0, until = (trace.at(-1)?.at ?? 0) + length } = options;
  if (until - from > MOST_DAYS * DAY_MS)
    throw new WorkloadError(
      `spans ${Math.round((until - from) / DAY_MS)} days, and at most ${MOST_DAYS} are simulated`,
    );
  const buckets = trace.filter(({ at }) => at >= from && at < until);
  const expected = buckets.reduce((sum, { leads }) => sum + leads, 0) * scale * jobsPerLead;
  if (expected > MOST_JOBS)
    throw new WorkloadError(
      `has ${Math.round(expected).toLocaleString('en')} jobs, and at most ${MOST_JOBS.toLocaleString('en')} are simulated`,
    );
  const arrivals: number[] = [];
  for (const [index, { at, leads }] of buckets.entries()) {
    const ms = Math.min(length, (buckets[index + 1]?.at ?? until) - at);
    const jobs = poisson(leads * scale * jobsPerLead, chance);
    const start = (at - from) / 1_000;
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
