/**
 * Whether workers finish any job while some wait: a dialer that is dead, or a database that is away, is not helped by more workers that
 * wait for it.
 *
 * A line is taken from in its order, so a job that stays the first says that none was picked up, and so none was finished. That may be an
 * outage, or each worker is at a long job among short ones. So at first workers may double each minute. No job runs for longer than
 * `longestJob`: where none was finished for as long as that, no more workers are asked for, and those that there are stay.
 */
import type { HeldWorkers, PodStarts, QueueFlow, StallWatch } from '../../model/queue-history.ts';
import type { Instant, Known } from '../../model/reading.ts';
import type { QueueReading } from '../../model/readings.ts';
import { CLOCK_SKEW_MS } from '../../signals/fresh.ts';

/** Jobs that the service time rests on before anything is expected of workers. */
const FEWEST_LEARNED = 60;
/** Expected jobs, none of which is finished: chance does that once in 160,000 times. And seconds, for a store may pause. */
const SLOWED = { jobs: 12, seconds: 10 };
/** Growth is held for so long after a job was finished, or while none waits. */
const RELEASE_MS = 30_000;
/** Held growth: twice as many at once, twice as many of those a minute later, and no more than so many times as many. */
const STEP = 2;
const STEP_MS = 60_000;
const MOST_TIMES = 64;
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
  /** That the longest job may run. */
  readonly longestSeconds: number;
}

/** After one more look; undefined while no job waits, or nobody tells for how long one has been the first. */
export function observeStall(before: StallWatch | undefined, input: StallInput): StallWatch | undefined {
  const { at, value } = input.reading;
  const elapsed = before === undefined ? Infinity : at - before.at;
  const isSeen = elapsed <= LONGEST_SILENCE_MS && elapsed >= -CLOCK_SKEW_MS;
  if (before === undefined || !isSeen) return isTelling(value) ? begun(input) : undefined;
  if (elapsed <= 0) return before;
  if (!isTelling(value)) return isOver(before, at) ? undefined : { ...begun(input), held: before.held };
  return held(sinceLast(before, input, elapsed), input);
}

const isTelling = ({ ready, firstForSeconds }: QueueReading): boolean =>
  ready > 0 && firstForSeconds !== undefined;

const isOver = ({ held: growth }: StallWatch, at: Instant): boolean =>
  growth === undefined || at - growth.last > RELEASE_MS;

function begun({ reading: { at, value }, flow, longestSeconds }: StallInput): StallWatch {
  const { serviceSeconds, learnedFrom, unevenness } = flow;
  const learned = { serviceSeconds, learnedFrom, unevenness };
  return { at, inFlight: value.inFlight, work: 0, seconds: 0, longestSeconds, learned };
}

function sinceLast(before: StallWatch, input: StallInput, elapsed: number): StallWatch {
  const { reading, pods } = input;
  const { at, value } = reading;
  const { inFlight, firstForSeconds = 0 } = value;
  const isSame = 1_000 * firstForSeconds >= elapsed - ROUNDING_MS;
  // Who was picked up while one more is in flight is with a worker that had none: the others may have finished nothing.
  const isFinished = inFlight < before.inFlight || (!isSame && inFlight === before.inFlight);
  if (isFinished) return { ...begun(input), held: before.held };
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
  const { desired } = pods;
  if (isSlowed(stall) && learned.learnedFrom >= FEWEST_LEARNED) {
    const was = stall.held ?? { first: desired, workers: STEP * desired, since: at };
    return { ...stall, held: { ...(isStalled(stall) ? was : stepped(was, desired, at)), last: at } };
  }
  if (stall.held === undefined) return stall;
  if (isOver(stall, at)) return { ...stall, held: undefined };
  // A job was finished all the same: perhaps they take longer.
  if (at - stall.held.since < STEP_MS) return stall;
  return { ...stall, held: { ...stall.held, workers: desired, since: at } };
}

/** Where each worker is at a long job, more of them get through the others. */
function stepped<T extends Omit<HeldWorkers, 'last'>>(was: T, desired: number, at: Instant): T {
  if (at - was.since < STEP_MS) return was;
  const workers = Math.max(was.workers, Math.min(STEP * desired, MOST_TIMES * was.first));
  return { ...was, workers, since: at };
}

/** Jobs that should have been finished by now, and were not. */
const missingJobs = ({ work, learned }: StallWatch): number => work / learned.serviceSeconds;

const isSlowed = (stall: StallWatch): boolean =>
  stall.seconds >= SLOWED.seconds &&
  missingJobs(stall) >= SLOWED.jobs * Math.max(1, stall.learned.unevenness);

/** None was finished for as long as the longest may run: nobody knows what fewer would do, and nothing is learned of a job. */
export const isStalled = (stall: StallWatch | undefined): boolean =>
  stall?.held !== undefined && isSlowed(stall) && stall.seconds > stall.longestSeconds;

/** Workers that may be asked for; undefined where nothing holds them. Never fewer than there are. */
export function allowedWorkers(stall: StallWatch | undefined, { desired }: PodStarts): number | undefined {
  if (stall?.held === undefined) return undefined;
  const { workers } = stall.held;
  return Math.max(desired, FEW, isSlowed(stall) ? workers : STEP * workers);
}
