import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { shardMap, SLOTS } from '../../../src/capabilities/database/shard-map.ts';

const MOST = 16;
const slotsOf = (shards: number) =>
  shardMap(shards)
    .split('')
    .map((digit) => parseInt(digit, 36));

it('gives every slot a shard that there is', () => {
  for (let shards = 1; shards <= MOST; shards += 1) {
    const slots = slotsOf(shards);
    expect(slots).toHaveLength(SLOTS);
    expect(slots.every((shard) => shard >= 0 && shard < shards)).toBe(true);
  }
});

it('moves nothing between two shards that stay, however many are added or go', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: MOST }), fc.integer({ min: 1, max: MOST }), (one, other) => {
      const [fewer, more] = [Math.min(one, other), Math.max(one, other)];
      const after = slotsOf(more);
      expect(
        slotsOf(fewer).every((shard, slot) => after[slot] === shard || (after[slot] ?? 0) >= fewer),
      ).toBe(true);
    }),
  );
});

it('gives each shard its share, give or take a third', () => {
  for (let shards = 2; shards <= MOST; shards += 1) {
    const counts = new Map<number, number>();
    for (const shard of slotsOf(shards)) counts.set(shard, (counts.get(shard) ?? 0) + 1);
    for (let shard = 0; shard < shards; shard += 1) {
      expect((counts.get(shard) ?? 0) / (SLOTS / shards)).toBeGreaterThan(0.66);
      expect((counts.get(shard) ?? 0) / (SLOTS / shards)).toBeLessThan(1.5);
    }
  }
});

// Another map than yesterday would look for leads where they are not.
it('is the same in every version', () => {
  expect(shardMap(2).slice(0, 32)).toBe('11001111110001001110101011000000');
  const all = Array.from({ length: MOST }, (_, fewer) => shardMap(fewer + 1)).join();
  expect(createHash('sha256').update(all).digest('hex').slice(0, 16)).toBe('0ee377c4d554bf57');
});
