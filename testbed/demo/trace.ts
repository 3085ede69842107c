/** A recording instead of the demo's own traffic: any CSV with a time and a number of leads in each line. */
import { type Bucket, replayOf } from './replay.ts';
import type { TrafficPlan } from './plan.ts';

const DAY_MS = 86_400_000;

export class TraceError extends Error {
  override readonly name = 'TraceError';
}

/**
 * Reads `time,leads`: the start of a bucket and the leads in it, in order of time. A bucket is as long as the shortest
 * step from one line to the next; in a longer gap nothing arrives.
 * @throws TraceError with the line that is wrong.
 */
export function planOfTrace(csv: string): TrafficPlan {
  const rows = csv
    .split(/\r?\n/)
    .map((text, index) => ({ text: text.trim(), line: index + 1 }))
    .filter(({ text, line }) => text !== '' && !(line === 1 && /^\D/.test(text)))
    .map(({ text, line }) => rowOf(text, line));
  if (rows.length < 2) throw new TraceError('the trace has fewer than two lines of time,leads');
  let length = Infinity;
  rows.forEach(({ at, line }, index) => {
    if (index === 0) return;
    const step = at - rows[index - 1]!.at;
    if (step <= 0)
      throw new TraceError(`line ${line}: its time is not after that of the line before; sort the lines`);
    length = Math.min(length, step);
  });
  const start = rows[0]!.at;
  const buckets = rows.map(({ at, leads }): Bucket => ({
    from: (at - start) / DAY_MS,
    length: length / DAY_MS,
    leads,
  }));
  return { replay: replayOf(buckets), leadBursts: [], jobBursts: [], holds: [] };
}

function rowOf(text: string, line: number): { at: number; leads: number; line: number } {
  const [time = '', number = ''] = text.split(',');
  const at = Date.parse(time);
  const leads = Number(number);
  if (Number.isNaN(at) || number.trim() === '' || !Number.isFinite(leads) || leads < 0) {
    throw new TraceError(`line ${line}: write time,leads like 2026-03-02T07:05:00Z,113`);
  }
  return { at, leads, line };
}
