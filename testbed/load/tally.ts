/** The count at the end, by lead id: what was sent against what the platform has of it. */
import type { ClientBase, Pool } from 'pg';
import type { LoadOutcome } from './sender.ts';

export interface Tally {
  readonly sent: number;
  readonly accepted: number;
  /** Leads of those sent that have a row. */
  readonly rows: number;
  /** Leads of those sent whose job had its effect. */
  readonly effects: number;
  /** Runs of their jobs that came to an end. */
  readonly runs: number;
  /** Leads whose jobs came to an end more than once. */
  readonly runsMoreThanOnce: readonly string[];
  /** Leads whose jobs were begun more than once: a worker died, or was too slow. */
  readonly startedMoreThanOnce: readonly string[];
  /** Leads that were accepted, and have no row or no effect. */
  readonly missing: readonly string[];
}

interface Row {
  readonly lead_id: string;
  readonly row: boolean;
  readonly effect: boolean;
  readonly starts: string;
  readonly runs: string;
}

const PER_LEAD = `
SELECT sent.lead_id,
  EXISTS (SELECT FROM leads l WHERE l.lead_id = sent.lead_id) AS row,
  EXISTS (SELECT FROM lead_effects e WHERE e.lead_id = sent.lead_id) AS effect,
  coalesce(sum(r.starts), 0) AS starts,
  coalesce(sum(r.runs), 0) AS runs
FROM unnest($1::text[]) AS sent (lead_id) LEFT JOIN job_runs r ON r.lead_id = sent.lead_id
GROUP BY sent.lead_id`;

const BATCH = 10_000;

/** Counts now: for the end, wait until the queues are empty first. */
export async function tally(
  database: ClientBase | Pool,
  { sent, accepted }: Pick<LoadOutcome, 'sent' | 'accepted'>,
): Promise<Tally> {
  const found: Row[] = [];
  for (let start = 0; start < sent.length; start += BATCH) {
    const { rows } = await database.query<Row>(PER_LEAD, [sent.slice(start, start + BATCH)]);
    found.push(...rows);
  }
  const promised = new Set(accepted);
  const idsWhere = (holds: (row: Row) => boolean) => found.filter(holds).map(({ lead_id }) => lead_id);
  return {
    sent: sent.length,
    accepted: accepted.length,
    rows: idsWhere(({ row }) => row).length,
    effects: idsWhere(({ effect }) => effect).length,
    runs: found.reduce((sum, { runs }) => sum + Number(runs), 0),
    runsMoreThanOnce: idsWhere(({ runs }) => Number(runs) > 1),
    startedMoreThanOnce: idsWhere(({ starts }) => Number(starts) > 1),
    missing: idsWhere(({ lead_id, row, effect }) => promised.has(lead_id) && !(row && effect)),
  };
}
