/**
 * Which shard a lead is on. A key has a slot, one of 1,024, by CRC-32, which every language has (PHP: `crc32($key) % 1024`);
 * a slot has a shard, by the highest weight of all (rendezvous hashing), so that one shard more takes its share from all
 * others and moves nothing else.
 */
import { createHash } from 'node:crypto';

export const SLOTS = 1_024;
/** One character a slot. */
const BASE = 36;

const known = new Map<number, string>();

/** One character for each slot, in order: the number of its shard, in base 36. */
export function shardMap(shards: number): string {
  let map = known.get(shards);
  if (map === undefined) {
    map = Array.from({ length: SLOTS }, (_, slot) => shardOfSlot(slot, shards).toString(BASE)).join('');
    known.set(shards, map);
  }
  return map;
}

function shardOfSlot(slot: number, shards: number): number {
  let best = 0;
  let most = '';
  for (let shard = 0; shard < shards; shard += 1) {
    const weight = createHash('sha256').update(`${slot}/${shard}`).digest('hex');
    if (weight > most) [best, most] = [shard, weight];
  }
  return best;
}
