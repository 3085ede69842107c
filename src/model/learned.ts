/** What was learned of jobs and Pods, which holds for longer than a process. */
import type { PodStarts, QueueFlow } from './queue-history.ts';

export type LearnedJobs = Pick<QueueFlow, 'serviceSeconds' | 'learnedFrom' | 'dispersion' | 'unevenness'>;

export interface Learned {
  /** By the name of the queue. */
  readonly queues: Readonly<Record<string, LearnedJobs>>;
  /** Seconds that a Pod takes to start, by the name of its component. */
  readonly startSeconds: Readonly<Record<string, number>>;
}

/** What is known now, and what was known before of whatever has not been seen since. */
export interface Knowing {
  readonly queues: Readonly<Record<string, QueueFlow>>;
  readonly starts: Readonly<Record<string, PodStarts>>;
  readonly learned?: Learned;
}

/** Jobs that a service time has to rest on to be worth keeping; the throughput of the spec counts for 15 of them. */
const FEWEST_JOBS = 60;

/** Undefined where nothing is known but what the spec says. */
export function learnedOf({ queues, starts, learned }: Knowing): Learned | undefined {
  const all: Record<string, LearnedJobs> = { ...learned?.queues };
  for (const [queue, flow] of Object.entries(queues)) {
    if (flow.learnedFrom < FEWEST_JOBS) continue;
    const { serviceSeconds, learnedFrom, dispersion, unevenness } = flow;
    all[queue] = { serviceSeconds, learnedFrom, dispersion, unevenness };
  }
  if (Object.keys(all).length === 0) return undefined;
  const startSeconds: Record<string, number> = { ...learned?.startSeconds };
  for (const [component, pods] of Object.entries(starts)) startSeconds[component] = pods.startSeconds;
  return { queues: all, startSeconds };
}
