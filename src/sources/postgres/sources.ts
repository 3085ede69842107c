/** The signals that one query answers. Equal questions on one pool are asked once. */
import { known, unknown, type Instant, type Reading } from '../../signals/reading.ts';
import type { StoreAccess } from '../access.ts';
import { SourceFailure } from '../failure.ts';
import { observe } from '../observe.ts';
import type { Observation, SignalKey, Source } from '../port.ts';
import { between } from './leads-per-day.ts';
import { numberIn, type PostgresPool, type Row } from './pool.ts';
import { CONNECTIONS, countBetween, countWhere, DATABASE_SIZE, ESTIMATED, quoteName } from './sql.ts';

type Access = StoreAccess<PostgresPool>;

const STATEMENT_TIMEOUT_MS = 5_000;
const MINUTE_MS = 60_000;

interface Question<T> {
  readonly signal: SignalKey;
  readonly interval: number;
  readonly text: string;
  readonly values: (now: Instant) => readonly (string | number)[];
  /** The text holds a condition that a user wrote. */
  readonly holdsCondition?: boolean;
  /** What tells this question from others, beside its text. */
  readonly about: string;
  readonly answer: (rows: readonly Row[], at: Instant) => Reading<T>;
}

function ask<T>(access: Access, question: Question<T>): Source {
  const { signal: signalKey, interval, text, values, holdsCondition = false, about, answer } = question;
  const run = (pool: PostgresPool, now: Instant) =>
    holdsCondition
      ? pool.queryUnsafe(text, STATEMENT_TIMEOUT_MS)
      : pool.query(text, values(now), STATEMENT_TIMEOUT_MS);
  const source: Source = {
    name: `postgres:${signalKey}`,
    interval,
    reads: [signalKey],
    close: access.join(),
    poll: (now, signal): Promise<Observation> =>
      observe(source, signal, () =>
        access.with(async (pool) => ({
          [signalKey]: await pool.shared.get(`${about}\n${text}`, now, interval / 2, async () =>
            answer(await run(pool, now), now),
          ),
        })),
      ),
  };
  return source;
}

const oneNumber = (rows: readonly Row[], at: Instant) => known(numberIn(rows), at);

/** Leads of the last minute, through the index on the column. */
export function leadsPerMinute(access: Access, from: { table: string; column: string; interval: number }) {
  return ask(access, {
    signal: 'leadsPerMinute',
    interval: from.interval,
    text: countBetween(from.table, from.column),
    values: (now) => between(now, MINUTE_MS),
    about: 'minute',
    answer: oneNumber,
  });
}

/** Rows of the table, as the planner estimates them. */
export function leadsTotal(access: Access, from: { table: string; interval: number }) {
  return ask(access, {
    signal: 'leadsTotal',
    interval: from.interval,
    text: ESTIMATED,
    values: () => [quoteName(from.table)],
    about: from.table,
    answer: (rows, at) =>
      numberIn(rows, 'unseen') > 0
        ? unknown('EmptyResult', 'the table was never analysed, so its rows are not estimated; run ANALYZE')
        : known(Math.round(numberIn(rows)), at),
  });
}

/** Rows for which the user's condition holds. */
export function activeLeads(access: Access, from: { table: string; condition: string; interval: number }) {
  return ask(access, {
    signal: 'activeLeads',
    interval: from.interval,
    text: countWhere(from.table, from.condition),
    holdsCondition: true,
    values: () => [],
    about: 'active',
    answer: oneNumber,
  });
}

export function databaseSize(access: Access, from: { interval: number }) {
  return ask(access, {
    signal: 'databaseSize',
    interval: from.interval,
    text: DATABASE_SIZE,
    values: () => [],
    about: 'size',
    answer: oneNumber,
  });
}

export function databaseConnections(access: Access, from: { interval: number }) {
  return ask(access, {
    signal: 'databaseConnections',
    interval: from.interval,
    text: CONNECTIONS,
    values: () => [],
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
