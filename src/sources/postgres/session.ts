/**
 * What holds for one message of ours, and for no longer. Behind a pooler that gives connections out by the transaction,
 * the last client has left its own `search_path` and role; the settings that decide what a query reads are therefore made
 * each time. Nothing of it is left for the next client.
 */
import pg from 'pg';
import { quoteName } from './sql.ts';

export interface QueryContext {
  /** The table that is read, as the spec names it. Without one, catalogs and statistics are. */
  readonly table?: string;
  /** The zone of columns without one. Default: UTC. */
  readonly timeZone?: string;
}

/**
 * Postgres is to refuse a query whose rows a policy hides, rather than to answer with what is left. A policy that shows the
 * whole table to the role (`USING (true)`, and none that restricts) hides nothing.
 */
function rowSecurity(table: string | undefined): string {
  if (table === undefined) return `'off'`;
  const relation = `to_regclass(${pg.escapeLiteral(quoteName(table))})`;
  const policies = `FROM pg_policy p WHERE p.polrelid = ${relation} AND p.polcmd IN ('r', '*')`;
  return `CASE WHEN EXISTS (SELECT ${policies} AND p.polpermissive AND pg_get_expr(p.polqual, p.polrelid) = 'true'
    AND EXISTS (SELECT FROM unnest(p.polroles) r(role) WHERE r.role = 0 OR pg_has_role(r.role, 'USAGE')))
  AND NOT EXISTS (SELECT ${policies} AND NOT p.polpermissive) THEN 'on' ELSE 'off' END`;
}

/** What a statement can set from within, as columns of a SELECT. Each statement less is a reply less, hundreds of times a second. */
function common(timeoutMs: number, { table, timeZone = 'UTC' }: QueryContext): string {
  return `set_config('transaction_read_only', 'on', true), set_config('statement_timeout', '${Math.ceil(timeoutMs)}', true),
  set_config('timezone', ${pg.escapeLiteral(timeZone)}, true), set_config('extra_float_digits', '1', true),
  set_config('row_security', ${rowSecurity(table)}, true)`;
}

/** As statements of one message with others, which makes them one transaction. Only a `SET` knows the default of a role. */
export function settings(timeoutMs: number, context: QueryContext): string {
  return `SET LOCAL role TO DEFAULT; SET LOCAL search_path TO DEFAULT; SELECT ${common(timeoutMs, context)}`;
}

/** The number of the session at the server, in the answer to `settingsInOne`. */
export const SESSION_COLUMN = 'session';

/**
 * The same as one statement, for the protocol of statements in parts: there Postgres warns of every `SET LOCAL` outside of
 * a block, and its log would fill. A role's default for another role counts as none.
 */
export function settingsInOne(timeoutMs: number, context: QueryContext): string {
  return `SELECT set_config('role', 'none', true),
  set_config('search_path', (SELECT reset_val FROM pg_settings WHERE name = 'search_path'), true),
  ${common(timeoutMs, context)}, pg_backend_pid() AS ${SESSION_COLUMN}`;
}

/** Makes a block of what came before it in the message, and takes it back: nothing that a condition set is left behind. */
export const TAKE_BACK = ['BEGIN', 'ROLLBACK'] as const;
