/** Instants as the API writes them. */
import type { Instant } from '../model/reading.ts';

/** RFC 3339 in UTC, to the second, as metav1.Time is. */
export function isoTime(at: Instant): string {
  return new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** Not beyond what the schema of status allows. */
export function clip(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
