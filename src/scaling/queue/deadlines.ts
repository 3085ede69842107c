/**
 * Pods that it takes for the jobs that wait now to begin in time, by how long each has waited already: the age of a job follows from how
 * many came after it.
 *
 * A Pod that is ready gives t worker-seconds within t; one that is asked for now t − S, S being the time that it takes to start.
 */
import type { PodStarts, QueueFlow } from '../../model/queue-history.ts';
import { INTERVAL_S } from './arrival-rate.ts';
import { readyIn } from './pod-starts.ts';

export interface Line {
  readonly flow: QueueFlow;
  readonly now: number;
  /** Jobs that wait, and for how long the first of them has, in seconds. */
  readonly waiting: number;
  readonly oldestAge: number;
  /** Seconds within which a job has to begin. */
  readonly objective: number;
  readonly serviceSeconds: number;
  /** Squared coefficient of variation of the service time. */
  readonly cv2: number;
  readonly pods: PodStarts;
  /** Jobs a second. */
  readonly rate: number;
}

export interface Needs {
  /** Pods at least, those that are starting included. */
  readonly pods: number;
  /** The same, where no more jobs came: what to keep. */
  readonly keep: number;
}

/** So many standard deviations of the work that waits are provided for, where it is much more than the Pods of today can do. */
const DEVIATIONS = 2.5;
const MUCH_MORE = 4;
/** A count that is so many times the expected one is a burst: all of it may have come at the beginning of its interval. */
const BURST = 8;
/** The time that Pods have at the least, as a share of the objective: what is late is caught up soon, not at once. */
const SHORTEST_SHARE = 0.25;
/** Of the jobs that came before anything was counted, those that are looked at. */
const SHARES = [0.25, 0.5, 0.75, 1];

export function needsOf(line: Line): Needs {
  const { flow, now, oldestAge, objective, serviceSeconds, cv2, rate } = line;
  const { counts } = flow;
  const usual = Math.max(1, INTERVAL_S * rate);
  let [pods, keep, left] = [0, 0, line.waiting];
  let [newest, count, length] = [0, flow.came, (now - flow.openedAt) / 1_000];
  for (let index = counts.length; left > 0 && index >= 0; index -= 1) {
    const age = Math.min(oldestAge, count > BURST * usual ? newest + length : newest);
    const time = objective - age;
    const spread = DEVIATIONS * Math.sqrt(cv2 * left);
    const plain = podsFor(line, left, time);
    pods = Math.max(pods, plain > MUCH_MORE * line.pods.desired ? podsFor(line, left + spread, time) : plain);
    keep = Math.max(keep, (serviceSeconds * (left + spread)) / Math.max(1, time));
    left -= count;
    newest += length;
    [count, length] = [counts[index - 1] ?? 0, INTERVAL_S];
  }
  return { pods: Math.max(pods, older(line, left, newest)), keep };
}

/** The jobs that came before anything was counted: between the age of the last count and that of the first in line, evenly spread. */
function older(line: Line, jobs: number, newest: number): number {
  if (jobs <= 0) return 0;
  const { oldestAge, objective } = line;
  let pods = 1;
  for (const share of SHARES) {
    const age = oldestAge - share * Math.max(0, oldestAge - newest);
    pods = Math.max(pods, podsFor(line, share * jobs, objective - age));
  }
  return pods;
}

/**
 * Pods with which so many jobs begin within `time` seconds: those of today, and what they leave undone over what one more does. Each that
 * is not ready yet does one job more than it finishes, which it begins at the last moment.
 */
function podsFor(line: Line, jobs: number, time: number): number {
  const { now, serviceSeconds, pods, objective } = line;
  const least = SHORTEST_SHARE * objective;
  const each = (delay: number) => serviceSeconds + Math.max(least, time - delay);
  let [size, own] = [pods.ready, pods.ready * Math.max(least, time)];
  for (const { since, pods: count } of pods.pending) {
    size += count;
    own += count * each(readyIn(since, pods.startSeconds, now));
  }
  return size + (serviceSeconds * jobs - own) / each(pods.startSeconds);
}
