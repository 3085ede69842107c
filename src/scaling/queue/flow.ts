/**
 * The flow of jobs through a queue, learned from its looks alone: how many come, and how long a worker takes for one.
 *
 * Each look gives the net change; `arrivalsGiven` splits it. Summed up, the arrivals give the rate, and the busy time of workers
 * over the completions gives the mean service time: the expectation step and the maximisation step of EM (Dempster, Laird & Rubin
 * 1977), one a look. No source of leads is needed, and no throughput in the spec: that is a prior worth a few jobs.
 */
import type { QueueFlow } from '../../model/queue-history.ts';
import type { Known } from '../../model/reading.ts';
import type { QueueReading } from '../../model/readings.ts';
import { INTERVAL_S, NO_RATE, recentRate, steadyRate } from './arrival-rate.ts';
import { arrivalsGiven } from './net-change.ts';

/** As many as the longest window of a rate, and the one before. */
export const MOST_COUNTS = 68;
/** Jobs that the throughput of the spec is worth. */
const PRIOR_JOBS = 15;
/** Jobs that the service time remembers. */
const MEMORY_JOBS = 2_000;
/** Of the rate by which arrivals are told from completions. */
const QUICK_SECONDS = 120;
/** After a silence of this long nobody knows what came meanwhile. */
const LONGEST_SILENCE_MS = 900_000;
const CLOCK_SKEW_MS = 60_000;
/** Within which what the split is off by is set right. */
const SETTLING_SECONDS = 120;
/** What has passed between two looks at most for what was unusual in it to be taken for a stop of all work. */
const MINUTE_INTERVALS = 4;
/** Pairs of minutes over which the dispersion is averaged: two hours. */
const DISPERSION_MEMORY = 480;
/** Fewer jobs in two minutes tell nothing of their dispersion. */
const FEWEST_FOR_DISPERSION = 8;

/** Seconds that a worker takes for one job, on the average. */
export const serviceSecondsOf = ({ busySeconds, finishedJobs }: QueueFlow): number =>
  busySeconds / finishedJobs;

function begin(
  { value: { ready, inFlight }, at }: Known<QueueReading>,
  learned: Pick<QueueFlow, 'busySeconds' | 'finishedJobs' | 'dispersion' | 'unevenness'>,
): QueueFlow {
  const size = ready + inFlight;
  const { busySeconds, finishedJobs, dispersion, unevenness } = learned;
  return {
    at,
    size,
    inFlight,
    busySeconds,
    finishedJobs,
    quickRate: 0,
    openedAt: at,
    came: 0,
    owed: 0,
    serviceSeconds: busySeconds / finishedJobs,
    counts: [],
    steady: NO_RATE,
    recent: NO_RATE,
    dispersion,
    unevenness,
    finished: 0,
    expected: 0,
    intervals: 0,
  };
}

/** What the spec says of the jobs of a queue. */
export interface JobsOfSpec {
  /** What one takes on the average. */
  readonly serviceSeconds: number;
  /** Whoever takes longer is ended. */
  readonly longestSeconds: number;
}

/** The flow after one more look. */
export function observeFlow(
  before: QueueFlow | undefined,
  reading: Known<QueueReading>,
  prior: JobsOfSpec,
): QueueFlow {
  if (before === undefined) {
    return begin(reading, {
      busySeconds: PRIOR_JOBS * prior.serviceSeconds,
      finishedJobs: PRIOR_JOBS,
      dispersion: 1,
      unevenness: 1,
    });
  }
  const { at, value } = reading;
  const elapsed = at - before.at;
  if (elapsed > LONGEST_SILENCE_MS || elapsed < -CLOCK_SKEW_MS) return begin(reading, before);
  if (elapsed <= 0) return before;
  const seconds = elapsed / 1_000;
  const size = value.ready + value.inFlight;
  const busy = ((value.inFlight + before.inFlight) / 2) * seconds;
  const came = arrivalsGiven(size - before.size, before.quickRate * seconds, busy / serviceSecondsOf(before));
  const finished = came - (size - before.size);
  const total = before.finishedJobs + finished;
  const kept = Math.min(1, MEMORY_JOBS / total);
  // What the split is off by in the long run, by the conservation of flow: where jobs are all alike, it is.
  const owed = before.owed + busy / serviceSecondsOf(before) - finished;
  const paid = owed * (1 - Math.exp(-seconds / SETTLING_SECONDS));
  const gain = 1 - Math.exp(-seconds / QUICK_SECONDS);
  const next = {
    at,
    size,
    inFlight: value.inFlight,
    busySeconds: Math.min(before.busySeconds + busy, prior.longestSeconds * total) * kept,
    finishedJobs: total * kept,
    quickRate: before.quickRate + gain * (came / seconds - before.quickRate),
    openedAt: before.openedAt,
    came: before.came + came + paid,
    owed: owed - paid,
    serviceSeconds: before.serviceSeconds,
    counts: before.counts,
    steady: before.steady,
    recent: before.recent,
    dispersion: before.dispersion,
    unevenness: before.unevenness,
    finished: before.finished + finished,
    expected: before.expected + busy / serviceSecondsOf(before),
    intervals: before.intervals,
  };
  return at - before.openedAt < INTERVAL_S * 1_000 ? next : closed(next);
}

/** The interval is over; one that was longer, since looks are rare, counts as several. */
function closed(flow: QueueFlow): QueueFlow {
  const { at, openedAt, came } = flow;
  const intervals = (at - openedAt) / (INTERVAL_S * 1_000);
  const whole = Math.min(MOST_COUNTS, Math.max(1, Math.round(intervals)));
  const serviceSeconds = serviceSecondsOf(flow);
  // The same work is other jobs once more is known of how long one takes.
  const scale = flow.serviceSeconds / serviceSeconds;
  const counts = flow.counts.map((jobs) => jobs * scale);
  for (let index = 0; index < whole; index += 1) counts.push(came / intervals);
  if (counts.length > MOST_COUNTS) counts.splice(0, counts.length - MOST_COUNTS);
  return uneven({
    ...flow,
    openedAt: at,
    came: 0,
    serviceSeconds,
    counts,
    steady: steadyRate(counts),
    recent: recentRate(counts),
    dispersion: dispersed(flow.dispersion, counts, whole),
    intervals: flow.intervals + whole,
  });
}

function uneven(flow: QueueFlow): QueueFlow {
  const { finished, expected, intervals, finishedJobs } = flow;
  if (intervals < 8) return flow;
  const counts = expected >= 5 && finishedJobs >= 200;
  const unevenness = counts
    ? flow.unevenness + (Math.min(50, (finished - expected) ** 2 / expected) - flow.unevenness) / 240
    : flow.unevenness;
  return { ...flow, unevenness, finished: 0, expected: 0, intervals: 0 };
}

/** Of two Poisson counts of the same mean the squared difference is their sum, on the average. */
function dispersed(dispersion: number, counts: readonly number[], whole: number): number {
  if (whole > 1 || counts.length < 2 * MINUTE_INTERVALS) return dispersion;
  const [last, before] = [
    sumOf(counts, MINUTE_INTERVALS, 0),
    sumOf(counts, MINUTE_INTERVALS, MINUTE_INTERVALS),
  ];
  const both = last + before;
  if (both < FEWEST_FOR_DISPERSION) return dispersion;
  return dispersion + ((last - before) ** 2 / both - dispersion) / DISPERSION_MEMORY;
}

/** Of so many intervals, the newest so many left out. */
export function sumOf(counts: readonly number[], intervals: number, skip: number): number {
  let sum = 0;
  for (let index = 1; index <= intervals; index += 1) sum += counts[counts.length - skip - index] ?? 0;
  return sum;
}
