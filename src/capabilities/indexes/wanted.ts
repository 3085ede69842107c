/** The indexes that are to be there, and how the catalog is asked which are. */
import type { LeadPlatformSpec } from '../../api/schema/leadplatform.ts';
import type { DatabaseIndex } from '../../api/schema/capabilities/database-indexes.ts';
import { shortHash } from '../../kube/hash.ts';

export interface WantedIndex {
  readonly name: string;
  readonly table: string;
  readonly columns: readonly string[];
  readonly method: 'btree' | 'brin';
  readonly unique: boolean;
  readonly where?: string;
}

/** The longest name that Postgres keeps. */
const MOST_NAME = 63;

/** Those of the spec, or those that the queries of signals need. */
export function wantedIndexes({ capabilities, signals }: LeadPlatformSpec): readonly WantedIndex[] {
  const given = capabilities.databaseIndexes.indexes ?? [
    ...[signals.leadsPerDay.postgres, signals.leadsPerMinute.postgres]
      .filter((from) => from !== undefined)
      .map(({ table, column }) => ({ table, columns: [column] })),
  ];
  const defined = (given.length > 0 ? given : [LEADS]).map((index) =>
    withName({ method: 'btree', unique: false, ...index }),
  );
  return [...new Map(defined.map((index) => [index.name, index])).values()];
}

const LEADS = { table: 'leads', columns: ['created_at'] };

function withName({ name, ...index }: DatabaseIndex): WantedIndex {
  const { table, columns, method, unique, where } = index;
  const same = [table, columns, method, unique, where];
  return {
    name: name ?? madeName(table, columns, shortHash(same).slice(0, 8)),
    table,
    columns,
    method,
    unique,
    ...(where !== undefined && { where }),
  };
}

/** Begins with what a person looks for, and ends with a hash of all that the index is. */
function madeName(table: string, columns: readonly string[], hash: string): string {
  const words = ['lp', table.replace(/^.*\./, ''), ...columns].join('_').toLowerCase();
  return `${words.slice(0, MOST_NAME - hash.length - 1)}_${hash}`;
}

/** `leads(created_at)`, for a person. */
export function indexInWords({ table, columns, method, unique, where }: WantedIndex): string {
  const kind = [...(unique ? ['unique'] : []), ...(method === 'btree' ? [] : [method])].join(' ');
  return `${kind === '' ? '' : `${kind} `}${table}(${columns.join(', ')})${where === undefined ? '' : ' where …'}`;
}

/** What the catalog says of an index. */
export type IndexState = 'there' | 'missing' | 'no-table' | 'no-column' | 'taken';

/** One of `CATALOG`'s rows. */
export interface CatalogRow {
  readonly name: string;
  readonly state: IndexState;
  /** The name of the index that is there. */
  readonly found: string | null;
}

/** The parameter of `CATALOG`. Names are quoted, for Postgres would fold their case. */
export function catalogParameter(
  indexes: readonly WantedIndex[],
  quoted: (table: string) => string = (table) => `"${table.replace('.', '"."')}"`,
): string {
  return JSON.stringify(
    indexes.map(({ name, table, columns, method, unique, where }) => ({
      name,
      relation: quoted(table),
      columns,
      method,
      is_unique: unique,
      is_partial: where !== undefined,
    })),
  );
}

/**
 * Which indexes of `$1` are there, in one look at the catalog; it needs no right on the tables. One that is called
 * something else counts where it does the same: the same method, the same leading columns, all rows, and usable. A
 * partitioned table's is usable once every partition has one. A condition cannot be compared: such an index counts by its
 * name, or where one without a condition does as well.
 */
export const CATALOG = `SELECT w.name,
  CASE WHEN t.oid IS NULL THEN 'no-table'
    WHEN EXISTS (SELECT FROM jsonb_array_elements_text(w.columns) AS c(name) WHERE NOT EXISTS (
      SELECT FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attname = c.name AND a.attnum > 0 AND NOT a.attisdropped)) THEN 'no-column'
    WHEN found.name IS NOT NULL THEN 'there'
    WHEN EXISTS (SELECT FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
      WHERE c.relnamespace = t.space AND c.relname = w.name AND (i.indrelid IS DISTINCT FROM t.oid OR i.indisvalid)) THEN 'taken'
    ELSE 'missing' END AS state,
  found.name AS found
FROM jsonb_to_recordset($1::jsonb) AS w(name text, relation text, columns jsonb, method text, is_unique boolean, is_partial boolean)
LEFT JOIN LATERAL (SELECT oid, relnamespace AS space FROM pg_class WHERE oid = to_regclass(w.relation)) t ON true
LEFT JOIN LATERAL (
  SELECT c.relname AS name FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam,
    LATERAL (SELECT jsonb_array_length(w.columns) AS wanted) n
  WHERE i.indrelid = t.oid AND i.indisvalid AND i.indisready AND m.amname = w.method
    AND i.indnkeyatts >= n.wanted
    AND w.columns = (SELECT jsonb_agg(a.attname ORDER BY k.at) FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, at)
      JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum WHERE k.at <= n.wanted)
    AND NOT EXISTS (SELECT FROM unnest(i.indclass::oid[]) WITH ORDINALITY AS o(class, at)
      JOIN pg_opclass p ON p.oid = o.class WHERE o.at <= n.wanted AND NOT p.opcdefault)
    AND (NOT w.is_unique OR (i.indisunique AND i.indnkeyatts = n.wanted))
    AND CASE WHEN w.is_partial
      THEN (c.relname = w.name AND i.indpred IS NOT NULL) OR (NOT w.is_unique AND i.indpred IS NULL)
      ELSE i.indpred IS NULL END
  ORDER BY c.relname <> w.name, c.relname LIMIT 1) found ON true`;
