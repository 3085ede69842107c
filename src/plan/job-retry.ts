/**
 * How long a job may run before the application gives it to another worker as well: Laravel's `retry_after`, of 90 s where
 * nobody says otherwise. It must be longer than any job runs, or a job of 100 s runs twice.
 */
import { workerParts, type WorkerPart } from '../api/parts.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import type { EnvVar } from '../capabilities/contract/contribution.ts';
import type { SignalView } from '../model/decision.ts';
import { RETRY_AFTER_SIGNAL } from '../signals/view.ts';
import { count } from '../text/words.ts';

/** The variables of Laravel's `config/queue.php`, from 11 on, by the connection that they are for. */
const VARIABLES = { redis: 'REDIS_QUEUE_RETRY_AFTER', database: 'DB_QUEUE_RETRY_AFTER' } as const;
/** Beyond the longest job, in s: what a worker takes to notice its time-out, and clocks that differ. */
const MARGIN_SECONDS = 30;

/** Seconds: what the spec says, or the time-out that the worker's own command names, where that is longer. */
function longestJobOf({ settings: { longestJob, command = [] } }: WorkerPart): number {
  const named = /--timeout[=\s]+(\d{1,7})\b/.exec(command.join(' '))?.[1];
  return Math.max(1, Math.ceil(longestJob / 1_000), Number(named ?? 0));
}

const longestJobIn = (spec: LeadPlatformSpec): number => Math.max(...workerParts(spec).map(longestJobOf));

/** The same for all workers: a queue may be worked on by the workers of another one, too. `spec.env` has the last word. */
export function retryAfterEnv(spec: LeadPlatformSpec): readonly EnvVar[] {
  const value = String(longestJobIn(spec) + MARGIN_SECONDS);
  return Object.values(VARIABLES).map((name) => ({ name, value }));
}

/**
 * Why jobs may run twice, as sentences: what `spec.env` sets is too short, or what was measured is, since the application
 * has a number of its own in `config/queue.php`, or has cached its configuration.
 */
export function jobsRunTwice(spec: LeadPlatformSpec, signals: readonly SignalView[]): readonly string[] {
  const longest = longestJobIn(spec);
  const set = (spec.env ?? []).flatMap(({ name, value }) => {
    const isShort = name === variableOf(spec) && value !== undefined && isAtMost(value, longest);
    return isShort
      ? [
          `spec.env sets ${name} to ${value}, and a job may run for ${count(longest)} s; set it to ${count(longest + MARGIN_SECONDS)}, or remove it`,
        ]
      : [];
  });
  const measured = workerParts(spec).flatMap((part) => {
    const found = signals.find(({ name }) => name === `${RETRY_AFTER_SIGNAL}.${part.queue}`)?.value;
    const own = longestJobOf(part);
    return found !== undefined && found < own
      ? [
          `jobs of the queue ${part.queue} are given to another worker after ${count(found)} s, and may run for ${count(own)} s; set retry_after in config/queue.php to env('${VARIABLES.redis}', 90) and build its cache anew, or lower longestJob`,
        ]
      : [];
  });
  return [...set, ...measured];
}

/** A text that is no number is zero to PHP. */
const isAtMost = (value: string, longest: number): boolean => !(Number.parseInt(value, 10) > longest);

/** The one that counts: of the connection that workers are told to use. */
function variableOf(spec: LeadPlatformSpec): string {
  const connection = (spec.env ?? []).find(({ name }) => name === 'QUEUE_CONNECTION')?.value;
  const commands = workerParts(spec).map(({ settings }) => (settings.command ?? []).join(' '));
  const isDatabase =
    commands.some((command) => /queue:work\s+database\b/.test(command)) ||
    (connection === 'database' &&
      commands.every((command) => command !== '' && !/queue:work\s+redis\b/.test(command)));
  return isDatabase ? VARIABLES.database : VARIABLES.redis;
}
