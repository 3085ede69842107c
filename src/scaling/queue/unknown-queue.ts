/** What can be said of a queue that nobody can look at: how many of its jobs wait, by what leads make and what its workers take. */
import type { QueueFlow } from '../../model/queue-history.ts';
import type { LeadFlow, QueueWitness, UnknownQueue } from '../../model/witness.ts';
import { workPerLead } from './work-per-lead.ts';

export interface Unseen {
  readonly flow: QueueFlow | undefined;
  /** Undefined while leads/minute is unknown. */
  readonly leads: LeadFlow | undefined;
  /** Pods that are asked for, of the component that serves the queue. */
  readonly workers: number;
}

/** One count of leads tells of so many seconds at the most. */
const LONGEST_S = 60;

/** @param kept Workers that are kept while it is not known, where it was until now. */
export function unknownQueue(
  before: QueueWitness,
  { flow, leads, workers }: Unseen,
  kept = workers,
): UnknownQueue {
  const known: UnknownQueue = before.unknown ?? {
    workers: kept,
    waiting: before.ready,
    at: before.at,
  };
  const perLead = workPerLead(before);
  if (flow === undefined || leads === undefined || perLead === undefined || leads.at <= known.at)
    return known;
  const seconds = Math.min(LONGEST_S, (leads.at - known.at) / 1_000);
  const growth = (leads.recent * perLead - workers) / flow.serviceSeconds;
  return { ...known, waiting: Math.max(0, known.waiting + growth * seconds), at: leads.at };
}
