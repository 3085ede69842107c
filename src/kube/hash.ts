/** A short hash of what was built: the same content in the same order is the same hash. */
import { hash } from 'node:crypto';

/** 16 hexadecimal digits. */
export function shortHash(value: unknown): string {
  // A slice of the whole would keep the whole.
  return hash('sha256', JSON.stringify(value), 'buffer').toString('hex', 0, 8);
}
