/**
 * Leads/day: an exact, bounded count now and then, and in between the rows that the statistics say were inserted since.
 *
 *   value = exact count + inserted since
 *
 * an upper bound until the next count: rows that left the window since, that were rolled back, or that an import dated
 * back are in it. Worked: 24,900 counted at 9:00, the counter of inserts grew by 150 until 9:02 → 25,050, while 40 leads
 * of yesterday 9:00–9:02 left the window; the count at 9:05 sets it right. When the bound has run away by more than a
 * tenth the exact count comes at once, so that a restored archive is never taken for a busy day.
 */
import { known, type Instant } from '../../signals/reading.ts';
import type { StoreAccess } from '../access.ts';
import type { Observation, Source } from '../port.ts';
import { observe } from '../observe.ts';
import { countBetween, INSERTED, quoteName } from './sql.ts';
import { numberIn, type PostgresPool } from './pool.ts';

export interface LeadsPerDaySettings {
  readonly table: string;
  readonly column: string;
  /** Milliseconds, as are the others. */
  readonly window: number;
  readonly interval: number;
  readonly rateInterval: number;
  readonly statementTimeout: number;
}

interface Exact {
  readonly count: number;
  /** The counter of inserts just before the count: what comes in between is counted twice rather than not at all. */
  readonly inserted: number;
  readonly at: Instant;
  readonly tookMs: number;
}

interface Inserted {
  readonly inserted: number;
  readonly at: Instant;
}

/** A bound that is further from its count than this (share of the count, and leads) asks for a new count. */
const RUNAWAY = { share: 0.1, leads: 100 };
/** Counting may take at most a twentieth of the time, whatever asks for it. */
const COUNT_PAUSE = 20;

export class LeadsPerDay implements Source {
  readonly name = 'postgres:leadsPerDay';
  readonly interval: number;
  readonly reads = ['leadsPerDay'] as const;
  readonly close: () => void;
  readonly #access: StoreAccess<PostgresPool>;
  readonly #settings: LeadsPerDaySettings;
  #exact: Exact | undefined;
  #lastInserted = 0;
  #since = 0;

  constructor(access: StoreAccess<PostgresPool>, settings: LeadsPerDaySettings) {
    this.#access = access;
    this.#settings = settings;
    this.interval = Math.min(settings.rateInterval, settings.interval);
    this.close = access.join();
  }

  poll(now: Instant, signal: AbortSignal): Promise<Observation> {
    return observe(this, signal, () =>
      this.#access.with(async (pool) => ({ leadsPerDay: await this.#read(pool, now) })),
    );
  }

  async #read(pool: PostgresPool, now: Instant) {
    const exact = this.#exact;
    if (exact === undefined || this.#isDue(exact, now)) return this.#count(pool, now);

    const { inserted, at } = await this.#inserted(pool, now);
    const delta = inserted - this.#lastInserted;
    this.#lastInserted = inserted;
    // Less than before: the statistics were reset, or a partition was taken away. What came in between is not known.
    const isReset = delta < 0;
    if (!isReset) this.#since += delta;

    const isRunaway = this.#since > Math.max(RUNAWAY.leads, RUNAWAY.share * exact.count);
    const mayCount = now - exact.at >= COUNT_PAUSE * exact.tookMs;
    if ((isReset || isRunaway) && mayCount) return this.#count(pool, now);
    return known(exact.count + this.#since, Math.max(at, exact.at));
  }

  /** Half a poll early is nearer to the interval than half a poll late. A count of the future: a clock was set back. */
  #isDue({ at }: Exact, now: Instant): boolean {
    return Math.abs(now - at) >= this.#settings.interval - this.interval / 2;
  }

  async #count(pool: PostgresPool, now: Instant) {
    const { table, column, window, interval, statementTimeout } = this.#settings;
    const isDue = this.#exact === undefined || this.#isDue(this.#exact, now);
    const exact = await pool.shared.get(
      JSON.stringify(['leadsPerDay', table, column, window, statementTimeout]),
      now,
      // One that is due may be half an interval old; one that has run away must be new.
      isDue ? interval / 2 : this.interval / 2,
      async (): Promise<Exact> => {
        const inserted = numberIn(await pool.query(INSERTED, [quoteName(table)], statementTimeout));
        const started = performance.now();
        const rows = await pool.query(countBetween(table, column), between(now, window), statementTimeout);
        return { count: numberIn(rows), inserted, at: now, tookMs: performance.now() - started };
      },
    );
    this.#exact = exact;
    this.#lastInserted = exact.inserted;
    this.#since = 0;
    return known(exact.count, exact.at);
  }

  #inserted(pool: PostgresPool, now: Instant): Promise<Inserted> {
    const { table, statementTimeout } = this.#settings;
    return pool.shared.get(
      JSON.stringify(['inserted', table, statementTimeout]),
      now,
      this.interval / 2,
      async () => ({
        inserted: numberIn(await pool.query(INSERTED, [quoteName(table)], statementTimeout)),
        at: now,
      }),
    );
  }
}

/** The window that ends now, as parameters. */
export function between(now: Instant, window: number): [string, string] {
  return [new Date(now - window).toISOString(), new Date(now).toISOString()];
}
