/**
 * Makes indexes that are missing, while the platform runs: nothing here blocks reads or writes for longer than a moment.
 * Whatever moment it ends at, another run goes on from what is there. It is not part of the operator's own process, which
 * has no credential that could do it.
 */
import pg from 'pg';
import {
  CATALOG,
  catalogParameter,
  type CatalogRow,
  indexInWords,
  type WantedIndex,
} from '../../capabilities/indexes/wanted.ts';
import { shortHash } from '../../kube/hash.ts';
import { quoteName } from './sql.ts';

export interface IndexMakerOptions {
  /** Connected, with a credential that owns the tables; it has no other user meanwhile. */
  readonly client: pg.Client;
  readonly say: (line: string) => void;
  readonly sleep: (ms: number) => Promise<void>;
  /** To stop between two steps; what runs on the server is for the caller to cancel. */
  readonly signal: AbortSignal;
}

/** Two runs of ours never meet. Asked again and again: one that waits inside of Postgres would hold up the index itself. */
const LOCK = `pg_try_advisory_lock(hashtext('leadplatform-operator'), hashtext('database-indexes'))`;
const UNLOCK = `pg_advisory_unlock(hashtext('leadplatform-operator'), hashtext('database-indexes'))`;
const POLL_MS = 2_000;
/** A session that waits for such a lock holds up all that come after it; so it waits for a moment, and tries again. */
const BRIEF_LOCK = '2s';
const BRIEF_ATTEMPTS = 30;
const MOST_NAME = 63;

/** Not possible, and said why; the others are made. */
class NotPossible extends Error {}

interface Table {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  /** r: a table, p: partitioned, f: foreign, m: a materialised view. */
  readonly kind: string;
}

/** Makes what is missing of these, and says what it did. True where all are there at the end. */
export async function makeIndexes(
  wanted: readonly WantedIndex[],
  options: IndexMakerOptions,
): Promise<boolean> {
  const maker = new IndexMaker(options);
  await maker.lock();
  let complete = true;
  for (const index of wanted) {
    options.signal.throwIfAborted();
    complete = (await maker.make(index)) && complete;
  }
  await maker.unlock();
  return complete;
}

class IndexMaker {
  readonly #client: pg.Client;
  readonly #options: IndexMakerOptions;

  constructor(options: IndexMakerOptions) {
    this.#client = options.client;
    this.#options = options;
  }

  async lock(): Promise<void> {
    await this.#client.query('SET statement_timeout = 0; SET lock_timeout = 0');
    for (let told = false; ; told = true) {
      const [row] = await this.#rows<{ free: boolean }>(`SELECT ${LOCK} AS free`);
      if (row?.free === true) return;
      if (!told) this.#options.say('another run is under way; waiting for its end');
      await this.#pause();
    }
  }

  async unlock(): Promise<void> {
    await this.#client.query(`SELECT ${UNLOCK}`);
  }

  async make(index: WantedIndex): Promise<boolean> {
    const { say, signal } = this.#options;
    const what = `${index.name} on ${indexInWords(index)}`;
    try {
      const { state, found } = await this.#look(index);
      if (state === 'there') {
        say(`${found === index.name ? 'there' : `there as ${found}`}: ${what}`);
        return true;
      }
      if (state !== 'missing') throw new NotPossible(PROBLEMS[state]);
      const [table] = await this.#tables('c.oid = $1::regclass', quoteName(index.table));
      if (table === undefined) throw new NotPossible(PROBLEMS['no-table']);
      await (table.kind === 'p'
        ? this.#onPartitions(index, table, index.name)
        : this.#onTable(index, table, index.name));
      if ((await this.#look(index)).state !== 'there')
        throw new NotPossible('it was made, but is not usable; is a partition missing one?');
      say(`created: ${what}`);
      return true;
    } catch (error) {
      if (signal.aborted || !(error instanceof pg.DatabaseError || error instanceof NotPossible)) throw error;
      // Without `detail`, which quotes rows.
      say(`failed: ${what}: ${error.message}`);
      return false;
    }
  }

  async #look(index: WantedIndex): Promise<CatalogRow> {
    const [row] = await this.#rows<CatalogRow>(CATALOG, [catalogParameter([index])]);
    if (row === undefined) throw new NotPossible('the catalog does not answer');
    return row;
  }

  async #onTable(index: WantedIndex, table: Table, name: string): Promise<void> {
    if (table.kind === 'f') throw new NotPossible(`${table.name} is a foreign table, which has no indexes`);
    await this.#dropLeftover(table, name);
    try {
      await this.#alone(createIndex(index, table, name, 'CONCURRENTLY IF NOT EXISTS', ''));
    } catch (error) {
      // It would be kept up to date by every write, and be of no use.
      await this.#dropLeftover(table, name).catch(() => undefined);
      throw error;
    }
  }

  /**
   * A parent cannot be indexed concurrently. Its own index is made first, without its partitions, which is quick; new
   * partitions get one from then on. Then each partition gets one, or gives the one that it has; the parent's is usable
   * once the last is attached.
   */
  async #onPartitions(index: WantedIndex, parent: Table, name: string): Promise<void> {
    const { signal } = this.#options;
    await this.#briefly(createIndex(index, parent, name, 'IF NOT EXISTS', 'ONLY '));
    const partitions = await this.#tables(
      'c.oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = $1::oid) AND c.relispartition',
      parent.oid,
    );
    for (const partition of partitions) {
      signal.throwIfAborted();
      if (await this.#isAttached(parent, name, partition)) continue;
      const present = await this.#equivalent(index, partition);
      const its = present ?? shortened(name, partition);
      if (present === undefined) {
        await (partition.kind === 'p'
          ? this.#onPartitions(index, partition, its)
          : this.#onTable(index, partition, its));
      }
      await this.#briefly(
        `ALTER INDEX ${quoted(parent.schema, name)} ATTACH PARTITION ${quoted(partition.schema, its)}`,
      );
    }
  }

  async #isAttached(parent: Table, name: string, partition: Table): Promise<boolean> {
    const rows = await this.#rows(
      `SELECT FROM pg_index child JOIN pg_inherits h ON h.inhrelid = child.indexrelid
       JOIN pg_index own ON own.indexrelid = h.inhparent JOIN pg_class c ON c.oid = own.indexrelid
       WHERE child.indrelid = $1::oid AND own.indrelid = $2::oid AND c.relname = $3`,
      [partition.oid, parent.oid, name],
    );
    return rows.length > 0;
  }

  /** An index of the partition that does the same and belongs to no other one. */
  async #equivalent(index: WantedIndex, { oid, schema, name }: Table): Promise<string | undefined> {
    const parameter = catalogParameter([{ ...index, name: '' }], () => quoted(schema, name));
    const [row] = await this.#rows<CatalogRow>(CATALOG, [parameter]);
    if (row?.state !== 'there' || row.found === null) return undefined;
    const rows = await this.#rows(
      `SELECT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
       WHERE i.indrelid = $1::oid AND c.relname = $2 AND NOT c.relispartition AND i.indnkeyatts = $3
         AND i.indnatts = $3 AND i.indisunique = $4 AND i.indpred IS NULL`,
      [oid, row.found, index.columns.length, index.unique],
    );
    return rows.length > 0 && index.where === undefined ? row.found : undefined;
  }

  /** What an interrupted run has left: of that name, on that table, and not usable. No query loses anything by it. */
  async #dropLeftover({ oid, schema, kind }: Table, name: string): Promise<void> {
    if (kind === 'p') return;
    for (let told = false; ; told = true) {
      const [left] = await this.#rows<{ busy: boolean }>(
        `SELECT EXISTS (SELECT FROM pg_stat_progress_create_index p
           WHERE p.index_relid = i.indexrelid AND p.pid <> pg_backend_pid()) AS busy
         FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
         WHERE i.indrelid = $1::oid AND c.relname = $2 AND NOT i.indisvalid`,
        [oid, name],
      );
      if (left === undefined) return;
      if (!left.busy) break;
      if (!told) this.#options.say(`another session creates ${name}; waiting for its end`);
      await this.#pause();
    }
    await this.#alone(`DROP INDEX CONCURRENTLY IF EXISTS ${quoted(schema, name)}`);
    this.#options.say(`dropped: ${name}, which was left unusable by a run that was cut off`);
  }

  /** With a lock that must not be waited for for long. */
  async #briefly(statement: string): Promise<void> {
    await this.#client.query(`SET lock_timeout = '${BRIEF_LOCK}'`);
    try {
      for (let attempt = 1; ; attempt += 1) {
        try {
          await this.#alone(statement);
          return;
        } catch (error) {
          const isLocked = error instanceof pg.DatabaseError && error.code === '55P03';
          if (!isLocked || attempt >= BRIEF_ATTEMPTS) throw error;
          await this.#pause();
        }
      }
    } finally {
      await this.#client.query('SET lock_timeout = 0').catch(() => undefined);
    }
  }

  /** One statement and no second one, whatever a user's condition says: the extended protocol takes only one. */
  async #alone(text: string): Promise<void> {
    const query: pg.QueryConfig & { queryMode: string } = { text, queryMode: 'extended' };
    await this.#client.query(query);
  }

  #tables(condition: string, value: string): Promise<Table[]> {
    return this.#rows<Table>(
      `SELECT c.oid::text AS oid, n.nspname AS schema, c.relname AS name, c.relkind AS kind
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${condition} ORDER BY 2, 3`,
      [value],
    );
  }

  async #rows<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const { rows } = await this.#client.query<Row & pg.QueryResultRow>(text, [...values]);
    return rows;
  }

  async #pause(): Promise<void> {
    await this.#options.sleep(POLL_MS);
    this.#options.signal.throwIfAborted();
  }
}

const PROBLEMS = {
  'no-table': 'there is no such table',
  'no-column': 'there is no such column',
  taken: 'something else has that name',
} as const;

const identifier = (name: string) => `"${name.replaceAll('"', '""')}"`;
const quoted = (schema: string, name: string) => `${identifier(schema)}.${identifier(name)}`;

function createIndex(
  { columns, method, unique, where }: WantedIndex,
  { schema, name: table }: Table,
  name: string,
  how: string,
  only: string,
): string {
  const kind = unique ? 'UNIQUE INDEX' : 'INDEX';
  const on = `${only}${quoted(schema, table)} USING ${method} (${columns.map(identifier).join(', ')})`;
  // The line break ends a comment in it.
  return `CREATE ${kind} ${how} ${identifier(name)} ON ${on}${where === undefined ? '' : ` WHERE (\n${where}\n)`}`;
}

/** The index of a partition: named after that of its parent, and always the same. */
function shortened(name: string, { schema, name: partition }: Table): string {
  const hash = shortHash([schema, partition]).slice(0, 8);
  return `${name.slice(0, MOST_NAME - hash.length - 1)}_${hash}`;
}
