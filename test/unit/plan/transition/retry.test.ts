import { expect, it } from 'vitest';
import { failedOnceMore, retryWait } from '../../../../src/plan/transition/retry.ts';
import { GROWTH } from '../../../../src/model/backoff.ts';

const HOUR = 3_600_000;

it.each([
  [600_000, 1, 600_000],
  [600_000, 2, 600_000 * GROWTH],
  [600_000, 4, 600_000 * GROWTH ** 3],
  [600_000, 12, 6 * HOUR],
  [24 * HOUR, 3, 24 * HOUR],
  // Without any wait each pass would be an attempt, and each attempt a write.
  [0, 1, 1_000],
  [0, 5, 1_000 * GROWTH ** 4],
  [0.001, 2, 1_000 * GROWTH],
  // Grown for the 1,025th time it is more than a number holds.
  [0, 1_025, 6 * HOUR],
  [600_000, 2_000, 6 * HOUR],
])('waits after %d ms for the attempt that failed as number %d: %d ms', (retryAfter, attempts, wait) => {
  expect(retryWait(retryAfter, attempts)).toBe(wait);
});

it('counts the attempts of one generation, with an instant for the next', () => {
  const now = Date.UTC(2026, 5, 15, 12);
  expect(failedOnceMore({ generation: 2, attempts: 1_024 }, 2, { retryAfter: 0 }, now)).toEqual({
    generation: 2,
    attempts: 1_025,
    retryAt: '2026-06-15T18:00:00Z',
  });
  expect(failedOnceMore({ generation: 1, attempts: 7 }, 2, { retryAfter: 0 }, now).attempts).toBe(1);
});
