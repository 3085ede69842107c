/** What goes wrong during a trace, and when. */
import { SIGNALS, type Signal, type View } from './view.ts';
import { UNHINDERED, type Pace } from './pace.ts';
import type { Workload } from './workload.ts';

/**
 * `leads`: both signals of leads; `starts`: no Pod becomes ready; `jobs`: those that come take longer; `throughput`: all Pods together
 * finish no more than so many.
 */
export const FAULT_KINDS = [...SIGNALS, 'leads', 'starts', 'jobs', 'throughput'] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface Fault {
  readonly kind: FaultKind;
  /** Seconds since the trace began. */
  readonly from: number;
  readonly until: number;
  /** How many times as long a job takes, of `jobs`. Default: 1. */
  readonly factor?: number;
  /** Jobs of the mean length that all Pods together finish in a minute at the most, of `throughput`. Default: 0. */
  readonly jobsPerMinute?: number;
  /** What a signal reads all the while: a number, or what it read when this began. Left out: nobody can read it. */
  readonly reads?: number | 'frozen';
}

export class Faults {
  readonly #of: Readonly<Record<FaultKind, readonly Fault[]>>;
  /** What the queue told when a fault that freezes it began. */
  #frozen: { readonly fault: Fault; readonly view: View } | undefined;

  constructor(faults: readonly Fault[]) {
    const ofKind = (kind: FaultKind) =>
      faults.filter((fault) => fault.kind === kind).toSorted((a, b) => a.from - b.from);
    this.#of = {
      queues: ofKind('queues'),
      'leads-per-minute': ofKind('leads-per-minute'),
      'leads-per-day': ofKind('leads-per-day'),
      leads: ofKind('leads'),
      starts: ofKind('starts'),
      jobs: ofKind('jobs'),
      throughput: ofKind('throughput'),
    };
  }

  /** What a policy is told in place of the truth. */
  told(truth: View): View {
    const silent = SIGNALS.filter((signal) => this.#at(signal, truth.now).some(isSilence));
    const lies: Record<string, number | 'frozen'> = {};
    for (const signal of ['leads-per-minute', 'leads-per-day'] as const) {
      const reads = this.#at(signal, truth.now).find((fault) => !isSilence(fault))?.reads;
      if (reads !== undefined) lies[signal] = reads;
    }
    return { ...truth, ...this.#queueTold(truth), silent, lies };
  }

  #at(signal: Signal, second: number): readonly Fault[] {
    const own = this.#of[signal].filter((fault) => isIn(fault, second));
    return signal === 'queues' ? own : [...own, ...this.#of.leads.filter((fault) => isIn(fault, second))];
  }

  /** A length that is made up changes neither how many are worked on nor the age of the first; a queue that is empty has neither. */
  #queueTold(truth: View): Partial<View> {
    const fault = this.#at('queues', truth.now).find((one) => !isSilence(one));
    if (fault === undefined) return {};
    if (typeof fault.reads === 'number') {
      if (fault.reads !== 0) return { ready: fault.reads };
      return { ready: 0, inFlight: 0, oldestAgeSeconds: 0, firstForSeconds: 0 };
    }
    // Another policy begins from the first second.
    if (this.#frozen?.fault !== fault || truth.now <= this.#frozen.view.now)
      this.#frozen = { fault, view: truth };
    const { ready, inFlight, oldestAgeSeconds, firstForSeconds } = this.#frozen.view;
    return { ready, inFlight, oldestAgeSeconds, firstForSeconds };
  }

  /** When a Pod that is wanted now becomes ready: one that meets a fault of starts begins anew when that is over. */
  readyAt(wantedAt: number, startSeconds: number): number {
    let begins = wantedAt;
    for (const { from, until } of this.#of.starts)
      if (begins < until && begins + startSeconds > from) begins = until;
    return begins + startSeconds;
  }

  get limitsThroughput(): boolean {
    return this.#of.throughput.length > 0;
  }

  /** How quickly the Pods' jobs get on, which take so many seconds by themselves, on the average. */
  paceOf(serviceSeconds: number): Pace {
    const faults = this.#of.throughput;
    if (faults.length === 0) return UNHINDERED;
    const changes = faults.flatMap(({ from, until }) => [from, until]).toSorted((a, b) => a - b);
    return {
      speed: (second, busy) =>
        faults.reduce((least, fault) => {
          if (!isIn(fault, second)) return least;
          return Math.min(least, ((fault.jobsPerMinute ?? 0) * serviceSeconds) / (60 * busy));
        }, 1),
      changesAt: (second) => changes.find((at) => at > second) ?? Infinity,
    };
  }

  /** The same jobs; those that come during a fault of jobs take longer. */
  slowed(workload: Workload): Workload {
    const faults = this.#of.jobs;
    if (faults.length === 0) return workload;
    const { arrivals, services } = workload;
    const slowed = services.map((seconds, job) =>
      faults.reduce((all, fault) => (isIn(fault, arrivals[job]!) ? all * (fault.factor ?? 1) : all), seconds),
    );
    return { ...workload, services: slowed };
  }
}

const isSilence = ({ reads }: Fault): boolean => reads === undefined;

export const NO_FAULTS = new Faults([]);

function isIn({ from, until }: Fault, second: number): boolean {
  return second >= from && second < until;
}
