/** Jobs that are given to another worker while one still works on them. */
import { workerComponents } from '../../api/components.ts';
import type { LeadPlatformSpec } from '../../api/schema/leadplatform.ts';
import type { SignalView } from '../../model/decision.ts';
import { RETRY_AFTER_SIGNAL } from '../../signals/view.ts';
import { count } from '../../text/words.ts';
import {
  longestJobIn,
  longestJobOf,
  MARGIN_SECONDS,
  RETRY_AFTER_VARIABLES,
} from '../../workloads/retry-after.ts';

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
  const measured = workerComponents(spec).flatMap((component) => {
    const found = signals.find(({ name }) => name === `${RETRY_AFTER_SIGNAL}.${component.queue}`)?.value;
    const own = longestJobOf(component);
    return found !== undefined && found < own
      ? [
          `jobs of the queue ${component.queue} are given to another worker after ${count(found)} s, and may run for ${count(own)} s; set retry_after in config/queue.php to env('${RETRY_AFTER_VARIABLES.redis}', 90) and rebuild its cache, or lower longestJob`,
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
  const commands = workerComponents(spec).map(({ settings }) => (settings.command ?? []).join(' '));
  const isDatabase =
    commands.some((command) => /queue:work\s+database\b/.test(command)) ||
    (connection === 'database' &&
      commands.every((command) => command !== '' && !/queue:work\s+redis\b/.test(command)));
  return isDatabase ? RETRY_AFTER_VARIABLES.database : RETRY_AFTER_VARIABLES.redis;
}
