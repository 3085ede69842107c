import { expect, it } from 'vitest';
import { nextLookAt } from '../../../src/scaling/detection.ts';
import { MONDAY, spec } from '../decide/given.ts';

it.each([
  { interval: undefined, looked: 50, wait: 1_150, what: 'the default interval' },
  { interval: '1s', looked: 0, wait: 1_200, what: 'a look of this moment' },
  { interval: '1s', looked: 5_000, wait: 200, what: 'a look whose next one is late' },
  { interval: '15s', looked: 1_000, wait: 15_000, what: 'an interval of which a fifth would be long' },
])('waits $wait ms for the look after one of $looked ms ago: $what', ({ interval, looked, wait }) => {
  const given = spec(interval === undefined ? {} : { signals: { queueDepth: { redis: { interval } } } });
  expect(nextLookAt(given, MONDAY - looked, MONDAY)).toBe(MONDAY + wait);
});
