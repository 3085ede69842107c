/**
 * Whether workers finish any job while some wait: a dialer that is dead, or a database that is away, is not helped by more workers that
 * wait for it.
 *
 * A line is taken from in its order, so a job that stays the first says that none was picked up, and so none was finished. Where twelve
 * should have been, by what was learned of them, growth is held: chance does that once in 160,000 times. The workers that there are stay.
 */
import type { PodStarts, QueueFlow, StallWatch } from '../../model/queue-history.ts';
import type { Instant, Known } from '../../model/reading.ts';
import type { QueueReading } from '../../model/readings.ts';
import { CLOCK_SKEW_MS } from '../../signals/fresh.ts';

/** Jobs that the service time rests on before anything is expected of workers. */
const FEWEST_LEARNED = 60;
/** Expected jobs, none of which is finished, that no chance and no longer job accounts for. */
const HELD_JOBS = 12;
/** So many are not jobs that take longer: from here on nothing is learned of them. */
const DEAD_JOBS = 36;
/** From so many on it is told, and from so many for each worker: each may be at a long one. */
const TOLD_JOBS = 16;
const TOLD_EACH = 2;
/** For so long it is still held once a job was finished, or none waits. */
const RELEASE_MS = 30_000;
/** Then twice as many may be asked for, and twice as many of those a minute later. */
const AT_ONCE = 2;
const STEP_MS = 60_000;
/** As many are never held: too little can be told of them, and they cost little. */
const FEW = 4;
/** After a silence of this long nobody knows what happened meanwhile. */
const LONGEST_SILENCE_MS = 120_000;
const ROUNDING_MS = 1;

export interface StallInput {
  readonly reading: Known<QueueReading>;
  readonly pods: PodStarts;
  /** As it was before this look. */
  readonly flow: QueueFlow;
}

/** After one more look; undefined while no job waits, or nobody tells for how long one has been the first. */
export function observeStall(before: StallWatch | undefined, input: StallInput): StallWatch | undefined {
  const { reading, flow } = input;
  const { at, value } = reading;
  const elapsed = before === undefined ? Infinity : at - before.at;
  const isSeen = elapsed <= LONGEST_SILENCE_MS && elapsed >= -CLOCK_SKEW_MS;
  if (before === undefined || !isSeen) return isTelling(value) ? begun(at, value, flow) : undefined;
  if (elapsed <= 0) return before;
  if (!isTelling(value)) return isOver(before, at) ? undefined : { ...before, at };
  return held(sinceLast(before, input, elapsed), input);
}

const isTelling = ({ ready, firstForSeconds }: QueueReading): boolean =>
  ready > 0 && firstForSeconds !== undefined;

const isOver = ({ held: growth }: StallWatch, at: Instant): boolean =>
  growth === undefined || at - growth.last > RELEASE_MS;

const begun = (at: Instant, { inFlight }: QueueReading, flow: QueueFlow): StallWatch => ({
  ...{ at, inFlight, work: 0, seconds: 0 },
  learned: learnedOf(flow),
});

const learnedOf = ({ serviceSeconds, learnedFrom, unevenness }: QueueFlow): StallWatch['learned'] => ({
  serviceSeconds,
  learnedFrom,
  unevenness,
});

function sinceLast(before: StallWatch, { reading, pods, flow }: StallInput, elapsed: number): StallWatch {
  const { at, value } = reading;
  const { inFlight, firstForSeconds = 0 } = value;
  const isSame = 1_000 * firstForSeconds >= elapsed - ROUNDING_MS;
  // Who was picked up while one more is in flight is with a worker that had none: the others may have finished nothing.
  const isFinished = inFlight < before.inFlight || (!isSame && inFlight === before.inFlight);
  if (isFinished) return { ...begun(at, value, flow), held: before.held };
  if (!isSame) return { ...before, at, inFlight };
  const seconds = elapsed / 1_000;
  const busy = Math.min(pods.ready, Math.max(inFlight, before.inFlight));
  return {
    ...before,
    ...{ at, inFlight, work: before.work + busy * seconds, seconds: before.seconds + seconds },
  };
}

function held(stall: StallWatch, { pods }: StallInput): StallWatch {
  const { at, learned } = stall;
  if (learned.learnedFrom >= FEWEST_LEARNED && isNoneFinished(stall, HELD_JOBS)) {
    const { workers, since } = stall.held ?? { workers: pods.desired, since: at };
    return { ...stall, held: { workers, since, last: at } };
  }
  if (stall.held === undefined) return stall;
  if (isOver(stall, at)) return { ...stall, held: undefined };
  // A job was finished all the same: perhaps they take longer.
  if (at - stall.held.since < STEP_MS) return stall;
  return { ...stall, held: { ...stall.held, workers: pods.desired, since: at } };
}

/** Jobs that should have been finished by now, and were not. */
export const missingJobs = ({ work, learned }: StallWatch): number => work / learned.serviceSeconds;

const isNoneFinished = (stall: StallWatch, jobs: number): boolean =>
  missingJobs(stall) >= jobs * Math.max(1, stall.learned.unevenness);

/** Nobody knows what fewer would do. */
export function isStalled(stall: StallWatch | undefined, pods: PodStarts): boolean {
  return stall?.held !== undefined && isNoneFinished(stall, Math.max(TOLD_JOBS, TOLD_EACH * pods.ready));
}

/** Workers that may be asked for; undefined where nothing holds them. Never fewer than there are. */
export function allowedWorkers(stall: StallWatch | undefined, { desired }: PodStarts): number | undefined {
  if (stall?.held === undefined) return undefined;
  const { workers } = stall.held;
  return Math.max(desired, FEW, isNoneFinished(stall, HELD_JOBS) ? workers : AT_ONCE * workers);
}

/** None is finished, and longer jobs are no reason for it. */
export const isDead = (stall: StallWatch | undefined): boolean =>
  stall?.held !== undefined && isNoneFinished(stall, DEAD_JOBS);
