/** What is remembered of one queue and its workers, from look to look. It never grows beyond its bounds. */
import type { Instant } from './reading.ts';

export interface ArrivalRate {
  /** Jobs a second. */
  readonly rate: number;
  /** Seconds that it was taken over: how sure it is. */
  readonly span: number;
}

/** The flow of jobs through a queue, by what its looks have told. */
export interface QueueFlow {
  /** The last look. */
  readonly at: Instant;
  /** Jobs ready or in flight then. */
  readonly size: number;
  readonly inFlight: number;
  /** Seconds that a worker takes for one job, on the average, and the jobs that this is worth. */
  readonly serviceSeconds: number;
  readonly learnedFrom: number;
  /** Jobs a second by which the queue has grown over the last minute or so. */
  readonly growth: number;
  /** The interval that is being filled: since when, and the jobs that came in it. */
  readonly openedAt: Instant;
  readonly came: number;
  /** Jobs that the conservation of flow says have come beyond `came` and `counts`, and that are still to be added to them. */
  readonly owed: number;
  /** The service time when the last interval ended; counts are in jobs of that. */
  readonly countedSeconds: number;
  /** Jobs that came in each interval of 15 s before it, oldest first. */
  readonly counts: readonly number[];
  /** What these say of the rate: over a long while, and of late. */
  readonly steady: ArrivalRate;
  readonly recent: ArrivalRate;
  /** Variance over mean of the jobs that come in a minute; 1 where they come by chance alone. */
  readonly dispersion: number;
  /** The same of completions around what busy workers finish on the average, in two minutes. */
  readonly unevenness: number;
  /** Of the two minutes that are being filled: jobs that were finished, those that were expected to be, and intervals. */
  readonly finished: number;
  readonly expected: number;
  readonly intervals: number;
  /** Whether its workers finish any job, while some wait; absent where none do, or nobody can tell. */
  readonly stall?: StallWatch | undefined;
}

export interface PendingPods {
  readonly since: Instant;
  readonly pods: number;
  /** They were ready once: how long they take now says nothing of a start. */
  readonly wereReady?: true;
}

/** Pods of one component that were asked for and are not ready yet, and how long a Pod takes to become ready. */
export interface PodStarts {
  readonly desired: number;
  readonly ready: number;
  /** Those that are asked for and not ready, by when they were asked for, oldest first. */
  readonly pending: readonly PendingPods[];
  /** Seconds from when a Pod is asked for until it is ready, on the average. */
  readonly startSeconds: number;
}

/** Whether the workers of a queue finish any job while some wait, and so each of them has one. */
export interface StallWatch {
  readonly at: Instant;
  /** Jobs in flight then. */
  readonly inFlight: number;
  /** Since a job was finished last, as far as that is sure: worker-seconds of work, and seconds. */
  readonly work: number;
  readonly seconds: number;
  /** What was known of jobs then. */
  readonly learned: Pick<QueueFlow, 'serviceSeconds' | 'learnedFrom' | 'unevenness'>;
  /** Seconds that the longest job may run, by the spec. */
  readonly longestSeconds: number;
  /** Absent while growth is not held. */
  readonly held?: HeldWorkers | undefined;
}

export interface HeldWorkers {
  /** Workers that there were when growth was held first, and those that may be by now, since when. */
  readonly first: number;
  readonly workers: number;
  readonly since: Instant;
  /** When no job had been finished last for long enough to say so. */
  readonly last: Instant;
}
