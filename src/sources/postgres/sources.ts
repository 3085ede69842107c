/** The signals that one query answers. Equal questions on one pool are asked once. */
import { known, unknown, type Instant, type Reading } from '../../model/reading.ts';
import type { StoreAccess } from '../access.ts';
import { SourceFailure } from '../failure.ts';
import { observe } from '../observe.ts';
import type { Observation, SignalKey, Source } from '../port.ts';
import { aroundNow, DateWatch, doubtOfMinute, readLeadDates, type LeadsColumn } from './lead-dates.ts';
import { numberIn, type PostgresPool, type Row } from './pool.ts';
import { told, type LeadsPlace } from './refusal.ts';
import { CONNECTIONS, countWhere, DATABASE_SIZE, ESTIMATED, quoteName } from './sql.ts';

type Access = StoreAccess<PostgresPool>;

const STATEMENT_TIMEOUT_MS = 5_000;

interface Question<T> {
  readonly signal: SignalKey;
  readonly interval: number;
  readonly text: string;
  readonly values?: readonly (string | number)[];
  /** The table that is read, for a question that reads one. */
  readonly place?: LeadsPlace;
  /** What tells this question from others, beside its text. */
  readonly about: string;
  readonly answer: (rows: readonly Row[], at: Instant) => Reading<T>;
}

function ask<T>(access: Access, question: Question<T>): Source {
  const { signal: signalKey, interval, text, values = [], place, about, answer } = question;
  const run = (pool: PostgresPool) =>
    place?.holdsCondition === true
      ? pool.queryUnsafe(text, STATEMENT_TIMEOUT_MS, { table: place.table })
      : pool.query(text, values, STATEMENT_TIMEOUT_MS);
  return source(access, signalKey, interval, (pool, now) => {
    const reading = pool.shared.get(`${about}\n${text}`, now, interval / 2, async () =>
      answer(await run(pool), now),
    );
    return place === undefined ? reading : told(place, reading);
  });
}

/** Made once: a text of its own for each source of each platform would be as many copies. */
const names = new Map<SignalKey, string>();
function nameOf(signal: SignalKey): string {
  let name = names.get(signal);
  if (name === undefined) names.set(signal, (name = `postgres:${signal}`));
  return name;
}

function source<T>(
  access: Access,
  signalKey: SignalKey,
  interval: number,
  read: (pool: PostgresPool, now: Instant) => Promise<Reading<T>>,
): Source {
  const own: Source = {
    name: nameOf(signalKey),
    interval,
    reads: [signalKey],
    close: access.join(),
    poll: (now, signal): Promise<Observation> =>
      observe(own, signal, () => access.with(async (pool) => ({ [signalKey]: await read(pool, now) }))),
  };
  return own;
}

const oneNumber = (rows: readonly Row[], at: Instant) => known(numberIn(rows), at);

/** Leads of the last minute, through the index on the column. */
export function leadsPerMinute(access: Access, from: LeadsColumn & { readonly interval: number }): Source {
  const { table, column, timeZone, interval } = from;
  const around = aroundNow(interval);
  const watch = new DateWatch({ around, place: from }, doubtOfMinute);
  const question = JSON.stringify(['leadDates', table, column, timeZone, around, STATEMENT_TIMEOUT_MS]);
  return source(access, 'leadsPerMinute', interval, async (pool, now) => {
    const looking = pool.shared.get(question, now, interval / 2, () =>
      readLeadDates(pool, from, now, around, STATEMENT_TIMEOUT_MS),
    );
    const dates = await told(from, looking);
    return watch.doubt(dates) ?? known(dates.lastMinute, dates.at);
  });
}

/** Rows of the table, as the planner estimates them. */
export function leadsTotal(access: Access, from: LeadsPlace & { readonly interval: number }): Source {
  const { table, field, interval } = from;
  return ask(access, {
    signal: 'leadsTotal',
    interval,
    text: ESTIMATED,
    values: [quoteName(table)],
    place: from,
    about: `${table} ${field}`,
    answer: (rows, at) => {
      if (rows[0]?.['kind'] === 'v')
        return unknown(
          'EmptyResult',
          `${table} is a view, and Postgres estimates the rows of tables alone; set ${field}.table to the table that it reads`,
        );
      return numberIn(rows, 'unseen') > 0
        ? unknown(
            'EmptyResult',
            `${table} or a part of it was never analysed, so its rows are not estimated; run ANALYZE`,
          )
        : known(Math.round(numberIn(rows)), at);
    },
  });
}

/** Rows for which the user's condition holds. */
export function activeLeads(
  access: Access,
  from: LeadsPlace & { readonly condition: string; readonly interval: number },
): Source {
  return ask(access, {
    signal: 'activeLeads',
    interval: from.interval,
    text: countWhere(from.table, from.condition),
    place: { ...from, holdsCondition: true },
    about: 'active',
    answer: oneNumber,
  });
}

export function databaseSize(access: Access, from: { interval: number }) {
  return ask(access, {
    signal: 'databaseSize',
    interval: from.interval,
    text: DATABASE_SIZE,
    about: 'size',
    answer: oneNumber,
  });
}

export function databaseConnections(access: Access, from: { interval: number }) {
  return ask(access, {
    signal: 'databaseConnections',
    interval: from.interval,
    text: CONNECTIONS,
    about: 'connections',
    answer: (rows, at) => {
      const value = { used: numberIn(rows, 'used'), allowed: numberIn(rows, 'allowed') };
      if (value.allowed <= 0) {
        throw new SourceFailure(
          'OutOfRange',
          'Postgres reserves all of its connections; raise max_connections',
        );
      }
      return known(value, at);
    },
  });
}
