/**
 * What somebody would have done who knew the future: as few Pod-hours without a late job as anybody comes near to. A job goes
 * to the Pod that becomes free last, but not after its deadline, so that the others can go. Where there is none, a Pod is
 * made one start before the deadline; it goes when its next job is further away than a start. It is an upper bound of the
 * optimum, not the optimum: which job shares a Pod with which is decided one by one.
 */
import { Heap } from './heap.ts';
import type { Workload } from './workload.ts';

export interface OracleOptions {
  readonly objectiveSeconds: number;
  readonly podStartSeconds: number;
}

export interface OracleOutcome {
  /** Where there is always one Pod at least. */
  readonly podHours: number;
  /** Where there may be none. */
  readonly podHoursFromZero: number;
  readonly podStarts: number;
}

export function oracleOf(workload: Workload, options: OracleOptions): OracleOutcome {
  const { arrivals, services, seconds } = workload;
  const { objectiveSeconds, podStartSeconds } = options;
  /** When Pods are done with their jobs: before the deadline of the job at hand, and after it. */
  const free: number[] = [];
  const busy = new Heap<number>((freeAt) => freeAt);
  /** The part of a time that lies within the trace: nobody is charged for what comes after it. */
  const within = (since: number, until: number) => Math.max(0, Math.min(until, seconds) - since);
  let [podSeconds, podStarts, emptySeconds, lastBusyAt] = [0, 0, 0, 0];
  for (const [job, arrival] of arrivals.entries()) {
    const deadline = arrival + objectiveSeconds;
    for (let first = busy.first; first !== undefined && first <= deadline; first = busy.first) {
      busy.pop();
      free.push(first);
    }
    const freeAt = free.pop();
    const service = services[job]!;
    let end: number;
    if (freeAt !== undefined && arrival - freeAt <= podStartSeconds) {
      end = Math.max(arrival, freeAt) + service;
      podSeconds += within(freeAt, end);
    } else {
      // Whoever became free before is even further away from a job.
      free.length = 0;
      end = deadline + service;
      const wantedAt = deadline - podStartSeconds;
      emptySeconds += within(lastBusyAt, wantedAt);
      podStarts += 1;
      podSeconds += within(wantedAt, end);
    }
    busy.push(end);
    lastBusyAt = Math.max(lastBusyAt, end);
  }
  emptySeconds += within(lastBusyAt, seconds);
  return {
    podHours: (podSeconds + emptySeconds) / 3_600,
    podHoursFromZero: podSeconds / 3_600,
    podStarts,
  };
}
