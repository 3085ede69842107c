/**
 * Whether the column by which leads are counted tells when they came. A count alone cannot say so: where the application
 * writes the time of Manila, or its clock is 90 s behind, the last minute is empty, and 0 looks like a quiet night.
 *
 * | the statistics say    | dates of leads        | then                                                       |
 * |-----------------------|-----------------------|------------------------------------------------------------|
 * | anything              | some in the future    | another zone, or a clock that is ahead                     |
 * | rows are inserted     | some around now       | the column is right                                        |
 * | rows are inserted     | none around now       | another zone, a clock that is behind, or an import          |
 * | nothing is inserted   | anything              | it cannot be told; no lead comes                           |
 * | rows are inserted     | the table is empty    | they were taken away again, and none is dated wrong        |
 *
 * Statistics arrive up to ten seconds late, so "around now" begins somewhat before the look that is compared with.
 */
import { unknown, type Instant, type Unknown } from '../../model/reading.ts';
import { SourceFailure } from '../failure.ts';
import { localWindow, repeatedHour } from './local-time.ts';
import type { PostgresPool, Row } from './pool.ts';
import { numberIn } from './pool.ts';
import { NO_TIME, type LeadsPlace } from './refusal.ts';
import { leadDates, quoteName } from './sql.ts';

export interface LeadsColumn extends LeadsPlace {
  readonly column: string;
  /** Of a column without one, as the application writes it. */
  readonly timeZone: string;
}

/** What one look tells. */
export interface LeadDates {
  readonly at: Instant;
  readonly lastMinute: number;
  readonly type: string;
  readonly kind: string;
  readonly isDatedNow: boolean;
  readonly isAhead: boolean;
  /** No lead is there. Statistics tell late of rows that a TRUNCATE has taken away since. */
  readonly isEmpty: boolean;
  readonly inserted: number;
}

const MINUTE_MS = 60_000;
/** A clock that is ahead by as much is nothing to wonder at: such leads are counted when their instant comes. */
const AHEAD_MS = 60_000;
/** Further ahead of UTC is no zone; what is dated later yet is no matter of clocks. */
const MOST_AHEAD_MS = 15 * 3_600_000;
/** How late statistics may be, and the end of a transaction after its beginning. */
const STATISTICS_LATE_MS = 15_000;
/** Two looks further apart than this many intervals are not compared. */
const APART = 1.5;

/** Who looks every second is late by more now and then. */
const LEAST_APART_MS = 15_000;

/** How far back "around now" goes where one looks every `interval`, in milliseconds. */
export const aroundNow = (interval: number): number =>
  Math.max(APART * interval, LEAST_APART_MS) + STATISTICS_LATE_MS;

/** @param around Milliseconds before `now` at which "around now" begins. */
export async function readLeadDates(
  pool: PostgresPool,
  { table, column, timeZone }: LeadsColumn,
  now: Instant,
  around: number,
  timeoutMs: number,
): Promise<LeadDates> {
  const minute = localWindow(timeZone, now - MINUTE_MS, now);
  const present = localWindow(timeZone, now - around, now + AHEAD_MS);
  // From the latest that a wall has shown: the second time that it shows an hour, the rest of the first is not the future.
  const future = localWindow(timeZone, now - MOST_AHEAD_MS, now + AHEAD_MS).until;
  const farthest = localWindow(timeZone, now, now + MOST_AHEAD_MS).until;
  const rows = await pool.query(
    leadDates(table, column),
    [minute.from, minute.until, present.from, present.until, future, farthest, quoteName(table)],
    timeoutMs,
    { table },
  );
  return { at: now, lastMinute: numberIn(rows), inserted: numberIn(rows, 'inserted'), ...textsOf(rows) };
}

function textsOf([row]: readonly Row[]) {
  const { type, kind, dated, ahead, empty } = row ?? {};
  if (
    typeof type !== 'string' ||
    typeof kind !== 'string' ||
    typeof dated !== 'boolean' ||
    typeof ahead !== 'boolean' ||
    typeof empty !== 'boolean'
  )
    throw new SourceFailure('MalformedReply', 'Postgres answers other things than it was asked');
  return { type, kind, isDatedNow: dated, isAhead: ahead, isEmpty: empty };
}

export interface Doubts {
  /** As it was given to `readLeadDates`. */
  readonly around: number;
  readonly place: LeadsColumn;
}

const WITHOUT_ZONE = 'timestamp without time zone';
const WITH_ZONE = 'timestamp with time zone';

/**
 * Why leads cannot be counted by the column; `undefined` where nothing speaks against it.
 * @param before The look before this one, if any.
 */
export function doubtOf(
  now: LeadDates,
  before: LeadDates | undefined,
  { around, place: { table, column, timeZone, field } }: Doubts,
): Unknown | undefined {
  if (now.kind === 'm')
    return unknown(
      'Suspicious',
      `${table} is a materialized view, as old as its last REFRESH, so its leads of now are not known; set ${field}.table to the table that it reads`,
    );
  if (now.type !== WITHOUT_ZONE && now.type !== WITH_ZONE)
    return unknown(
      'SourceRefused',
      `${table}.${column} is ${now.type === 'date' ? 'a date, without a time of day' : 'of another type'}: ${NO_TIME}; set ${field}.column`,
    );
  const hasZone = now.type === WITH_ZONE;
  const clock = 'set the clock of the application, or of the operator';
  const zone = `the application does not write ${timeZone} (set ${field}.timeZone to its zone), or a clock is wrong`;
  if (now.isAhead)
    return unknown(
      'Suspicious',
      `${table}.${column} has leads that are dated in the future: ${hasZone ? `a clock is wrong; ${clock}` : zone}`,
    );
  if (isInserting(now, before, around) && !now.isDatedNow)
    return unknown(
      'Suspicious',
      `rows are inserted into ${table}, and none has a ${column} of the last ${Math.round(around / 1_000)} s: ${hasZone ? `a clock is behind (${clock})` : zone}, or old leads are imported`,
    );
  return undefined;
}

/** The same for the leads of one minute. */
export function doubtOfMinute(
  now: LeadDates,
  before: LeadDates | undefined,
  doubts: Doubts,
): Unknown | undefined {
  const { table, column, timeZone } = doubts.place;
  const doubt = doubtOf(now, before, doubts);
  if (doubt !== undefined) return doubt;
  const repeated = now.type === WITH_ZONE ? undefined : repeatedHour(timeZone, now.at - MINUTE_MS, now.at);
  if (repeated !== undefined)
    return unknown(
      'Suspicious',
      `clocks of ${timeZone} were set back at ${new Date(repeated.from).toISOString()}, so until ${new Date(repeated.until).toISOString()} ${table}.${column} does not tell leads of now from those of an hour ago; a column of type timestamptz would`,
    );
  if (now.lastMinute > 0 || now.inserted === 0 || now.isEmpty) return undefined;
  if (isInserting(now, before, doubts.around))
    // Looks may be minutes apart, and leads have come since and are older than one: that zero is right.
    return doubts.around > MINUTE_MS ? undefined : unknown('Suspicious', AHEAD(table, column));
  // A first zero would be believed for minutes, and the next look can tell.
  return isComparable(now, before, doubts.around)
    ? undefined
    : unknown(
        'NotYetCompared',
        'no lead is dated in the last minute; the next look tells whether any was inserted',
      );
}

const AHEAD = (table: string, column: string): string =>
  `rows are inserted into ${table}, and each has a ${column} up to a minute ahead; set the clock of the application, or of the operator`;

type DoubtOf = typeof doubtOf;

/** A doubt about dates goes when a lead is dated right, or when none has come for so long that it does not matter. */
const DOUBT_HOLDS_MS = 3_600_000;

/** Compares each look with the one before. */
export class DateWatch {
  readonly #doubts: Doubts;
  readonly #doubtOf: DoubtOf;
  #last: LeadDates | undefined;
  #doubt: Unknown | undefined;
  /** The last doubt that an insert gave cause to, and when. */
  #insert: { readonly doubt: Unknown; readonly at: Instant } | undefined;

  constructor(doubts: Doubts, rule: DoubtOf) {
    this.#doubts = doubts;
    this.#doubtOf = rule;
  }

  /** Why leads cannot be counted now, if so. One look that is shared by several callers counts once. */
  doubt(now: LeadDates): Unknown | undefined {
    const before = this.#last;
    if (before?.at === now.at) return this.#doubt;
    this.#last = now;
    const doubt = this.#doubtOf(now, before, this.#doubts);
    if (doubt !== undefined && !now.isDatedNow && isInserting(now, before, this.#doubts.around))
      this.#insert = { doubt, at: now.at };
    else if (now.isDatedNow || now.isEmpty || Math.abs(now.at - (this.#insert?.at ?? 0)) >= DOUBT_HOLDS_MS)
      this.#insert = undefined;
    this.#doubt = doubt ?? this.#insert?.doubt;
    return this.#doubt;
  }
}

function isComparable(now: LeadDates, before: LeadDates | undefined, around: number): before is LeadDates {
  if (before === undefined) return false;
  const apart = now.at - before.at;
  return apart > 0 && apart <= around - STATISTICS_LATE_MS;
}

function isInserting(now: LeadDates, before: LeadDates | undefined, around: number): boolean {
  return !now.isEmpty && isComparable(now, before, around) && now.inserted > before.inserted;
}
