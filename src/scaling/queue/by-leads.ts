/** Workers of a queue that nobody can look at: by the leads that come, and by what is known of its jobs. */
import type { QueueFlow } from '../../model/queue-history.ts';
import type { LeadFlow } from '../../model/witness.ts';
import { atLeast } from '../demand.ts';

export interface ByLeads {
  readonly leads: LeadFlow;
  /** Worker-seconds. */
  readonly workPerLead: number;
  readonly flow: QueueFlow;
  /** Jobs that wait, by reckoning. */
  readonly waiting: number;
  /** Seconds within which a job has to begin. */
  readonly objective: number;
}

/**
 * Chances to wait for longer than the objective fall by e with each `serviceSeconds / objective` workers beyond the load (M/M/c: Kleinrock,
 * Queueing Systems I, 1975, ch. 3); so many of these steps are taken: e^−3.
 */
const STEPS = 3;
/** The last minute counts for itself where it is so many standard deviations off the minutes before. */
const DEVIATIONS = 3;
/** Of the objective, within which what waits begins. */
const SHARE = 0.6;

/** The workers that carry what comes, and enough beyond it that none waits for long, though nobody sees whether one does. */
export function workersByLeads({
  leads,
  workPerLead,
  flow: { serviceSeconds },
  waiting,
  objective,
}: ByLeads): number {
  const usual = 60 * leads.rate;
  const isOther = Math.abs(60 * leads.recent - usual) > DEVIATIONS * Math.sqrt(usual + 1);
  const load = (isOther ? leads.recent : leads.rate) * workPerLead;
  if (load === 0) return 0;
  return atLeast(
    Math.max(load + (STEPS * serviceSeconds) / objective, (waiting * serviceSeconds) / (SHARE * objective)),
  );
}
