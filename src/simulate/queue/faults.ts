/** What goes wrong during a trace, and when. */
import type { Workload } from './workload.ts';

export const SIGNALS = ['queues', 'leads'] as const;
/** What a policy may not be able to read: the depth of queues, or how many leads come. */
export type Signal = (typeof SIGNALS)[number];

/** `starts`: no Pod becomes ready; `jobs`: those that come take longer; a signal: nobody can read it. */
export const FAULT_KINDS = [...SIGNALS, 'starts', 'jobs'] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface Fault {
  readonly kind: FaultKind;
  /** Seconds since the trace began. */
  readonly from: number;
  readonly until: number;
  /** How many times as long a job takes, of `jobs`; 1 of the others. */
  readonly factor: number;
}

export class Faults {
  readonly #of: Readonly<Record<FaultKind, readonly Fault[]>>;

  constructor(faults: readonly Fault[]) {
    const ofKind = (kind: FaultKind) =>
      faults.filter((fault) => fault.kind === kind).toSorted((a, b) => a.from - b.from);
    this.#of = {
      queues: ofKind('queues'),
      leads: ofKind('leads'),
      starts: ofKind('starts'),
      jobs: ofKind('jobs'),
    };
  }

  /** What cannot be read at a second. */
  silentAt(second: number): readonly Signal[] {
    return SIGNALS.filter((signal) => this.#of[signal].some((fault) => isIn(fault, second)));
  }

  /** When a Pod that is wanted now becomes ready: one that meets a fault of starts begins anew when that is over. */
  readyAt(wantedAt: number, startSeconds: number): number {
    let begins = wantedAt;
    for (const { from, until } of this.#of.starts)
      if (begins < until && begins + startSeconds > from) begins = until;
    return begins + startSeconds;
  }

  /** The same jobs; those that come during a fault of jobs take longer. */
  slowed(workload: Workload): Workload {
    const faults = this.#of.jobs;
    if (faults.length === 0) return workload;
    const { arrivals, services } = workload;
    const slowed = services.map((seconds, job) =>
      faults.reduce((all, fault) => (isIn(fault, arrivals[job]!) ? all * fault.factor : all), seconds),
    );
    return { ...workload, services: slowed };
  }
}

export const NO_FAULTS = new Faults([]);

function isIn({ from, until }: Fault, second: number): boolean {
  return second >= from && second < until;
}
