/**
 * Whether more workers finish more jobs. A growth is an experiment: jobs that were finished before and after it are compared, by what
 * either of two worlds would make of them.
 *
 *     each worker does as much as before      after / before  =  w₁ t₁ / w₀ t₀
 *     a quarter of what was added does it     after / before  =  (w₀ + (w₁ − w₀) / 4) t₁ / w₀ t₀
 *
 * Of the jobs before and after together those after are binomial then, whatever a job takes (Przyborowski and Wilenski 1940), and the
 * logarithm of the ratio of both probabilities says how much more improbable the one is than the other (Wald 1947), in nats.
 */
import type { GrowthTest, WorkDone } from '../../model/queue-history.ts';
import type { Instant } from '../../model/reading.ts';

/** Fewer more are no experiment: in chance there is more. */
export const LEAST_GROWTH = 1.25;
/** Of what was added, less of which is no help. */
const HELP = 0.25;
/** What chance does once in 160,000 growths. */
const HELPLESS_NATS = 12;
/** What it does once in 50. */
const HELPS_NATS = 4;
/** Jobs that should have been finished before, for it to say anything. */
const FEWEST_JOBS = 5;
/** Seconds after which it is given up, or as many times what a job takes. */
const LONGEST = { seconds: 600, jobs: 20 };

export const NOTHING_DONE: WorkDone = { jobs: 0, work: 0, seconds: 0 };

export const added = (one: WorkDone, other: WorkDone, kept = 1): WorkDone => ({
  jobs: kept * one.jobs + other.jobs,
  work: kept * one.work + other.work,
  seconds: kept * one.seconds + other.seconds,
});

export const workersOf = ({ work, seconds }: WorkDone): number => (seconds > 0 ? work / seconds : 0);

export interface JobTimes {
  readonly serviceSeconds: number;
  readonly longestSeconds: number;
  /** Variance over mean of completions; at least 1. */
  readonly unevenness: number;
}

/** What a job takes, by those that were finished. */
const apparent = ({ work, jobs }: WorkDone, { serviceSeconds, longestSeconds }: JobTimes): number =>
  Math.min(longestSeconds, Math.max(serviceSeconds, work / Math.max(1, jobs)));

const tellsEnough = ({ work }: WorkDone, { serviceSeconds }: JobTimes): boolean =>
  work >= FEWEST_JOBS * serviceSeconds;

/** Undefined where there are not so many more workers that it would tell anything. */
export function beginTest(
  before: WorkDone,
  workers: number,
  times: JobTimes,
  now: Instant,
): GrowthTest | undefined {
  if (!tellsEnough(before, times) || workers < LEAST_GROWTH * workersOf(before)) return undefined;
  // A job that a new worker begins is finished a job later.
  const countsFrom = now + 1_000 * apparent(before, times);
  return { before, after: NOTHING_DONE, idleWork: 0, carried: 0, workers, since: now, countsFrom };
}

/** Some seconds more. Undefined where those are gone that were more. */
export function continueTest(
  test: GrowthTest,
  done: WorkDone,
  times: JobTimes,
  now: Instant,
): GrowthTest | undefined {
  const workers = workersOf(done);
  const base = workersOf(test.before);
  if (workers < LEAST_GROWTH * base) return undefined;
  if (workers >= LEAST_GROWTH * test.workers) return withMore(test, workers, times, now);
  if (now < test.countsFrom) return test;
  return {
    ...test,
    after: added(test.after, done),
    idleWork: test.idleWork + (base + HELP * (workers - base)) * done.seconds,
  };
}

/** More again: they are held against those before them, once more is known of these than of the first. */
function withMore(test: GrowthTest, workers: number, times: JobTimes, now: Instant): GrowthTest {
  const isBetter = test.after.jobs >= test.before.jobs;
  const before = isBetter ? test.after : test.before;
  const countsFrom = now + 1_000 * apparent(before, times);
  if (!isBetter) return { ...test, workers, countsFrom };
  const carried = Math.max(0, natsAgainst(test));
  return { before, after: NOTHING_DONE, idleWork: 0, carried, workers, since: now, countsFrom };
}

export type Verdict = 'helps' | 'helpless' | 'unknown' | 'open';

export function verdictOf(test: GrowthTest, times: JobTimes, now: Instant): Verdict {
  const nats = natsAgainst(test) / Math.max(1, times.unevenness);
  if (nats >= HELPLESS_NATS) return 'helpless';
  if (nats <= -HELPS_NATS) return 'helps';
  const longest = Math.max(LONGEST.seconds, LONGEST.jobs * apparent(test.before, times));
  return now - test.since > 1_000 * longest ? 'unknown' : 'open';
}

/** How much more improbable it is that each worker does as much as before. */
export function natsAgainst({ before, after, idleWork, carried }: GrowthTest): number {
  if (after.seconds === 0) return carried;
  const [first, second] = [Math.max(0, before.jobs), Math.max(0, after.jobs)];
  const helps = after.work / (after.work + before.work);
  const idle = idleWork / (idleWork + before.work);
  return carried + second * Math.log(idle / helps) + first * Math.log((1 - idle) / (1 - helps));
}
