/** The same number of Pods all the time, and the smallest that would have been enough. */
import type { Policy } from './policy.ts';
import { runQueue, type RunOptions } from './run.ts';
import type { Workload } from './workload.ts';

/** More than any platform has. */
const MOST = 10_000;

export function fixedPolicy(pods: number): Policy {
  return { name: 'static', settings: { pods }, interval: 60, next: () => pods };
}

/**
 * The fewest Pods with which no job is late, which nobody knows before the trace is over; where what they share is too slow for any
 * number of them, the fewest with which no more minutes have a late job than with the most.
 */
export function fewestFixed(workload: Workload, options: Omit<RunOptions, 'initial' | 'watch'>): number {
  const lateWith = (pods: number) =>
    runQueue(workload, fixedPolicy(pods), { ...options, initial: pods }).violatedMinutes.length;
  const unavoidable = options.faults?.limitsThroughput === true ? lateWith(MOST) : 0;
  const isEnough = (pods: number) => lateWith(pods) <= unavoidable;
  let [few, enough] = [0, 1];
  while (enough < MOST && !isEnough(enough)) [few, enough] = [enough, 2 * enough];
  while (enough - few > 1) {
    const middle = Math.floor((few + enough) / 2);
    if (isEnough(middle)) enough = middle;
    else few = middle;
  }
  return enough;
}
