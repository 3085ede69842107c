/**
 * How long the queue will be, and so how long a job will wait, at the moment at which a Pod that is asked for now can first help.
 * A fluid model with a band: the mean of what comes less what is finished, and so many standard deviations of it.
 */
import type { PodStarts } from '../../model/queue-history.ts';
import type { Instant } from '../../model/reading.ts';
import { readyIn } from './pod-starts.ts';

export interface Outlook {
  readonly now: Instant;
  /** Jobs that wait. */
  readonly waiting: number;
  /** Mean service time, in seconds. */
  readonly serviceSeconds: number;
  /** Jobs that are expected to come, a second. */
  readonly rate: number;
  /** Jobs on which the steady rate rests: the fewer, the less sure it is. */
  readonly rateJobs: number;
  /** Variance of the work that comes, over that of Poisson arrivals of equal jobs: 1 + cv² and what arrivals add. */
  readonly variance: number;
  readonly pods: PodStarts;
}

/** What spreads of the jobs that come within `seconds`: chance, and how well the rate is known. */
function deviation({ rate, variance, rateJobs }: Outlook, seconds: number): number {
  const jobs = rate * seconds;
  return Math.sqrt(jobs * variance + jobs ** 2 / Math.max(1, rateJobs));
}

/** Worker-seconds that the Pods of today give within `seconds`, those that are starting from when they are ready. */
function workUntil({ now, pods }: Outlook, seconds: number): number {
  let work = pods.ready * seconds;
  for (const { since, pods: count } of pods.pending)
    work += count * Math.max(0, seconds - readyIn(since, pods.startSeconds, now));
  return work;
}

/**
 * Jobs that wait in `seconds` from now with `size` workers, `deviations` over the mean. The queue may run empty in between: then only
 * the end of the time counts.
 */
export function predictedWaiting(
  outlook: Outlook,
  seconds: number,
  size: number,
  deviations: number,
): number {
  const { waiting, rate, serviceSeconds, pods } = outlook;
  const fewer = Math.max(0, pods.desired - size);
  const drift = rate - size / serviceSeconds;
  const spread = waiting > 0 || drift > 0 ? deviations * deviation(outlook, seconds) : 0;
  const left = waiting + rate * seconds - (workUntil(outlook, seconds) - fewer * seconds) / serviceSeconds;
  let most = Math.max(0, left) + spread;
  for (const span of [seconds / 4, seconds / 2, seconds])
    most = Math.max(most, drift * span + deviations * deviation(outlook, span));
  return most;
}
