/** How far the copies of a database are behind it, as the primary says. */
import type { PostgresStore } from '../../api/schema/stores.ts';
import type { ProbeResult, PostgresProbe, PostgresFacts } from '../../probes/probe.ts';

/** `behind` and `near` hold no number that moves by itself: an answer is news only where it says something else. */
export interface LagRow {
  /** Copies that are connected. */
  readonly copies: number;
  /** The role may not see how far they are. */
  readonly hidden: boolean;
  /** One of them is further behind than is allowed. */
  readonly behind: boolean;
  /** All are within half of what is allowed. */
  readonly near: boolean;
}

/** One segment of the log: less than that is what has been written since the copy last said where it is. */
const SEGMENT = 16 * 1024 * 1024;

/**
 * `$1`: the allowed lag in seconds; `$2`: what the copies are called, without their number. Time alone says too little: the
 * lag of a copy that has all is null, and so is that of one that has said nothing yet. One that is still catching up is
 * behind whatever it says.
 */
export const LAG = `SELECT count(*)::int AS copies, coalesce(bool_or(hidden), false) AS hidden,
  coalesce(max(lag), 0) > $1::float8 AS behind, coalesce(max(lag), 0) <= $1::float8 / 2 AS near
FROM (SELECT state IS NULL AS hidden, CASE
    WHEN state IS NULL OR state <> 'streaming' THEN 'Infinity'::float8
    WHEN replay_lsn >= pg_current_wal_lsn() THEN 0
    WHEN replay_lag IS NOT NULL THEN extract(epoch FROM replay_lag)::float8
    WHEN pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn) < ${SEGMENT} THEN 0
    ELSE 'Infinity'::float8 END AS lag
  FROM pg_stat_replication
  WHERE state IS DISTINCT FROM 'backup' AND (application_name IS NULL OR starts_with(application_name, $2))) copies`;

export function lagProbe(store: PostgresStore, cluster: string, maxLagMs: number): PostgresProbe {
  return {
    id: 'read-replica/lag',
    kind: 'postgres',
    store,
    query: LAG,
    parameters: [maxLagMs / 1_000, `${cluster}-`],
    // Reads move to the primary by it, and back.
    isConstant: true,
  };
}

/** `fair`: further than half of what is allowed, and not further than that. */
export type Lag =
  { readonly is: 'near' | 'fair' | 'behind' | 'unasked' } | { readonly is: 'unknown'; readonly why: string };

export function lagOf(answer: ProbeResult<PostgresFacts> | undefined): Lag {
  if (answer === undefined) return { is: 'unasked' };
  if ('unknown' in answer) return { is: 'unknown', why: `${answer.unknown}: ${answer.message}` };
  const [row] = answer.facts.rows as unknown as readonly LagRow[];
  if (row === undefined || row.copies === 0)
    return { is: 'unknown', why: 'no copy is connected to the database of stores.postgres' };
  if (row.hidden)
    return {
      is: 'unknown',
      why: 'the role that the operator measures with may not see it; grant it pg_monitor',
    };
  if (row.behind) return { is: 'behind' };
  return { is: row.near ? 'near' : 'fair' };
}
