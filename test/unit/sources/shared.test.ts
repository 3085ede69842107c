import { expect, it } from 'vitest';
import { Shared } from '../../../src/sources/shared.ts';

function counting() {
  let asked = 0;
  return { probe: async () => (asked += 1), asked: () => asked };
}

it('asks once for a thousand at the same time, and again when the answer is too old', async () => {
  const shared = new Shared();
  const { probe, asked } = counting();
  await Promise.all(Array.from({ length: 1_000 }, (_, index) => shared.get('q', index % 3, 10, probe)));
  expect(asked()).toBe(1);
  expect(await shared.get('q', 10, 10, probe)).toBe(1);
  expect(await shared.get('q', 11, 10, probe)).toBe(2);
});

it('asks apart what is not the same question', async () => {
  const shared = new Shared();
  const { probe, asked } = counting();
  await Promise.all([shared.get('a', 0, 10, probe), shared.get('b', 0, 10, probe)]);
  expect(asked()).toBe(2);
});

it('shares a failure only while it is under way', async () => {
  const shared = new Shared();
  let asked = 0;
  const fail = () => {
    asked += 1;
    return Promise.reject(new Error('no'));
  };
  const both = await Promise.allSettled([shared.get('q', 0, 10, fail), shared.get('q', 0, 10, fail)]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(asked).toBe(1);
  await expect(shared.get('q', 0, 10, fail)).rejects.toThrow('no');
  expect(asked).toBe(2);
});

it('does not keep what it is told not to', async () => {
  const shared = new Shared();
  const { probe, asked } = counting();
  await shared.get('q', 0, 10, probe, () => false);
  await shared.get('q', 0, 10, probe, () => false);
  expect(asked()).toBe(2);
});

it('asks again when the clock was set back by more than an answer is good for', async () => {
  const shared = new Shared();
  const { probe, asked } = counting();
  await shared.get('q', 1_000, 10, probe);
  expect(await shared.get('q', 990, 10, probe)).toBe(1);
  await shared.get('q', 0, 10, probe);
  expect(asked()).toBe(2);
});
