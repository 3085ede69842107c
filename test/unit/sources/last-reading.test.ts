import { expect, it } from 'vitest';
import { known, unknown, type Reading } from '../../../src/model/reading.ts';
import {
  isMaterial,
  readingAt,
  received,
  type SignalValue,
  type LastReading,
} from '../../../src/sources/last-reading.ts';

const failure = unknown('SourceTimeout', 'too slow');
const uncompared = unknown('NotYetCompared', 'the next look tells');
const holds = 100;

it.each<{
  name: string;
  slot: LastReading;
  at: number;
  expected: Reading<SignalValue> | { unknown: string };
}>([
  { name: 'a young value', slot: { holds, last: known(1, 0) }, at: 100, expected: known(1, 0) },
  {
    name: 'a young value after a failure',
    slot: { holds, last: known(1, 0), failure },
    at: 100,
    expected: known(1, 0),
  },
  {
    name: 'an old value after a failure',
    slot: { holds, last: known(1, 0), failure },
    at: 101,
    expected: failure,
  },
  { name: 'an old value', slot: { holds, last: known(1, 0) }, at: 101, expected: { unknown: 'Stale' } },
  { name: 'a failure alone', slot: { holds, failure }, at: 0, expected: failure },
  { name: 'nothing yet', slot: { holds }, at: 0, expected: { unknown: 'NotYetRead' } },
])('reads $name as the table says', ({ slot, at, expected }) => {
  expect(readingAt(slot, at)).toMatchObject(expected);
});

it('forgets a failure when a value comes, and keeps the value when a failure comes', () => {
  const failed = received({ holds, last: known(1, 0) }, failure);
  expect(failed).toEqual({ holds, last: known(1, 0), failure });
  expect(received(failed, known(2, 5))).toEqual({ holds, last: known(2, 5) });
});

const queue = (ready: number, oldestAgeSeconds?: number) =>
  known(
    { ready, inFlight: 0, delayed: 0, ...(oldestAgeSeconds === undefined ? {} : { oldestAgeSeconds }) },
    0,
  );

it.each<{
  name: string;
  before: Reading<SignalValue> | undefined;
  after: Reading<SignalValue>;
  news: boolean;
}>([
  { name: 'the first reading', before: undefined, after: known(1, 0), news: true },
  { name: 'the time alone', before: known(1, 0), after: known(1, 9), news: false },
  { name: 'another value', before: known(1, 0), after: known(2, 0), news: true },
  { name: 'known to unknown', before: known(1, 0), after: failure, news: true },
  { name: 'unknown to known', before: failure, after: known(1, 0), news: true },
  { name: 'a first zero that is confirmed', before: uncompared, after: known(0, 15_000), news: false },
  { name: 'a first zero that was none', before: uncompared, after: known(3, 15_000), news: true },
  {
    name: 'a first zero that is doubted',
    before: uncompared,
    after: unknown('Suspicious', 'a clock'),
    news: true,
  },
  { name: 'a zero after a failure', before: failure, after: known(0, 0), news: true },
  { name: 'the same reason', before: failure, after: unknown('SourceTimeout', 'other words'), news: false },
  { name: 'another reason', before: failure, after: unknown('NotFound', 'gone'), news: true },
  { name: 'the same queue', before: queue(1, 10), after: queue(1, 11), news: false },
  { name: 'an older queue', before: queue(1, 10), after: queue(1, 15), news: true },
  {
    name: 'a queue of an hour, a little older',
    before: queue(1, 3_600),
    after: queue(1, 3_700),
    news: false,
  },
  { name: 'another depth', before: queue(1, 10), after: queue(2, 10), news: true },
  { name: 'an age that appears', before: queue(1), after: queue(1, 0), news: true },
  {
    name: 'the same connections',
    before: known({ used: 1, allowed: 9 }, 0),
    after: known({ used: 1, allowed: 9 }, 5),
    news: false,
  },
  {
    name: 'more connections',
    before: known({ used: 1, allowed: 9 }, 0),
    after: known({ used: 2, allowed: 9 }, 0),
    news: true,
  },
])('$name is news: $news', ({ before, after, news }) => {
  expect(isMaterial(before, after)).toBe(news);
});
