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
import { known, type Instant, type Reading } from '../../model/reading.ts';
import type { StoreAccess } from '../access.ts';
import type { Observation, Source } from '../port.ts';
import { observe } from '../observe.ts';
import {
  aroundNow,
  DateWatch,
  doubtOf,
  readLeadDates,
  type LeadDates,
  type LeadsColumn,
} from './lead-dates.ts';
import { localWindow } from './local-time.ts';
import { numberIn, type PostgresPool } from './pool.ts';
import { told } from './refusal.ts';
import { countBetween } from './sql.ts';

export interface LeadsPerDaySettings extends LeadsColumn {
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

/** A bound that is further from its count than this (share of the count, and leads) asks for a new count. */
const RUNAWAY = { share: 0.1, leads: 100 };
/** Counting may take at most a twentieth of the time, whatever asks for it. */
const COUNT_PAUSE = 20;
/** Leads that are dated wrong by less than this part of the window make no difference: ten minutes of a day. */
const TOLERATED = 1 / 144;

export class LeadsPerDay implements Source {
  readonly name = 'postgres:leadsPerDay';
  readonly interval: number;
  readonly reads = ['leadsPerDay'] as const;
  readonly close: () => void;
  readonly #access: StoreAccess<PostgresPool>;
  readonly #settings: LeadsPerDaySettings;
  readonly #around: number;
  readonly #watch: DateWatch;
  #exact: Exact | undefined;
  #lastInserted = 0;
  #since = 0;

  constructor(access: StoreAccess<PostgresPool>, settings: LeadsPerDaySettings) {
    this.#access = access;
    this.#settings = settings;
    this.interval = Math.min(settings.rateInterval, settings.interval);
    this.#around = Math.max(aroundNow(this.interval), settings.window * TOLERATED);
    this.#watch = new DateWatch({ around: this.#around, place: settings }, doubtOf);
    this.close = access.join();
  }

  poll(now: Instant, signal: AbortSignal): Promise<Observation> {
    return observe(this, signal, () =>
      this.#access.with(async (pool) => ({
        leadsPerDay: await told(this.#settings, this.#read(pool, now)),
      })),
    );
  }

  async #read(pool: PostgresPool, now: Instant): Promise<Reading> {
    const dates = await this.#dates(pool, now);
    const doubt = this.#watch.doubt(dates);
    if (doubt !== undefined) {
      this.#exact = undefined;
      return doubt;
    }
    const exact = this.#exact;
    if (exact === undefined || this.#isDue(exact, now)) return this.#count(pool, now, dates);

    const { inserted, at } = dates;
    const delta = inserted - this.#lastInserted;
    this.#lastInserted = inserted;
    // Less than before: the statistics were reset, or a partition was taken away. What came in between is not known.
    const isReset = delta < 0;
    if (!isReset) this.#since += delta;

    const isRunaway = this.#since > Math.max(RUNAWAY.leads, RUNAWAY.share * exact.count);
    const mayCount = now - exact.at >= COUNT_PAUSE * exact.tookMs;
    if ((isReset || isRunaway) && mayCount) return this.#count(pool, now, dates);
    return known(exact.count + this.#since, Math.max(at, exact.at));
  }

  /** Half a poll early is nearer to the interval than half a poll late. A count of the future: a clock was set back. */
  #isDue({ at }: Exact, now: Instant): boolean {
    return Math.abs(now - at) >= this.#settings.interval - this.interval / 2;
  }

  async #count(pool: PostgresPool, now: Instant, { inserted, at }: LeadDates): Promise<Reading> {
    const { table, column, timeZone, window, interval, statementTimeout } = this.#settings;
    const isDue = this.#exact === undefined || this.#isDue(this.#exact, now);
    const exact = await pool.shared.get(
      JSON.stringify(['leadsPerDay', table, column, timeZone, window, statementTimeout]),
      now,
      // One that is due may be half an interval old; one that has run away must be new.
      isDue ? interval / 2 : this.interval / 2,
      async (): Promise<Exact> => {
        const started = performance.now();
        const { from, until } = localWindow(timeZone, now - window, now);
        const rows = await pool.query(countBetween(table, column), [from, until], statementTimeout, {
          table,
        });
        return { count: numberIn(rows), inserted, at: now, tookMs: performance.now() - started };
      },
    );
    this.#exact = exact;
    // Another platform may have made it minutes ago: what was inserted since is known, and so the value is as young as our look.
    this.#lastInserted = Math.max(inserted, exact.inserted);
    this.#since = this.#lastInserted - exact.inserted;
    return known(exact.count + this.#since, Math.max(at, exact.at));
  }

  #dates(pool: PostgresPool, now: Instant): Promise<LeadDates> {
    const { table, column, timeZone, statementTimeout } = this.#settings;
    return pool.shared.get(
      JSON.stringify(['leadDates', table, column, timeZone, this.#around, statementTimeout]),
      now,
      this.interval / 2,
      () => readLeadDates(pool, this.#settings, now, this.#around, statementTimeout),
    );
  }
}
