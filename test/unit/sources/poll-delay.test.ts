import { expect, it } from 'vitest';
import { known, unknown, type UnknownReason } from '../../../src/model/reading.ts';
import type { Observation } from '../../../src/sources/port.ts';
import { failureIn, nextPollDelay } from '../../../src/sources/poll-delay.ts';
import { GROWTH } from '../../../src/model/backoff.ts';

it.each([
  { interval: 0, failures: 0, least: 100, most: 100 },
  { interval: 0, failures: 1, least: 100, most: 100 },
  { interval: 1_000, failures: 0, least: 1_000, most: 900 },
  { interval: 1_000, failures: 1, least: 500 * GROWTH, most: 1_000 * GROWTH },
  { interval: 1_000, failures: 3, least: 500 * GROWTH ** 3, most: 1_000 * GROWTH ** 3 },
  { interval: 1_000, failures: 1_000, least: 30_000, most: 60_000 },
  { interval: 15_000, failures: 1, least: 5_000 * GROWTH, most: 10_000 * GROWTH },
  { interval: 900_000, failures: 0, least: 900_000, most: 810_000 },
  { interval: 900_000, failures: 1, least: 5_000 * GROWTH, most: 10_000 * GROWTH },
  { interval: 900_000, failures: 50, least: 450_000, most: 900_000 },
])('waits $least–$most ms with an interval of $interval ms after $failures failures', (row) => {
  const { interval, failures, least, most } = row;
  expect(nextPollDelay({ interval, failures }, () => 0)).toBeCloseTo(least);
  expect(nextPollDelay({ interval, failures }, () => 1)).toBeCloseTo(most);
});

it('waits at least half a minute after a credential was refused', () => {
  const poll = { interval: 1_000, failures: 1, reason: 'CredentialRejected' as const };
  expect(nextPollDelay(poll, () => 0)).toBe(30_000);
});

const un = (reason: UnknownReason) => unknown(reason, '…');
it.each<{ name: string; observation: Observation; expected: UnknownReason | undefined }>([
  { name: 'a value', observation: { cpu: known(1, 0) }, expected: undefined },
  { name: 'an answer without a value', observation: { cpu: un('EmptyResult') }, expected: undefined },
  { name: 'a wrong prefix', observation: { queues: { a: un('Suspicious') } }, expected: undefined },
  { name: 'no answer', observation: { cpu: un('SourceTimeout') }, expected: 'SourceTimeout' },
  {
    name: 'no answer for a queue',
    observation: { queues: { a: un('SourceUnreachable') } },
    expected: 'SourceUnreachable',
  },
  {
    name: 'half an answer',
    observation: { cpu: un('SourceTimeout'), memory: known(1, 0) },
    expected: undefined,
  },
  { name: 'nothing at all', observation: {}, expected: undefined },
])('$name counts as $expected', ({ observation, expected }) => {
  expect(failureIn(observation)).toBe(expected);
});
