/** A short hash of what was built: the same content in the same order is the same hash. */
import { createHash } from 'node:crypto';

/** 16 hexadecimal digits. */
export function shortHash(value: unknown): string {
  // A slice of the whole would keep the whole.
  return createHash('sha256').update(JSON.stringify(value)).digest().toString('hex', 0, 8);
}
