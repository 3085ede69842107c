import type { Instant } from '../signals/reading.ts';

/** The first of some instants, of which any may be missing. */
export function earliest(...instants: readonly (Instant | undefined)[]): Instant | undefined {
  let first: Instant | undefined;
  for (const at of instants) if (at !== undefined && Number.isFinite(at)) first = Math.min(first ?? at, at);
  return first;
}
