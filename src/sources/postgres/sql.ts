/**
 * The queries, as text. Every value is a parameter; the one thing that is not is a name, which is quoted.
 * The instant that a query asks about is a parameter too: nothing here says now().
 */

/** `sales.leads` → `"sales"."leads"`. Names are taken as written: quoted, Postgres does not fold their case. */
export function quoteName(name: string): string {
  return name
    .split('.')
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join('.');
}

/** Rows created in `($1, $2]`; an index on the column makes it cheap. */
export function countBetween(table: string, column: string): string {
  const at = quoteName(column);
  return `SELECT count(*)::float8 AS value FROM ${quoteName(table)} WHERE ${at} > $1::timestamptz AND ${at} <= $2::timestamptz`;
}

/** The same, in steps of `$3` seconds, each `(start, end]` as the whole; `$4` is the last one. */
export function countBySteps(table: string, column: string): string {
  const at = quoteName(column);
  return `SELECT least(ceil(extract(epoch FROM ${at}::timestamptz - $1::timestamptz) / $3::float8) - 1, $4::float8)::int AS step, count(*)::float8 AS value
FROM ${quoteName(table)} WHERE ${at} > $1::timestamptz AND ${at} <= $2::timestamptz GROUP BY 1`;
}

/** The leaves of a partitioned table, or a table itself, for which pg_partition_tree has nothing. `$1`: the quoted name. */
const LEAVES = `SELECT relid FROM pg_partition_tree($1::regclass) WHERE isleaf
  UNION SELECT $1::regclass FROM pg_class WHERE oid = $1::regclass AND relkind <> 'p'`;

/**
 * Rows ever inserted, as the statistics tell, over the leaves of a partitioned table: its own counter stays 0.
 * Visits no row.
 */
export const INSERTED = `SELECT coalesce(sum(pg_stat_get_tuples_inserted(relid)), 0)::float8 AS value
FROM (${LEAVES}) leaves`;

/**
 * An estimate of the rows: the planner's, or the live rows of the statistics where those are more. A leaf that was never
 * analysed has −1 (or 0, from an index made while it was empty), and the statistics are lost in a crash; a leaf that has
 * data and neither is counted in `unseen`.
 */
export const ESTIMATED = `SELECT coalesce(sum(greatest(c.reltuples, pg_stat_get_live_tuples(c.oid), 0)), 0)::float8 AS value,
  count(*) FILTER (WHERE c.reltuples <= 0 AND pg_stat_get_live_tuples(c.oid) = 0 AND pg_relation_size(c.oid) > 0)::int AS unseen
FROM (${LEAVES}) leaves JOIN pg_class c ON c.oid = leaves.relid`;

/** Rows for which the user's condition holds. The line break ends a comment in it. */
export function countWhere(table: string, condition: string): string {
  return `SELECT count(*)::float8 AS value FROM ${quoteName(table)} WHERE (\n${condition}\n)`;
}

export const DATABASE_SIZE = 'SELECT pg_database_size(current_database())::float8 AS value';

/**
 * Without pg_monitor the kind of another role's backend is hidden; such a one with a database is counted as a client,
 * for a budget had better be too careful. `reserved_connections` is there from Postgres 16 on.
 */
export const CONNECTIONS = `SELECT
  (SELECT count(*) FROM pg_stat_activity
    WHERE backend_type = 'client backend' OR (backend_type IS NULL AND datid IS NOT NULL))::float8 AS used,
  (current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
    - coalesce(current_setting('reserved_connections', true)::int, 0))::float8 AS allowed`;
