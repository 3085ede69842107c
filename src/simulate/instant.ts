/** Times as people and programs write them. */
import type { Instant } from '../model/reading.ts';

const DATE = /^(\d{4})-(\d{2})-(\d{2})/;
const TIME = /[T ](\d{2}):(\d{2})(?::(\d{2})(\.\d{1,9})?)?/;
const ZONE = / ?(?:Z|UTC|([+-])(\d{2})(?::?(\d{2}))?)/;
const WRITTEN = new RegExp(`${DATE.source}(?:${TIME.source}(?:${ZONE.source})?)?$`);
/** Seconds since 1970, with a fraction, or milliseconds; of the years from 2001 to 2286. */
const SECONDS = /^\d{10}(\.\d{1,9})?$/;
const MILLISECONDS = /^\d{13}$/;

/**
 * Milliseconds since 1970 of `2026-03-02T08:00:00Z`, of what Postgres and spreadsheets write (`2026-03-02 08:00:00+00`), of a day,
 * or of seconds or milliseconds since 1970. Without a zone it is UTC. Undefined for whatever is none, 2026-02-30 among it.
 */
export function instantIn(text: string): Instant | undefined {
  if (SECONDS.test(text)) return Math.round(Number(text) * 1_000);
  if (MILLISECONDS.test(text)) return Number(text);
  const found = WRITTEN.exec(text);
  if (found === null) return undefined;
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map((index) =>
    Number(found[index] ?? 0),
  ) as [number, number, number, number, number, number];
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const [sign, zoneHours, zoneMinutes] = [found[8], Number(found[9] ?? 0), Number(found[10] ?? 0)];
  if (zoneHours > 14 || zoneMinutes > 59) return undefined;
  const at = Date.UTC(year, month - 1, day, hour, minute, second);
  // A day that there is none of is another one.
  const date = new Date(at);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  const east = (sign === '-' ? -1 : 1) * (zoneHours * 60 + zoneMinutes) * 60_000;
  return at + Math.round(Number(found[7] ?? 0) * 1_000) - east;
}
