/**
 * How much work a lead makes in one queue, in seconds of a worker: jobs in flight over leads a second, each on the mean of an hour or so.
 * All work is done in the end, so this holds however long jobs wait, however many a lead makes, and whatever is known of a single one
 * (Little 1961: L = λW, of the workers).
 */
import type { LeadFlow, QueueWitness } from '../../model/witness.ts';

type Counted = Pick<QueueWitness, 'work' | 'leads' | 'countedAt'>;

/** A day that was bad is forgotten soon. */
const MEMORY_S = 3_600;
/** Looks that are further apart tell nothing of what was in between. */
const LONGEST_SILENCE_S = 120;
/** Ten a minute. */
const FEWEST_A_SECOND = 1 / 6;
/** Leads on which it rests at the least. */
const FEWEST_LEADS = 100;

/** Nothing is known. */
export const FORGOTTEN = { work: 0, leads: 0 };

/** @returns undefined where too few leads were seen */
export const workPerLead = ({ work, leads }: Counted): number | undefined =>
  leads >= FEWEST_LEADS ? work / leads : undefined;

/** Jobs that no lead has made, as those of a newsletter, count for as many as these. */
const MOST = { times: 3, atLeast: 3 };

/** After one more look that is believed. @param inFlight On the mean since the look before. */
export function countedWith(before: Counted, inFlight: number, { rate }: LeadFlow, at: number): Counted {
  const { work, leads, countedAt } = before;
  const seconds = (at - countedAt) / 1_000;
  if (seconds <= 0) return { work, leads, countedAt };
  // What is not counted on one side is not on the other. While few leads come, most work may be of other jobs.
  if (seconds > LONGEST_SILENCE_S || rate < FEWEST_A_SECOND) return { work, leads, countedAt: at };
  const kept = Math.exp(-seconds / MEMORY_S);
  const perLead = workPerLead(before);
  const most = perLead === undefined ? inFlight : Math.max(MOST.atLeast, MOST.times * perLead * rate);
  const counted = Math.min(inFlight, most);
  return { work: kept * work + seconds * counted, leads: kept * leads + seconds * rate, countedAt: at };
}
