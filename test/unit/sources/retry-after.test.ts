import { expect, it } from 'vitest';
import { RetryAfter, type ReservedJobs } from '../../../src/sources/redis/retry-after.ts';

const NOW = Date.parse('2026-03-02T09:00:00Z');

/** A reserved set: what was reserved when, in seconds after NOW, and for how long. */
function reserved(payload = '{"uuid":"a","timeout":null}') {
  const scores: number[] = [];
  let looks = 0;
  const jobs: ReservedJobs = {
    highest: async () => {
      looks += 1;
      return scores.length === 0 ? undefined : { score: Math.max(...scores), payload };
    },
    above: async (score) => scores.filter((one) => one > score).length,
  };
  return {
    looks: () => looks,
    reserve: (at: number, retryAfter: number) => scores.push(Math.floor(NOW / 1_000 + at) + retryAfter),
    finish: () => scores.splice(0, 1),
    see: (retryAfter: RetryAfter, at: number) => retryAfter.observe(scores.length, NOW + at * 1_000, jobs),
  };
}

it.each([90, 150, 600, 30])('reads %i s off a job that was reserved between two looks', async (seconds) => {
  const set = reserved();
  const found = new RetryAfter();
  expect(await set.see(found, 0)).toBeUndefined();
  set.reserve(0.6, seconds);
  const most = await set.see(found, 1);
  expect(most).toBeGreaterThanOrEqual(seconds);
  expect(most).toBeLessThanOrEqual(seconds + 1);
});

it('knows nothing of a job that it found reserved, however often it looks', async () => {
  const set = reserved();
  const found = new RetryAfter();
  set.reserve(-80, 90);
  for (let second = 0; second < 60; second += 1) expect(await set.see(found, second)).toBeUndefined();
  expect(set.looks()).toBe(1);
});

it('tells a new job from one that was there', async () => {
  const set = reserved();
  const found = new RetryAfter();
  set.reserve(-80, 90);
  await set.see(found, 0);
  await set.see(found, 1);
  set.reserve(1.5, 90);
  expect(await set.see(found, 2)).toBeLessThanOrEqual(91);
});

it.each([
  ['60 s, after which it is over', 60, undefined],
  ['100 s, of which it would get 90', 100, 91],
])('judges a job by its own time-out: %s', async (_, timeout, expected) => {
  const set = reserved(JSON.stringify({ timeout }));
  const found = new RetryAfter();
  await set.see(found, 0);
  set.reserve(1, 90);
  expect(await set.see(found, 1)).toBe(expected);
});

it('believes no look that is long ago', async () => {
  const set = reserved();
  const found = new RetryAfter();
  await set.see(found, 0);
  set.reserve(58, 90);
  expect(await set.see(found, 60)).toBeUndefined();
});

it('brings few payloads along, and follows what the application changes', async () => {
  const set = reserved();
  const found = new RetryAfter();
  const seen: (number | undefined)[] = [];
  for (let second = 0; second < 300; second += 1) {
    // A worker that is always busy: one job a second, 90 s at first and 150 s from the second minute on.
    set.reserve(second - 0.5, second < 120 ? 90 : 150);
    if (second > 3) set.finish();
    seen.push(await set.see(found, second));
  }
  expect(seen[60]).toBeLessThanOrEqual(91);
  expect(seen[299]).toBeGreaterThanOrEqual(150);
  expect(set.looks()).toBeLessThanOrEqual(24);
});

it('believes no clock that is behind by more than the whole of it', async () => {
  const set = reserved();
  const found = new RetryAfter();
  await set.see(found, 0);
  set.reserve(-300, 90);
  expect(await set.see(found, 1)).toBeUndefined();
});
