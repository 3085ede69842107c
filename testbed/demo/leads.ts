/** The table of leads: partitioned by time as a platform of this size should be, so that old leads go without a trace. */
import type { Client } from 'pg';

/** Rows of one statement; more are inserted by several. */
const BATCH = 20_000;

export class LeadsTable {
  readonly #client: Client;
  readonly #partitionMs: number;
  readonly #keepMs: number;
  /** Start of each partition that exists, in ms since the epoch. */
  readonly #partitions = new Set<number>();
  #inserted = 0;

  /** `keepMs`: how long a lead is kept at least. */
  constructor(options: { client: Client; keepMs: number }) {
    this.#client = options.client;
    this.#keepMs = options.keepMs;
    this.#partitionMs = Math.ceil(options.keepMs / 4);
  }

  get inserted(): number {
    return this.#inserted;
  }

  /** Creates the table, and a role that can count it and nothing else. */
  async create(now: number, reader: { name: string; password: string }): Promise<void> {
    const { escapeIdentifier, escapeLiteral } = this.#client;
    const name = escapeIdentifier(reader.name);
    await this.#client.query(`
      CREATE TABLE leads (
        id bigint GENERATED ALWAYS AS IDENTITY,
        phone text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      ) PARTITION BY RANGE (created_at);
      CREATE INDEX leads_created_at ON leads (created_at);
      CREATE ROLE ${name} LOGIN PASSWORD ${escapeLiteral(reader.password)} IN ROLE pg_monitor;
      GRANT SELECT ON leads TO ${name};
    `);
    await this.maintain(now, now);
  }

  /** Leads that arrive, evenly, between two instants in ms since the epoch. */
  async insert(count: number, since: number, until: number): Promise<void> {
    await this.maintain(since, until);
    // By when they are due, not by when a busy machine gets round to them: a day has the leads of a day.
    for (let done = 0; done < count; done += BATCH) {
      const rows = Math.min(BATCH, count - done);
      await this.#client.query({
        name: 'insert-leads',
        text: `INSERT INTO leads (phone, created_at)
          SELECT '+1555' || lpad(n::text, 7, '0'), to_timestamp($3::float8 + n * $4::float8)
          FROM generate_series($1::int, $2::int) n`,
        values: [done + 1, done + rows, since / 1_000, (until - since) / 1_000 / count],
      });
      this.#inserted += rows;
    }
  }

  /**
   * Creates the partitions from an instant to the one after `now`, since an insert without one fails, and drops those
   * that are old enough.
   */
  async maintain(from: number, now: number): Promise<void> {
    const first = Math.floor(from / this.#partitionMs) * this.#partitionMs;
    for (let start = first; start <= now + this.#partitionMs; start += this.#partitionMs) {
      if (this.#partitions.has(start)) continue;
      const [lower, upper] = [start, start + this.#partitionMs].map((ms) => new Date(ms).toISOString());
      await this.#client.query(
        `CREATE TABLE leads_${start} PARTITION OF leads FOR VALUES FROM ('${lower}') TO ('${upper}')`,
      );
      this.#partitions.add(start);
    }
    for (const start of this.#partitions) {
      if (start + this.#partitionMs + this.#keepMs > now) continue;
      await this.#client.query(`DROP TABLE leads_${start}`);
      this.#partitions.delete(start);
    }
  }
}
