/**
 * Arrivals that were recorded, read from a CSV as people have them: counts by the minute, hour or whatever length, or a line a
 * lead, as a database or a spreadsheet writes it.
 *
 *     time,leads                  created_at
 *     2026-03-02T08:00:00Z,42     2026-03-02 08:00:01.52+00
 */
import type { Instant } from '../model/reading.ts';
import { instantIn } from './instant.ts';

/** Leads that came in from `at` on, for the length of a bucket. */
export interface Bucket {
  readonly at: Instant;
  readonly leads: number;
}

export interface Trace {
  /** By time, each time once. */
  readonly buckets: readonly Bucket[];
  /** How long a bucket is, in milliseconds. 0: leads came at these very instants. */
  readonly bucketMs: number;
}

/** Of a trace of one line nobody knows how long its bucket was. */
const ONLY_BUCKET_MS = 60_000;

/** Buckets as long as the shortest step between two: where a trace has no line, nothing came. */
export function traceOf(buckets: readonly Bucket[]): Trace {
  let shortest = Infinity;
  for (let index = 1; index < buckets.length; index += 1)
    shortest = Math.min(shortest, buckets[index]!.at - buckets[index - 1]!.at);
  return { buckets, bucketMs: Number.isFinite(shortest) ? shortest : ONLY_BUCKET_MS };
}

/** A line of a trace that could not be read. */
export class TraceError extends Error {
  override readonly name = 'TraceError';
  readonly line: number;

  constructor(line: number, problem: string) {
    super(`line ${line}: ${problem}`);
    this.line = line;
  }
}

const MOST_LINES = 5_000_000;
const DELIMITERS = ['\t', ';', ','] as const;
const EXAMPLE = 'time,leads, like 2026-03-02T08:00:00Z,42';

/**
 * Reads a CSV whose first line names its columns: two are the start of a bucket and the leads in it, one is the time of a
 * lead. Columns are separated by a comma, a semicolon or a tab.
 * @throws TraceError at the first bad line
 */
export function parseTrace(text: string): Trace {
  if (text.includes('\0'))
    throw new TraceError(1, 'has zero bytes, as a file in UTF-16 has; save it as UTF-8');
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  if (lines.length > MOST_LINES)
    throw new TraceError(MOST_LINES + 1, `is one too many; a trace has at most ${MOST_LINES} lines`);
  const delimiter = DELIMITERS.find((one) => lines[0]?.includes(one)) ?? ',';
  const columns = fieldsOf(lines[0] ?? '', delimiter);
  const isCounted = columns.length === 2;
  checkHeader(columns, lines[0] ?? '');
  const rows: Bucket[] = [];
  for (let index = 1; index < lines.length; index += 1) {
    const line = lines[index]!;
    if (line.trim() === '') continue;
    rows.push(rowIn(fieldsOf(line, delimiter), index + 1, isCounted));
    if (isCounted) checkOrder(rows, index + 1);
  }
  if (rows.length === 0)
    throw new TraceError(
      2,
      isCounted
        ? `is missing; a trace has at least one line of ${EXAMPLE}`
        : 'is missing; a trace has at least the time of one lead',
    );
  return isCounted ? traceOf(rows) : { buckets: together(rows), bucketMs: 0 };
}

/** Without quotes. A quoted field may hold the delimiter, and a quote of its own twice. */
function fieldsOf(line: string, delimiter: string): readonly string[] {
  if (!line.includes('"')) return line.split(delimiter).map((field) => field.trim());
  const fields: string[] = [''];
  let isQuoted = false;
  for (const character of line.replaceAll('""', '\u0001')) {
    if (character === '"') isQuoted = !isQuoted;
    else if (character === delimiter && !isQuoted) fields.push('');
    else fields[fields.length - 1] += character === '\u0001' ? '"' : character;
  }
  return fields.map((field) => field.trim());
}

function checkHeader(columns: readonly string[], line: string): void {
  if (line.trim() === '')
    throw new TraceError(1, `is empty; it names the columns: time,leads, or time alone for a line a lead`);
  if (columns.length > 2)
    throw new TraceError(
      1,
      `names ${columns.length} columns, ${quoted(line)}; keep the time and the number of leads, in this order`,
    );
  // Every way to write a time begins with a digit.
  if (/^\d/.test(columns[0]!))
    throw new TraceError(
      1,
      `is ${quoted(line)}, and not the names of the columns; put time,leads before it, or time alone for a line a lead`,
    );
}

function rowIn(fields: readonly string[], line: number, isCounted: boolean): Bucket {
  if (fields.length !== (isCounted ? 2 : 1))
    throw new TraceError(
      line,
      `has ${fields.length} field${fields.length === 1 ? '' : 's'}; write ${isCounted ? EXAMPLE : 'the time of a lead alone, like 2026-03-02T08:00:00Z'}`,
    );
  const [time = '', leads = '1'] = fields;
  const at = instantIn(time);
  if (at === undefined) throw new TraceError(line, `${quoted(time)} is not a time; ${timeAdvice(time)}`);
  const count = /^\d{1,10}(\.\d{1,6})?$/.test(leads) ? Number(leads) : NaN;
  if (Number.isNaN(count))
    throw new TraceError(
      line,
      `${quoted(leads)} is not a number of leads; write a number from 0 up, like 1200`,
    );
  return { at, leads: count };
}

function timeAdvice(time: string): string {
  return /^\d{1,2}[./-]\d{1,2}[./-]\d{2,4}/.test(time)
    ? 'whether the day or the month comes first differs; write it like 2026-03-02 08:00'
    : 'write it like 2026-03-02T08:00:00Z, 2026-03-02 08:00 (in UTC), or in seconds since 1970';
}

function checkOrder(rows: readonly Bucket[], line: number): void {
  const [before, last] = rows.slice(-2);
  if (before === undefined || last === undefined || last.at > before.at) return;
  const time = new Date(last.at).toISOString();
  if (last.at === before.at)
    throw new TraceError(
      line,
      `${time} is there twice; add both numbers up, or leave the column of numbers out for a line a lead`,
    );
  throw new TraceError(line, `${time} is earlier than the line before; sort the lines by time`);
}

/** Leads in the order of their times, those of the same instant together: exports are often sorted by something else. */
function together(rows: readonly Bucket[]): readonly Bucket[] {
  const leads = new Map<Instant, number>();
  for (const { at } of rows.toSorted((a, b) => a.at - b.at)) leads.set(at, (leads.get(at) ?? 0) + 1);
  return [...leads].map(([at, count]) => ({ at, leads: count }));
}

/** As the beginning of what was written; control characters of a file are nothing for a terminal. */
function quoted(text: string): string {
  const short = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return `"${short.replace(/\p{Cc}/gu, '\uFFFD')}"`;
}
