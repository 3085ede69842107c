/** Postgres: the pool, the tables, and what tells an outage from a mistake. */
import { setTimeout as delay } from 'node:timers/promises';
import { Pool, type PoolClient } from 'pg';
import type { Config } from './config.ts';
import { log, said } from './log.ts';

export function openPool({ database }: Config, connections: number): Pool {
  const pool = new Pool({
    host: database.host,
    port: database.port,
    database: database.name,
    user: database.username,
    password: database.password,
    max: connections,
    application_name: 'brain',
    // A name server that is not heard is asked again after 5 s: one packet that is lost is not to cost a request.
    connectionTimeoutMillis: 12_000,
    query_timeout: 10_000,
    // A worker that waits for jobs must not lose its connection, and connect again for each.
    idleTimeoutMillis: 60_000,
  });
  // Emitted for connections that nobody uses at the moment; without a listener it would end the process.
  pool.on('error', (error) => log('warning', 'Losing an idle connection to Postgres', said(error)));
  // The pool looks after the idle ones alone; of one in use it is the query that tells.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** Names and types as Laravel's own migrations have them where a table is Laravel's. */
const TABLES = `
CREATE TABLE IF NOT EXISTS leads (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  lead_id text NOT NULL UNIQUE,
  phone text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS leads_created_at_index ON leads (created_at);
CREATE TABLE IF NOT EXISTS job_runs (
  job_uuid text PRIMARY KEY,
  lead_id text,
  queue text NOT NULL,
  starts integer NOT NULL DEFAULT 0,
  runs integer NOT NULL DEFAULT 0,
  first_started_at timestamptz NOT NULL DEFAULT now(),
  last_finished_at timestamptz
);
CREATE INDEX IF NOT EXISTS job_runs_lead_id_index ON job_runs (lead_id);
CREATE TABLE IF NOT EXISTS lead_effects (
  lead_id text PRIMARY KEY,
  job_uuid text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS call_logs (
  call_id text PRIMARY KEY,
  lead_id text,
  status text,
  source text NOT NULL,
  called_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS vicidial_log (
  uniqueid text PRIMARY KEY,
  lead_id text,
  status text,
  call_date timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS call_log_passes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  command text NOT NULL,
  looked_at bigint NOT NULL,
  added bigint NOT NULL,
  finished_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS jobs (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  queue varchar(255) NOT NULL,
  payload text NOT NULL,
  attempts smallint NOT NULL,
  reserved_at integer,
  available_at integer NOT NULL,
  created_at integer NOT NULL
);
CREATE INDEX IF NOT EXISTS jobs_queue_index ON jobs (queue);
CREATE TABLE IF NOT EXISTS failed_jobs (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  uuid varchar(255) NOT NULL UNIQUE,
  connection text NOT NULL,
  queue text NOT NULL,
  payload text NOT NULL,
  exception text NOT NULL,
  failed_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS cache (
  key varchar(255) PRIMARY KEY,
  value text NOT NULL,
  expiration integer NOT NULL
);
`;

/** Any number, the same for all that migrate: two at once would trip over one another's IF NOT EXISTS. */
const MIGRATION_LOCK = 7_302_915;

/** Creates what is missing. Whoever finds all of it there asks for no right to create. */
export async function migrate(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ there: boolean }>(`SELECT to_regclass('cache') IS NOT NULL AS there`);
  if (rows[0]?.there === true) return;
  await transaction(pool, async (client) => {
    await client.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    await client.query(TABLES);
  });
}

const OUTAGE_PAUSE_MS = 1_000;

/** Back when Postgres answers, or when there is nothing to wait for any more. */
export async function untilReachable(pool: Pool, quit: AbortSignal): Promise<void> {
  while (!quit.aborted) {
    try {
      await pool.query('SELECT 1');
      return;
    } catch (error) {
      if (!isLostConnection(error)) throw error;
      await delay(OUTAGE_PAUSE_MS, undefined, { signal: quit }).catch(() => undefined);
    }
  }
}

/** Runs `work` in a transaction, which is taken back when it throws. */
export async function transaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken = true;
  try {
    await client.query('BEGIN');
    try {
      const result = await work(client);
      await client.query('COMMIT');
      broken = false;
      return result;
    } catch (error) {
      broken = await client.query('ROLLBACK').then(
        () => false,
        () => true,
      );
      throw error;
    }
  } finally {
    // A connection in an unknown state is closed rather than given to the next.
    client.release(broken);
  }
}

/** Whether Postgres is away, rather than the question wrong: classes 08 and 57, and what sockets say. */
export function isLostConnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as Error & { code?: unknown };
  if (typeof code === 'string') return /^(08|57P|53300|E[A-Z]+$)/.test(code);
  return /terminated|timeout|not queryable/i.test(error.message);
}
