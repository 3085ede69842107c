/**
 * How long a job may run before the application gives it to another worker as well: Laravel's `retry_after`, of 90 s where
 * nobody says otherwise. It must be longer than any job runs, or a job of 100 s runs twice.
 */
import { workerComponents, type WorkerComponent } from '../api/components.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import type { EnvVar } from './pod-shape.ts';

/** The variables of Laravel's `config/queue.php`, from 11 on, by the connection that they are for. */
export const RETRY_AFTER_VARIABLES = {
  redis: 'REDIS_QUEUE_RETRY_AFTER',
  database: 'DB_QUEUE_RETRY_AFTER',
} as const;
/** Beyond the longest job, in s: what a worker takes to notice its time-out, and clocks that differ. */
export const MARGIN_SECONDS = 30;

/** Seconds: what the spec says, or the time-out that the worker's own command names, where that is longer. */
export function longestJobOf({ settings: { longestJob, command = [] } }: WorkerComponent): number {
  const named = /--timeout[=\s]+(\d{1,7})\b/.exec(command.join(' '))?.[1];
  return Math.max(1, Math.ceil(longestJob / 1_000), Number(named ?? 0));
}

export const longestJobIn = (spec: LeadPlatformSpec): number =>
  Math.max(...workerComponents(spec).map(longestJobOf));

/** The same for all workers: a queue may be worked on by the workers of another one, too. `spec.env` has the last word. */
export function retryAfterEnv(spec: LeadPlatformSpec): readonly EnvVar[] {
  const value = String(longestJobIn(spec) + MARGIN_SECONDS);
  return Object.values(RETRY_AFTER_VARIABLES).map((name) => ({ name, value }));
}
