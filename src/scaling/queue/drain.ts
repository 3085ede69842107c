/**
 * Whether workers do what they were learned to do, and whether more of them do more: a database that is slow, or a dialer that is dead,
 * is not made quicker by workers that wait for it.
 *
 * | what is seen                                                       | is       | and then                                              |
 * |--------------------------------------------------------------------|----------|-------------------------------------------------------|
 * | workers finish less than they were learned to                      | slow     | at most twice as many at a time, and that is a test   |
 * | then more of them finish no more                                   | helpless | no growth; more are tried after 5 min, 10, 20, …      |
 * | no job at all, where many should have been finished                | stalled  | no growth, no fewer                                   |
 * | twice as much is finished, or what was learned; nothing waits      |          | as if nothing had been                                |
 *
 * While growth is held nothing is learned of how long a job takes, and what was learned since it became slow is taken back.
 */
import type { GrowthBlock, PodStarts, QueueDrain, QueueFlow, WorkDone } from '../../model/queue-history.ts';
import type { Known } from '../../model/reading.ts';
import type { QueueReading } from '../../model/readings.ts';
import { beginLine, observeDepartures } from './departures.ts';
import {
  added,
  beginTest,
  continueTest,
  type JobTimes,
  LEAST_GROWTH,
  NOTHING_DONE,
  verdictOf,
  workersOf,
} from './growth-test.ts';

/** Jobs that the service time rests on before workers can be slower than it. */
const FEWEST_LEARNED = 60;
/** Slow are those that do less than 0.7 of what was learned: between half of it and all of it, at 150 to 1. */
const SLOW_SHARE = 0.5;
const SLOW_NATS = 5;
const MOST_NATS = 40;
/** Seconds, and jobs, over which what was done of late is remembered; and while growth is held. */
const MEMORY = { seconds: 120, jobs: 10, held: 600 };
/** How improbable it has to be that none is finished, in nats, and times what a job takes: each worker may be at a long one. */
const STALLED = { nats: 16, times: 2, workers: 2 };
/** So many times as much as when growth came to be held says that it is over. */
const RECOVERED = { helpless: 2, stalled: 4, nats: 12 };
/** Less than this share of what was learned is as good as none. */
const NOTHING_SHARE = 1 / 8;
/** Jobs after which those that finished none are taken to finish some. */
const FEWEST_AFTER_STALL = 8;
const FIRST_WAIT_MS = 300_000;
const LONGEST_WAIT_MS = 3_600_000;
/** Of a job's time, learned at once where more workers did help. */
const FEWEST_RELEARNED = 16;
/** After a silence of this long nobody knows what happened meanwhile. */
const LONGEST_SILENCE_MS = 120_000;

/** What the flow of the queue is to be told. */
export interface Lesson {
  /** Jobs that were finished since the last look, so that it is known how many came. */
  readonly finished?: number | undefined;
  /** They say nothing of how long a job takes. */
  readonly isHeld?: boolean;
  /** What a job takes, in place of what was learned. */
  readonly serviceSeconds?: number | undefined;
  /** Jobs that were taken to be finished and were not, and to have come. */
  readonly missing?: number | undefined;
}

export interface Drained {
  readonly drain: QueueDrain | undefined;
  readonly lesson: Lesson;
}

export interface DrainInput {
  readonly reading: Known<QueueReading>;
  readonly pods: PodStarts;
  /** As it was before this look. */
  readonly flow: QueueFlow | undefined;
  readonly longestSeconds: number;
}

const NO_LESSON: Lesson = {};
const NOTHING: Drained = { drain: undefined, lesson: NO_LESSON };

export function observeDrain(before: QueueDrain | undefined, input: DrainInput): Drained {
  const { reading, pods, flow } = input;
  const { at, value } = reading;
  if (before !== undefined && at === before.at) {
    return {
      drain: before.workers === pods.ready ? before : { ...before, workers: pods.ready },
      lesson: NO_LESSON,
    };
  }
  const { ready, inFlight, oldestAgeSeconds: age } = value;
  if (ready === 0 || age === undefined || flow === undefined) return NOTHING;
  const look = { at, ready, inFlight, age };
  const seconds = before === undefined ? 0 : (at - before.at) / 1_000;
  // Somebody waited all the time: otherwise workers may have had nothing to do.
  const isSameLine =
    before !== undefined && seconds > 0 && age >= seconds && 1_000 * seconds <= LONGEST_SILENCE_MS;
  if (!isSameLine) return { drain: begun(look, pods, flow), lesson: NO_LESSON };
  const work = before.workers * seconds;
  const { departures, finished } = observeDepartures(before.departures, look, {
    arrivals: flow.steady.rate * seconds,
    completions: work / flow.serviceSeconds,
  });
  if (departures.isBlind || work === 0)
    return { drain: { ...begun(look, pods, flow), departures }, lesson: NO_LESSON };
  // Whoever moves up was let in by a job that was finished.
  const sinceJob = departures.head === before.departures.head ? before.sinceJob : NOTHING_DONE;
  const after = { ...before, at, workers: pods.ready, departures, sinceJob };
  return judged(after, { jobs: finished, work, seconds }, { ...input, flow });
}

function begun(
  look: Parameters<typeof beginLine>[0],
  pods: PodStarts,
  { serviceSeconds, learnedFrom, unevenness }: QueueFlow,
): QueueDrain {
  return {
    at: look.at,
    workers: pods.ready,
    departures: beginLine(look),
    slow: 0,
    isSlow: false,
    learned: { serviceSeconds, learnedFrom, unevenness },
    missing: 0,
    sinceJob: NOTHING_DONE,
    recent: NOTHING_DONE,
  };
}

type Judging = DrainInput & { readonly flow: QueueFlow };

function judged(drain: QueueDrain, done: WorkDone, input: Judging): Drained {
  const { flow } = input;
  const paced = withPace(drain, done, flow);
  const measured = tested(paced, done, input);
  if (drain.block !== undefined) return blocked({ ...measured, block: drain.block }, done, input);
  const { drain: next, lesson } = unblocked(measured, input);
  if (!paced.isSlow && paced.wasBlocked !== true) return { drain: next, lesson };
  // Since when it is slow, jobs that were finished are known, and not reckoned.
  const missing = drain.isSlow || paced.wasBlocked === true ? lesson.missing : paced.missing;
  return { drain: next, lesson: { ...lesson, finished: done.jobs, missing } };
}

/** Whether workers are as quick as was learned, and for how long they were not. */
function withPace(drain: QueueDrain, done: WorkDone, flow: QueueFlow): QueueDrain {
  const { learned, isSlow } = drain;
  // Those that are slow are held against what was learned before.
  const serviceSeconds = isSlow ? learned.serviceSeconds : flow.serviceSeconds;
  const expected = done.work / serviceSeconds;
  const nats =
    (done.jobs * Math.log(SLOW_SHARE) + (1 - SLOW_SHARE) * expected) / Math.max(1, learned.unevenness);
  const slow = Math.min(MOST_NATS, Math.max(0, drain.slow + nats));
  const sinceJob = added(drain.sinceJob, done);
  const paced = { ...drain, slow, sinceJob: sinceJob.jobs > 0.5 ? NOTHING_DONE : sinceJob };
  if (slow === 0) return quick(paced, flow);
  if (isSlow) return paced;
  const missing = drain.missing + done.work / flow.serviceSeconds - done.jobs;
  if (slow < SLOW_NATS || learned.learnedFrom < FEWEST_LEARNED) return { ...paced, missing };
  // What was done before that is of another time.
  return { ...paced, missing, isSlow: true, recent: NOTHING_DONE, growth: undefined };
}

const quick = (drain: QueueDrain, { serviceSeconds, learnedFrom, unevenness }: QueueFlow): QueueDrain => ({
  ...drain,
  slow: 0,
  isSlow: false,
  learned: { serviceSeconds, learnedFrom, unevenness },
  missing: 0,
});

const timesOf = ({ learned }: QueueDrain, { longestSeconds }: Judging): JobTimes => ({
  serviceSeconds: learned.serviceSeconds,
  longestSeconds,
  unevenness: learned.unevenness,
});

/** What was done of late, or since there are more workers. */
function tested(drain: QueueDrain, done: WorkDone, input: Judging): QueueDrain {
  const { growth, recent, at } = drain;
  const times = timesOf(drain, input);
  if (growth !== undefined) {
    const next = continueTest(growth, done, times, at);
    return next === undefined ? { ...drain, growth: next, recent: done } : { ...drain, growth: next };
  }
  const begins = beginTest(recent, workersOf(done), times, at);
  if (begins !== undefined) return { ...drain, growth: begins };
  return { ...drain, recent: added(recent, done, Math.exp(-done.seconds / memoryOf(drain, times))) };
}

/** Seconds over which what was done of late is remembered: long while that is what growth is to be held against. */
function memoryOf({ isSlow, block }: QueueDrain, { serviceSeconds }: JobTimes): number {
  if (isSlow || block !== undefined) return MEMORY.held;
  return Math.max(MEMORY.seconds, MEMORY.jobs * serviceSeconds);
}

/** The test is over: what was done during it is what was done of late. */
const concluded = (drain: QueueDrain): QueueDrain => ({
  ...drain,
  recent: drain.growth?.after ?? drain.recent,
  growth: undefined,
});

/** What a job takes by what was done, where enough were. */
const relearned = ({ growth }: QueueDrain): number | undefined =>
  growth !== undefined && growth.after.jobs >= FEWEST_RELEARNED
    ? growth.after.work / growth.after.jobs
    : undefined;

function unblocked(drain: QueueDrain, input: Judging): Drained {
  const { flow } = input;
  if (finishesNone(drain)) return blockedNow(drain, 'stalled', input);
  const { growth, isSlow, at } = drain;
  if (growth === undefined) return { drain, lesson: NO_LESSON };
  const verdict = verdictOf(growth, timesOf(drain, input), at);
  if (verdict === 'open') return { drain, lesson: NO_LESSON };
  if (verdict === 'helpless' && isSlow) return blockedNow(drain, 'helpless', input);
  if (verdict !== 'helps' || !isSlow) return { drain: concluded(drain), lesson: NO_LESSON };
  // Jobs take longer than they did.
  const serviceSeconds = relearned(drain) ?? flow.serviceSeconds;
  return { drain: quick(concluded(drain), { ...flow, serviceSeconds }), lesson: { serviceSeconds } };
}

/**
 * None was finished, though each worker had the time for some, and all of them for many.
 * @param share Of what says that none is going to be.
 */
export function finishesNone({ sinceJob, learned, workers }: QueueDrain, share = 1): boolean {
  if (workers < STALLED.workers || learned.learnedFrom < FEWEST_LEARNED) return false;
  const expected = sinceJob.work / learned.serviceSeconds / Math.max(1, learned.unevenness);
  return expected >= share * Math.max(STALLED.nats, STALLED.times * workers);
}

function blockedNow(drain: QueueDrain, kind: GrowthBlock['kind'], { pods, flow }: Judging): Drained {
  const { at, growth, learned, missing, isSlow, sinceJob } = drain;
  const [before, after] = [growth?.before ?? NOTHING_DONE, growth?.after ?? NOTHING_DONE];
  const block: GrowthBlock = {
    kind,
    since: at,
    workers: pods.desired,
    seen: {
      fewer: workersOf(before),
      fewerRate: rateOf(before),
      more: workersOf(after),
      moreRate: kind === 'stalled' ? 0 : rateOf(after),
      missing: sinceJob.work / learned.serviceSeconds,
      seconds: sinceJob.seconds,
    },
    jobs: 0,
    recovered: 0,
    nextTry: at + FIRST_WAIT_MS,
    wait: FIRST_WAIT_MS,
    trying: false,
  };
  const isKnown = learned.learnedFrom >= FEWEST_LEARNED;
  return {
    drain: { ...concluded(drain), block },
    lesson: {
      finished: 0,
      isHeld: true,
      serviceSeconds: isKnown ? learned.serviceSeconds : flow.serviceSeconds,
      missing: isSlow || drain.wasBlocked === true ? 0 : missing,
    },
  };
}

const rateOf = ({ jobs, seconds }: WorkDone): number => (seconds > 0 ? Math.max(0, jobs) / seconds : 0);

/** Growth is held: until it is over, or more workers help after all. */
function blocked(
  drain: QueueDrain & { readonly block: GrowthBlock },
  done: WorkDone,
  input: Judging,
): Drained {
  const { flow, pods } = input;
  const { at, growth } = drain;
  const block = sinceBlocked(drain.block, done, flow.serviceSeconds, at);
  const held: Lesson = { finished: done.jobs, isHeld: true };
  if (block.recovered >= RECOVERED.nats) return released(drain, flow, { finished: done.jobs });
  const verdict = growth === undefined ? 'open' : verdictOf(growth, timesOf(drain, input), at);
  if (verdict === 'helps')
    return released(drain, flow, { finished: done.jobs, serviceSeconds: relearned(drain) });
  if (verdict !== 'open') {
    const wait = Math.min(LONGEST_WAIT_MS, block.trying ? 2 * block.wait : block.wait);
    const again = {
      ...block,
      wait,
      nextTry: at + wait,
      trying: false,
      workers: Math.max(block.workers, pods.desired),
    };
    return { drain: { ...concluded(drain), block: again }, lesson: held };
  }
  const isDue = block.kind === 'helpless' && !block.trying && at >= block.nextTry;
  if (!isDue) return { drain: { ...drain, block }, lesson: held };
  const workers = Math.max(block.workers, Math.ceil(LEAST_GROWTH * pods.ready), pods.ready + 1);
  return { drain: { ...drain, block: { ...block, trying: true, workers } }, lesson: held };
}

function released(drain: QueueDrain, flow: QueueFlow, lesson: Lesson): Drained {
  const { serviceSeconds = flow.serviceSeconds } = lesson;
  const free = quick(
    { ...drain, wasBlocked: true, block: undefined, growth: undefined, recent: NOTHING_DONE },
    flow,
  );
  return { drain: { ...free, learned: { ...free.learned, serviceSeconds } }, lesson };
}

/** What was finished since, and what that says against its going on as it was. */
function sinceBlocked(block: GrowthBlock, done: WorkDone, serviceSeconds: number, at: number): GrowthBlock {
  const factor = RECOVERED[block.kind];
  const { fewerRate, moreRate } = block.seen;
  const usual = Math.max(
    Math.max(fewerRate, moreRate) * done.seconds,
    (NOTHING_SHARE * done.work) / serviceSeconds,
  );
  const nats = done.jobs * Math.log(factor) - (factor - 1) * usual;
  const jobs = block.jobs + done.jobs;
  const next = { ...block, jobs, recovered: Math.max(0, block.recovered + nats) };
  if (block.kind !== 'stalled' || jobs < FEWEST_AFTER_STALL) return next;
  // They finish some, after all, and so whether more finish more can be tried.
  const seconds = (at - block.since) / 1_000;
  const seen = { ...block.seen, fewerRate: 0, moreRate: jobs / Math.max(1, seconds) };
  return { ...next, kind: 'helpless', seen, recovered: 0, nextTry: at };
}
