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

/** Rows created in `($1, $2]`; an index on the column makes it cheap. Literals: see local-time.ts. */
export function countBetween(table: string, column: string): string {
  return `SELECT count(*)::float8 AS value FROM ${quoteName(table)} WHERE ${within(column, '$1', '$2')}`;
}

const within = (column: string, from: string, until: string): string =>
  `${quoteName(column)} > ${from} AND ${quoteName(column)} <= ${until}`;

/**
 * The same, in steps of `$3` seconds, each `(start, end]` as the whole; `$4` is the last one, `$5` the
 * start as an instant. The zone of the column is that of the session.
 */
export function countBySteps(table: string, column: string): string {
  return `SELECT greatest(0, least(ceil(extract(epoch FROM ${quoteName(column)}::timestamptz - $5::timestamptz) / $3::float8) - 1, $4::float8))::int AS step, count(*)::float8 AS value
FROM ${quoteName(table)} WHERE ${within(column, '$1', '$2')} GROUP BY 1`;
}

/**
 * A table and all that is counted with it: partitions, what inherits from it, and for a view the tables that it reads.
 * `name` is the quoted name as a literal.
 */
function tree(name: string, throughViews: boolean): string {
  const views = `UNION ALL SELECT d.refobjid FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass
      AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass WHERE r.ev_class = tree.relid`;
  return `WITH RECURSIVE tree(relid) AS (SELECT ${name}::regclass::oid UNION SELECT next.relid FROM tree, LATERAL (
      SELECT inhrelid FROM pg_inherits WHERE inhparent = tree.relid
      ${throughViews ? views : ''}) next(relid))`;
}

/**
 * The leads of the minute `($1, $2]`, and what tells whether the column can be believed, each by one look into its index:
 *
 * | column     | what                                                                                     |
 * |------------|------------------------------------------------------------------------------------------|
 * | `value`    | the leads of the minute                                                                  |
 * | `type`     | the type of the column                                                                   |
 * | `kind`     | r: a table, p: partitioned, v: a view, m: a materialised one, f: foreign                 |
 * | `dated`    | a lead is dated in `($3, $4]`, around now                                                |
 * | `ahead`    | a lead is dated in `($5, $6]`, in the future                                             |
 * | `empty`    | no lead has a date at all                                                                |
 * | `inserted` | rows ever inserted, as the statistics tell; they visit no row, and start again at a crash |
 *
 * `$7` is the quoted name of the table.
 */
export function leadDates(table: string, column: string): string {
  const from = quoteName(table);
  return `SELECT count(*)::float8 AS value, pg_typeof(max(${quoteName(column)}))::text AS type,
  (SELECT relkind FROM pg_class WHERE oid = $7::regclass) AS kind,
  EXISTS (SELECT FROM ${from} WHERE ${within(column, '$3', '$4')}) AS dated,
  EXISTS (SELECT FROM ${from} WHERE ${within(column, '$5', '$6')}) AS ahead,
  (SELECT max(${quoteName(column)}) FROM ${from}) IS NULL AS empty,
  (${tree('$7', true)} SELECT coalesce(sum(pg_stat_get_tuples_inserted(relid)), 0)::float8 FROM tree) AS inserted
FROM ${from} WHERE ${within(column, '$1', '$2')}`;
}

/**
 * An estimate of the rows: the planner's, or the live rows of the statistics where those are more. A table that was never
 * analysed has −1 (or 0, from an index made while it was empty), and the statistics are lost in a crash; one that has data
 * and neither is counted in `unseen`, and so is a foreign table, whose data is elsewhere. A view has none of its own, and a
 * partitioned table says again what its partitions do.
 */
export const ESTIMATED = `${tree('$1', false)}
SELECT coalesce(sum(greatest(c.reltuples, pg_stat_get_live_tuples(c.oid), 0)), 0)::float8 AS value,
  count(*) FILTER (WHERE c.reltuples <= 0 AND pg_stat_get_live_tuples(c.oid) = 0
    AND (pg_relation_size(c.oid) > 0 OR c.relkind = 'f' OR NOT c.relispopulated))::int AS unseen,
  (SELECT relkind FROM pg_class WHERE oid = $1::regclass) AS kind
FROM tree JOIN pg_class c ON c.oid = tree.relid AND c.relkind <> 'p'`;

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
