/**
 * The flow of jobs through a queue, learned from its looks alone: how many come, and how long a worker takes for one.
 *
 * Each look gives the net change; `arrivalsGiven` splits it by what is expected: busy workers finish one job a service time, and as
 * many come, and as many more as the queue has grown by of late (conservation of flow). What is finished beyond that says that a
 * job takes less long. The step is that of natural gradient ascent (Amari 1998): the difference over the information gathered so far,
 * of which a look brings c / (1 + 2 c), c being the completions expected in it: one a job where looks are frequent, and no more than
 * a half where many come and go between two. No source of leads is needed; the throughput of the spec is worth a few jobs.
 */
import { CLOCK_SKEW_MS } from '../../signals/fresh.ts';
import type { LearnedJobs } from '../../model/learned.ts';
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
/** A look has to come within so many service times for a job to be seen. */
const FEWEST_LOOKS = 2;
/** No job takes less. */
const SHORTEST_SECONDS = 0.001;
/** A step of the service time is at most by this factor. */
const MOST_STEP = 1.2;
/** Over which the growth of the queue is taken. */
const GROWTH_SECONDS = 60;
/** Standard deviations that no chance accounts for: whoever clears a queue has not worked on it. */
const FAR = 6;
/** After a silence of this long nobody knows what came meanwhile. */
const LONGEST_SILENCE_MS = 900_000;
/** Within which what the split is off by is set right. */
const SETTLING_SECONDS = 120;
/** Intervals of a minute. */
const MINUTE_INTERVALS = 4;
/** Pairs of minutes over which the dispersion is averaged: two hours. */
const DISPERSION_MEMORY = 480;
/** One minute says no more than that: whatever came all at once is not how jobs come. */
const MOST_UNEVEN = 50;
/** Completions of two minutes tell of their unevenness from so many on, once the service time rests on so many jobs. */
const FEWEST_EXPECTED = 5;
const FEWEST_LEARNED = 200;
/** Spans of two minutes over which it is averaged: eight hours. */
const UNEVENNESS_MEMORY = 240;
/** Fewer jobs in two minutes tell nothing of their dispersion. */
const FEWEST_FOR_DISPERSION = 8;

function begin(
  { value: { ready, inFlight }, at }: Known<QueueReading>,
  { serviceSeconds, learnedFrom, dispersion, unevenness }: LearnedJobs,
): QueueFlow {
  return {
    at,
    size: ready + inFlight,
    inFlight,
    serviceSeconds,
    learnedFrom,
    growth: 0,
    openedAt: at,
    came: 0,
    owed: 0,
    countedSeconds: serviceSeconds,
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
  /** Of the shortest window of its rate. Default: 240 s. */
  readonly rateSeconds?: number;
}

/**
 * The flow after one more look.
 * @param earlier What a process before this one had learned of its jobs
 * @param isStalled None is finished, whatever was learned of how long a job takes, and nothing is learned of that
 */
export function observeFlow(
  before: QueueFlow | undefined,
  reading: Known<QueueReading>,
  prior: JobsOfSpec,
  earlier?: LearnedJobs,
  isStalled = false,
): QueueFlow {
  if (before === undefined) return begin(reading, earlier ?? asInSpec(prior));
  const { at, value } = reading;
  const elapsed = at - before.at;
  if (elapsed > LONGEST_SILENCE_MS || elapsed < -CLOCK_SKEW_MS) return begin(reading, before);
  if (elapsed <= 0) return before;
  const seconds = elapsed / 1_000;
  const size = value.ready + value.inFlight;
  const net = size - before.size;
  const busy = (value.inFlight + before.inFlight) / 2;
  const expected = isStalled ? 0 : (busy * seconds) / before.serviceSeconds;
  // Jobs that come and go between two looks tell nothing of their time, unless the queue is never empty meanwhile.
  const isNeverEmpty = value.ready > 0 && before.size > before.inFlight;
  // A backlog is worked off at once, and its growth is known late.
  const rate = isNeverEmpty ? before.steady.rate : Math.max(0, expected / seconds + before.growth);
  const came = arrivalsGiven(net, rate * seconds, expected);
  const finished = Math.min(came - net, expected + FAR * Math.sqrt(expected) + FAR);
  const tells = expected > 0 && (seconds <= FEWEST_LOOKS * before.serviceSeconds || isNeverEmpty);
  const gathered = tells ? expected / (1 + 2 * expected) : 0;
  const learnedFrom = Math.min(MEMORY_JOBS, before.learnedFrom + gathered);
  // What the split is off by in the long run, by the conservation of flow: where jobs are all alike, it is.
  const owed = before.owed + expected - finished;
  const paid = Math.max(-before.came - came, owed * (1 - Math.exp(-seconds / SETTLING_SECONDS)));
  const next = {
    at,
    size,
    inFlight: value.inFlight,
    serviceSeconds: tells
      ? learned(before.serviceSeconds, (expected - finished) / learnedFrom, prior)
      : before.serviceSeconds,
    learnedFrom,
    growth: before.growth + (1 - Math.exp(-seconds / GROWTH_SECONDS)) * (net / seconds - before.growth),
    openedAt: before.openedAt,
    came: before.came + came + paid,
    owed: owed - paid,
    countedSeconds: before.countedSeconds,
    counts: before.counts,
    steady: before.steady,
    recent: before.recent,
    dispersion: before.dispersion,
    unevenness: before.unevenness,
    finished: before.finished + finished,
    expected: before.expected + expected,
    intervals: before.intervals,
  };
  return at - before.openedAt < INTERVAL_S * 1_000 ? next : closed(next, prior.rateSeconds);
}

const asInSpec = ({ serviceSeconds }: JobsOfSpec): LearnedJobs => ({
  ...{ serviceSeconds, learnedFrom: PRIOR_JOBS, dispersion: 1, unevenness: 1 },
});

/** @param step Of its logarithm. */
function learned(serviceSeconds: number, step: number, prior: JobsOfSpec): number {
  const factor = Math.min(MOST_STEP, Math.max(1 / MOST_STEP, Math.exp(step)));
  const least = Math.min(prior.serviceSeconds, SHORTEST_SECONDS);
  return Math.max(least, Math.min(prior.longestSeconds, serviceSeconds * factor));
}

/** The interval is over; one that was longer, since looks are rare, counts as several. */
function closed(flow: QueueFlow, rateSeconds: number | undefined): QueueFlow {
  const { at, openedAt, came } = flow;
  const intervals = (at - openedAt) / (INTERVAL_S * 1_000);
  const whole = Math.min(MOST_COUNTS, Math.max(1, Math.round(intervals)));
  // The same work is other jobs once more is known of how long one takes.
  const scale = flow.countedSeconds / flow.serviceSeconds;
  const counts = flow.counts.map((jobs) => jobs * scale);
  for (let index = 0; index < whole; index += 1) counts.push(came / intervals);
  if (counts.length > MOST_COUNTS) counts.splice(0, counts.length - MOST_COUNTS);
  return uneven({
    ...flow,
    openedAt: at,
    came: 0,
    countedSeconds: flow.serviceSeconds,
    counts,
    steady: steadyRate(counts, rateSeconds),
    recent: recentRate(counts),
    dispersion: dispersed(flow.dispersion, counts, whole),
    intervals: flow.intervals + whole,
  });
}

/** How uneven completions are around what busy workers finish on the average, each two minutes. */
function uneven(flow: QueueFlow): QueueFlow {
  const { finished, expected, intervals, learnedFrom } = flow;
  if (intervals < 2 * MINUTE_INTERVALS) return flow;
  const counts = expected >= FEWEST_EXPECTED && learnedFrom >= FEWEST_LEARNED;
  const unevenness = counts
    ? flow.unevenness +
      (Math.min(MOST_UNEVEN, (finished - expected) ** 2 / expected) - flow.unevenness) / UNEVENNESS_MEMORY
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
  return dispersion + (Math.min(MOST_UNEVEN, (last - before) ** 2 / both) - dispersion) / DISPERSION_MEMORY;
}

/** Of so many intervals, the newest so many left out. */
export function sumOf(counts: readonly number[], intervals: number, skip: number): number {
  let sum = 0;
  for (let index = 1; index <= intervals; index += 1) sum += counts[counts.length - skip - index] ?? 0;
  return sum;
}
