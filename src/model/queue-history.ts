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
  /** Those that are no longer asked for, by when, oldest first: each may be at its last job. Absent where none is. */
  readonly leaving?: readonly PendingPods[];
}

/** Jobs that some workers finished: how many, in how many worker-seconds, and in how many seconds. */
export interface WorkDone {
  readonly jobs: number;
  readonly work: number;
  readonly seconds: number;
}

/** How many jobs left a line, by the age of the first in it. */
export interface Departures {
  readonly at: Instant;
  readonly ready: number;
  readonly inFlight: number;
  /** When the first in line came. */
  readonly head: Instant;
  /** Jobs that came, and those that were picked up, since the line began. */
  readonly arrived: number;
  readonly picked: number;
  /** `arrived` at some looks since `head` or so and before the last one, oldest first. */
  readonly line: readonly { readonly at: Instant; readonly arrived: number }[];
  /** The ages contradict the jobs that can have been finished: no time that jobs came at. */
  readonly isBlind: boolean;
}

/** What more workers than before have done: the experiment that a growth is. */
export interface GrowthTest {
  readonly before: WorkDone;
  readonly after: WorkDone;
  /** Worker-seconds of `after`, had a quarter alone of what was added done anything. */
  readonly idleWork: number;
  /** What growths before it said against it, in nats. */
  readonly carried: number;
  /** Workers that there were last; since when there are more, and from when on they count. */
  readonly workers: number;
  readonly since: Instant;
  readonly countsFrom: Instant;
}

/** Growth is held: more workers did not finish more jobs (`helpless`), or all that there are finish none (`stalled`). */
export interface GrowthBlock {
  readonly kind: 'helpless' | 'stalled';
  readonly since: Instant;
  /** Those that may be asked for. */
  readonly workers: number;
  /** What was seen: jobs a second of the fewer and of the more workers, or what should have been finished by now and was not. */
  readonly seen: {
    readonly fewer: number;
    readonly fewerRate: number;
    readonly more: number;
    readonly moreRate: number;
    readonly missing: number;
    readonly seconds: number;
  };
  /** Finished since. */
  readonly jobs: number;
  /** How improbable it is by now that it goes on as it was, in nats. */
  readonly recovered: number;
  /** When more are tried again, and the wait after that; `trying` while they are. */
  readonly nextTry: Instant;
  readonly wait: number;
  readonly trying: boolean;
}

/** The rate at which jobs leave a queue, while some wait all the time and so every worker has one. */
export interface QueueDrain {
  readonly at: Instant;
  /** Workers that are ready. */
  readonly workers: number;
  readonly departures: Departures;
  /** How improbable it is that workers are as quick as was learned, over half of that, in nats; and whether they are taken not to be. */
  readonly slow: number;
  readonly isSlow: boolean;
  /** What was known of jobs when they last were, and how many should have been finished until they were slow. */
  readonly learned: Pick<QueueFlow, 'serviceSeconds' | 'learnedFrom' | 'unevenness'>;
  readonly missing: number;
  /** Since a job was finished last. */
  readonly sinceJob: WorkDone;
  /** Of late, until a growth begins to be tested. */
  readonly recent: WorkDone;
  readonly growth?: GrowthTest | undefined;
  readonly block?: GrowthBlock | undefined;
  /** There was one, and what came to wait meanwhile is worked off. */
  readonly wasBlocked?: boolean;
}
