/**
 * How many workers a queue gets: more once the predicted wait nears the objective, fewer once a smaller number would keep it far from
 * it, and otherwise as many as there are. In between the queue is the buffer.
 *
 *     up     the wait at now + S + D exceeds 0.95·T at 2.5 deviations, or jobs that are here cannot all begin in time
 *     down   to a size that carries the load, and whose wait at now + S + D stays under 0.3·T at 2 deviations
 *
 * T: the objective. S: the time that a Pod takes to start. D: the time after which a change is seen.
 */
import type { ArrivalRate, PodStarts, QueueFlow } from '../../model/queue-history.ts';
import type { Instant } from '../../model/reading.ts';
import { atLeast } from '../demand.ts';
import { needsOf, type Line } from './deadlines.ts';
import { predictedWaiting, type Outlook } from './predicted-wait.ts';

export interface BandInput {
  readonly flow: QueueFlow;
  readonly pods: PodStarts;
  /** Jobs that wait, and for how long the first of them has, in seconds. */
  readonly waiting: number;
  readonly oldestAge: number;
  /** Seconds within which a job has to begin. */
  readonly objective: number;
  /** Seconds after which a change of the queue is seen at the latest. */
  readonly detectionSeconds: number;
  readonly now: Instant;
}

/** What a size has to be to stay. */
export interface Band {
  /** The size that it takes; above the one of today, more is wanted. */
  readonly least: number;
  /** Whether jobs that are here ask for `least`, or those that are to come. */
  readonly because: 'waiting' | 'coming';
  /** The smallest size that is enough for less. */
  readonly enough: number;
  /** How long a smaller size has to be enough, in seconds. */
  readonly dwellSeconds: number;
  /** Jobs a second, and seconds for one. */
  readonly rate: number;
  readonly serviceSeconds: number;
}

const UP_SHARE = 0.95;
const UP_DEVIATIONS = 2.5;
const DOWN_SHARE = 0.3;
const DOWN_DEVIATIONS = 2;
/** The load that a size carries at the most when it is gone down to. */
const UTILISATION = 0.98;
/** Of the service time, as a squared coefficient of variation: exponential. */
const CV2 = 1;
/** What completions that are more uneven than chance add to it, over a threshold that comes from jobs that nobody saw. */
const UNEVEN_SHARE = 3;
const UNEVEN_FROM = 1;
/** The chance that no Pod comes free for the first in line in time, above which one more is wanted. */
const BLOCKED = 0.001;
const DWELL_S = 15;
/** Intervals of `counts`: a minute. */
const LEAST_COUNTS = 4;
/** What a start that takes more than half of the objective adds: to the deviations, and to the dwell time, for each objective. */
const SHORT_DEVIATIONS = 0.8;
const SHORT_DWELL = 4;
/** Beyond that it makes no difference: nobody is in time who has to wait for a Pod. */
const MOST_SHORT = 2;

export function bandOf(input: BandInput): Band {
  const { flow, pods, waiting, oldestAge, objective, detectionSeconds, now } = input;
  const horizon = pods.startSeconds + detectionSeconds;
  const short = Math.min(MOST_SHORT, Math.max(0, horizon / objective - 0.5));
  const steady = believedRate(flow);
  const quick = short > 0 ? Math.max(0, flow.recent.rate - steady.rate) : 0;
  const { serviceSeconds } = flow;
  const cv2 = CV2 + UNEVEN_SHARE * Math.max(0, flow.unevenness - UNEVEN_FROM);
  const outlook: Outlook = {
    now,
    waiting,
    serviceSeconds,
    rate: steady.rate + Math.min(1, 2 * short) * quick,
    rateJobs: steady.rate * steady.span,
    variance: 1 + cv2 + Math.max(0, flow.dispersion - 1),
    pods,
  };
  const soon = UP_SHARE * objective;
  const line: Line = {
    flow,
    now,
    waiting,
    oldestAge,
    objective: soon,
    serviceSeconds,
    cv2,
    pods,
    rate: steady.rate,
  };
  const needs = needsOf(line);
  const due = isBlocked(line, horizon) ? Math.max(needs.pods, pods.desired + 1) : needs.pods;
  const extra = SHORT_DEVIATIONS * short;
  const load = steady.rate * serviceSeconds;
  const late = predictedWaiting(outlook, horizon, pods.desired, UP_DEVIATIONS + extra);
  // However short the objective, a Pod for each job that waits, beyond those that are busy, is enough.
  const coming = Math.min((serviceSeconds * late) / soon, load + late);
  const rare = isRare(outlook, short);
  // Where nobody can wait for a start, somebody has to be there.
  const floor = Math.max(
    short > 0 ? 1 : 0,
    atLeast(load / UTILISATION),
    atLeast(Math.min(pods.desired, needs.keep)),
  );
  return {
    least: rare ? 0 : atLeast(Math.max(short > 0 ? 1 : 0, coming, due)),
    because: due >= coming ? 'waiting' : 'coming',
    enough: rare
      ? 0
      : smallestEnough(floor, pods.desired, (size) => {
          const jobs = predictedWaiting(outlook, horizon, size, DOWN_DEVIATIONS + extra);
          return serviceSeconds * jobs <= DOWN_SHARE * objective * size || jobs <= size - load;
        }),
    dwellSeconds: DWELL_S * (1 + SHORT_DWELL * short),
    rate: steady.rate,
    serviceSeconds,
  };
}

/** So few jobs come that a Pod could start and work for each before the next one comes; and each can wait for the start. */
const isRare = ({ rate, waiting, serviceSeconds, pods }: Outlook, short: number): boolean =>
  short === 0 && waiting === 0 && rate * (pods.startSeconds + serviceSeconds) < 1;

/** Until a minute has been counted, as many come as are worked on (Little 1961: L = λW), or more. */
function believedRate(flow: QueueFlow): ArrivalRate {
  const counted = flow.steady;
  if (flow.counts.length >= LEAST_COUNTS) return counted;
  return { ...counted, rate: Math.max(counted.rate, flow.inFlight / flow.serviceSeconds) };
}

/** The first in line may stand behind long jobs: a Pod that is asked for now would just be in time, and none may come free before. */
function isBlocked(
  { waiting, oldestAge, objective, serviceSeconds, cv2, pods }: Line,
  horizon: number,
): boolean {
  const left = objective - oldestAge;
  if (waiting === 0 || pods.ready < pods.desired || left > horizon) return false;
  return (
    Math.exp((-2 * Math.max(1, pods.ready) * Math.max(0, left)) / (serviceSeconds * (1 + cv2))) > BLOCKED
  );
}

/** The smallest size from `floor` on that is enough; `most` where none below it is. */
function smallestEnough(floor: number, most: number, isEnough: (size: number) => boolean): number {
  let [low, high] = [floor, most];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isEnough(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
