/**
 * The passes over the call logs, for events that the webhook missed. A real platform reads them from the dialer's
 * MariaDB; here a table of the same name in Postgres plays the dialer.
 */
import type { Pool } from 'pg';

export interface PassOutcome {
  readonly looked: number;
  readonly added: number;
}

/** Copies the calls of the dialer that the platform does not have yet, and notes that it did. */
export async function passOverCallLogs(
  pool: Pool,
  command: string,
  span: 'last-hour' | 'all',
): Promise<PassOutcome> {
  const since = span === 'all' ? '-infinity' : new Date(Date.now() - 3_600_000).toISOString();
  const { rows } = await pool.query<{ looked: string; added: string }>(
    `WITH calls AS (SELECT * FROM vicidial_log WHERE call_date >= $1),
     added AS (
       INSERT INTO call_logs (call_id, lead_id, status, source, called_at)
       SELECT uniqueid, lead_id, status, $2, call_date FROM calls
       ON CONFLICT (call_id) DO NOTHING RETURNING 1),
     noted AS (
       INSERT INTO call_log_passes (command, looked_at, added)
       SELECT $2, (SELECT count(*) FROM calls), (SELECT count(*) FROM added)
       RETURNING looked_at AS looked, added)
     SELECT looked, added FROM noted`,
    [since, command],
  );
  return { looked: Number(rows[0]?.looked ?? 0), added: Number(rows[0]?.added ?? 0) };
}
