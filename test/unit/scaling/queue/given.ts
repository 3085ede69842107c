/** What the tests of the sizing of workers begin with. */
import type { PodStarts, QueueFlow, StallWatch } from '../../../../src/model/queue-history.ts';
import { known, type Known } from '../../../../src/model/reading.ts';
import type { QueueReading } from '../../../../src/model/readings.ts';
import { INTERVAL_S, NO_RATE, recentRate, steadyRate } from '../../../../src/scaling/queue/arrival-rate.ts';
import { observeFlow, type JobsOfSpec } from '../../../../src/scaling/queue/flow.ts';

/** A queue of which nothing is known but what is given; its rates are those of `counts`. */
export function flowGiven({
  serviceSeconds = 1,
  counts = [],
  ...rest
}: Partial<QueueFlow> & { readonly serviceSeconds?: number } = {}): QueueFlow {
  return {
    at: 0,
    size: 0,
    inFlight: 0,
    serviceSeconds,
    learnedFrom: 1_000,
    growth: 0,
    openedAt: 0,
    came: 0,
    owed: 0,
    countedSeconds: serviceSeconds,
    counts,
    steady: counts.length === 0 ? NO_RATE : steadyRate(counts),
    recent: counts.length === 0 ? NO_RATE : recentRate(counts),
    dispersion: 1,
    unevenness: 1,
    finished: 0,
    expected: 0,
    intervals: 0,
    ...rest,
  };
}

/** Workers that finish jobs, but for what is given. */
export const stallGiven = (given: Partial<StallWatch> = {}): StallWatch => ({
  at: 0,
  inFlight: 10,
  work: 0,
  seconds: 0,
  learned: { serviceSeconds: 5, learnedFrom: 1_000, unevenness: 1 },
  longestSeconds: 120,
  ...given,
});

/** Counts of a rate that has not changed for as long as anyone remembers. */
export const countsOf = (rate: number): number[] => Array.from({ length: 68 }, () => rate * INTERVAL_S);

/** Pods that are all ready. */
export const ready = (pods: number, startSeconds = 20): PodStarts => ({
  desired: pods,
  ready: pods,
  pending: [],
  startSeconds,
});

export const look = (seconds: number, waiting: number, inFlight: number): Known<QueueReading> =>
  known({ ready: waiting, inFlight, delayed: 0 }, seconds * 1_000);

export function flowAfter(looks: Iterable<Known<QueueReading>>, jobs: JobsOfSpec): QueueFlow {
  let flow: QueueFlow | undefined;
  for (const reading of looks) flow = observeFlow(flow, reading, jobs);
  return flow!;
}
