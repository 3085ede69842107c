import { expect, it } from 'vitest';
import {
  aroundNow,
  DateWatch,
  doubtOf,
  doubtOfMinute,
  type LeadDates,
} from '../../../src/sources/postgres/lead-dates.ts';

const NOW = Date.UTC(2026, 2, 2, 9);
const SECOND = 1_000;
const place = {
  table: 'leads',
  column: 'created_at',
  timeZone: 'UTC',
  field: 'spec.signals.leadsPerDay.postgres',
};
const quiet: LeadDates = {
  at: NOW,
  lastMinute: 0,
  type: 'timestamp without time zone',
  kind: 'r',
  isDatedNow: false,
  isAhead: false,
  isEmpty: false,
  inserted: 100,
};

/** A look so many seconds after the first. */
const after = (seconds: number, seen: Partial<LeadDates> = {}): LeadDates => ({
  ...quiet,
  at: NOW + seconds * SECOND,
  ...seen,
});

const told = (rule: typeof doubtOf, looks: readonly LeadDates[], interval = 15 * SECOND) => {
  const watch = new DateWatch({ around: aroundNow(interval), place }, rule);
  return looks.map((look) => watch.doubt(look)?.unknown ?? 'known');
};

it.each<{ name: string; looks: readonly LeadDates[]; minute: string[]; day: string[]; interval?: number }>([
  {
    name: 'a quiet night',
    looks: [after(0), after(15), after(30)],
    minute: ['NotYetCompared', 'known', 'known'],
    day: ['known', 'known', 'known'],
  },
  {
    name: 'a table that never had a row',
    looks: [after(0, { inserted: 0 })],
    minute: ['known'],
    day: ['known'],
  },
  {
    name: 'rows that come and are dated long ago, then none, for an hour',
    looks: [
      after(0),
      after(15, { inserted: 101 }),
      after(30, { inserted: 101 }),
      after(3_616, { inserted: 101 }),
      after(3_631, { inserted: 101 }),
    ],
    minute: ['NotYetCompared', 'Suspicious', 'Suspicious', 'NotYetCompared', 'known'],
    day: ['known', 'Suspicious', 'Suspicious', 'known', 'known'],
  },
  {
    name: 'rows that are taken away right after they came, of which the statistics tell late',
    looks: [
      after(0, { isDatedNow: true, lastMinute: 9 }),
      after(15, { inserted: 109, isEmpty: true }),
      after(30, { inserted: 109, isEmpty: true }),
    ],
    minute: ['known', 'known', 'known'],
    day: ['known', 'known', 'known'],
  },
  {
    name: 'rows that are dated long ago, and are taken away',
    looks: [after(0), after(15, { inserted: 101 }), after(30, { inserted: 101, isEmpty: true })],
    minute: ['NotYetCompared', 'Suspicious', 'known'],
    day: ['known', 'Suspicious', 'known'],
  },
  {
    name: 'a clock that is put right',
    looks: [
      after(0),
      after(15, { inserted: 109 }),
      after(30, { inserted: 118, lastMinute: 9, isDatedNow: true }),
    ],
    minute: ['NotYetCompared', 'Suspicious', 'known'],
    day: ['known', 'Suspicious', 'known'],
  },
  {
    name: 'leads of the future, and then none',
    looks: [after(0, { isAhead: true }), after(15)],
    minute: ['Suspicious', 'known'],
    day: ['Suspicious', 'known'],
  },
  {
    name: 'rows that are each dated less than a minute ahead',
    looks: [after(0), after(15, { inserted: 109, isDatedNow: true })],
    minute: ['NotYetCompared', 'Suspicious'],
    day: ['known', 'known'],
  },
  {
    name: 'two looks too far apart to be compared: the rows may be older than a minute',
    looks: [after(0), after(120, { inserted: 200 })],
    minute: ['NotYetCompared', 'NotYetCompared'],
    day: ['known', 'known'],
  },
  {
    name: 'looks that are minutes apart, and rows dated in between',
    looks: [after(0), after(300, { inserted: 200, isDatedNow: true })],
    interval: 300 * SECOND,
    minute: ['NotYetCompared', 'known'],
    day: ['known', 'known'],
  },
  {
    name: 'statistics that began again',
    looks: [after(0), after(15, { inserted: 3 })],
    minute: ['NotYetCompared', 'known'],
    day: ['known', 'known'],
  },
  {
    name: 'one look, shared, twice',
    looks: [after(0), after(15, { inserted: 101 }), after(15, { inserted: 101 })],
    minute: ['NotYetCompared', 'Suspicious', 'Suspicious'],
    day: ['known', 'Suspicious', 'Suspicious'],
  },
  {
    name: 'a clock of the operator that was set back',
    looks: [after(0), after(-3_600, { inserted: 101, lastMinute: 4, isDatedNow: true })],
    minute: ['NotYetCompared', 'known'],
    day: ['known', 'known'],
  },
])('what the dates of leads are worth: $name', ({ looks, minute, day, interval }) => {
  expect({ minute: told(doubtOfMinute, looks, interval), day: told(doubtOf, looks, interval) }).toEqual({
    minute,
    day,
  });
});

it.each([
  ['a date', { type: 'date' }, 'SourceRefused', /a date, without a time of day/],
  ['text', { type: 'text' }, 'SourceRefused', /of another type/],
  ['a materialized view', { kind: 'm' }, 'Suspicious', /as old as its last REFRESH/],
  [
    'an instant of the future',
    { isAhead: true, type: 'timestamp with time zone' },
    'Suspicious',
    /: a clock is wrong; set the clock/,
  ],
  [
    'a wall of the future',
    { isAhead: true },
    'Suspicious',
    /set spec\.signals\.leadsPerDay\.postgres\.timeZone to its zone/,
  ],
])('says what would be right: %s', (_what, seen, reason, says) => {
  const doubts = { around: aroundNow(15_000), place };
  expect(doubtOf(after(0, seen), undefined, doubts)).toMatchObject({
    unknown: reason,
    message: expect.stringMatching(says) as string,
  });
});
