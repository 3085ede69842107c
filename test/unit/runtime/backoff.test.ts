import { expect, it } from 'vitest';
import { backoffMs } from '../../../controller/runtime/backoff.ts';

const backoff = { baseMs: 1_000, maxMs: 60_000 };

it.each([
  { attempt: 0, least: 500, most: 1_000 },
  { attempt: 1, least: 1_000, most: 2_000 },
  { attempt: 5, least: 16_000, most: 32_000 },
  { attempt: 6, least: 30_000, most: 60_000 },
  { attempt: 1_100, least: 30_000, most: 60_000 },
  { attempt: -1, least: 500, most: 1_000 },
])('waits between $least and $most ms after failure number $attempt', ({ attempt, least, most }) => {
  expect(backoffMs(backoff, attempt, () => 0)).toBe(least);
  expect(backoffMs(backoff, attempt, () => 1)).toBe(most);
});

it('spreads clients that failed together', () => {
  expect(new Set(Array.from({ length: 20 }, () => backoffMs(backoff, 3))).size).toBeGreaterThan(1);
});
