import { expect, it } from 'vitest';
import { TokenBuckets } from '../../../controller/runtime/token-bucket.ts';

it('grants a burst, then one for each refill time', () => {
  const buckets = new TokenBuckets(3, 1_000, 10);
  const take = (now: number) => buckets.take('a', now);
  expect([take(0), take(0), take(0), take(0)]).toEqual([true, true, true, false]);
  expect([take(999), take(1_000), take(1_000)]).toEqual([false, true, false]);
});

it('gives each key a budget of its own', () => {
  const buckets = new TokenBuckets(1, 1_000, 10);
  expect([buckets.take('a', 0), buckets.take('a', 0), buckets.take('b', 0)]).toEqual([true, false, true]);
});

it('keeps no more keys than it may', () => {
  const buckets = new TokenBuckets(1, 1_000_000, 2);
  for (const key of ['a', 'b', 'c']) buckets.take(key, 0);
  expect(buckets.take('a', 0), 'a was forgotten').toBe(true);
  expect(buckets.take('c', 0), 'c was not').toBe(false);
});
