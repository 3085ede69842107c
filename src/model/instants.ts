import type { Instant } from './reading.ts';

/** The earlier of two instants, of which either may be missing or never come. */
export function earliest(one: Instant | undefined, other: Instant | undefined): Instant | undefined {
  if (one === undefined || !Number.isFinite(one)) return Number.isFinite(other) ? other : undefined;
  return other === undefined || !Number.isFinite(other) ? one : Math.min(one, other);
}
