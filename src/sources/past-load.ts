/** The load of the past, read again from the leads themselves: so the history of a platform outlives the process. */
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import type { Instant } from '../model/reading.ts';
import type { SourceDeps } from './deps.ts';
import { SourceFailure } from './failure.ts';
import type { PastLoad } from '../model/past-load.ts';
import { rollingSums } from './rolling-sum.ts';
import { postgresAccess } from './postgres/access.ts';
import { localWindow } from './postgres/local-time.ts';
import { told } from './postgres/refusal.ts';
import { leadsPerDayFrom } from './postgres/wiring.ts';
import { countBySteps } from './postgres/sql.ts';

/** Steps a window is counted in: an hour each, for a day. */
const STEPS_A_WINDOW = 24;
/** A look-back of thousands of windows is read in longer ones. */
const MOST_STEPS = 10_000;
/** It runs once a start, over days, so it may take longer than a poll. */
const PATIENCE = 6;

/**
 * Leads/day as it was at the end of each step, over the look-back of a descent, oldest first and up to `now`. It begins
 * with the first window that has a lead: what is not there any more was not quiet. Empty where leads are not counted in
 * Postgres, or the look-back is more than 10,000 windows. Throws `SourceFailure` when they are and the database does not answer.
 */
export async function readPastLoad(
  spec: LeadPlatformSpec,
  deps: SourceDeps,
  now: Instant,
  signal: AbortSignal,
): Promise<PastLoad[]> {
  const from = leadsPerDayFrom(spec);
  if (from === undefined || spec.stores.postgres === undefined) return [];
  const { lookback } = spec.scaling.demote;
  // Of a window of nothing, or of milliseconds, days are more steps than there is memory for.
  if (!(lookback / from.window <= MOST_STEPS)) return [];
  const perWindow = Math.max(
    1,
    Math.min(STEPS_A_WINDOW, Math.floor(MOST_STEPS / (lookback / from.window + 1))),
  );
  const step = from.window / perWindow;
  const steps = Math.ceil(lookback / step) + perWindow;
  const start = now - steps * step;

  const window = localWindow(from.timeZone, start, now);
  const access = postgresAccess(spec.stores.postgres, deps);
  const leave = access.join();
  try {
    const rows = await stopOn(
      signal,
      access.with((pool) =>
        told(
          from,
          pool.query(
            countBySteps(from.table, from.column),
            [window.from, window.until, step / 1_000, steps - 1, new Date(start).toISOString()],
            PATIENCE * from.statementTimeout,
            { table: from.table, timeZone: from.timeZone },
          ),
        ),
      ),
    );
    return pastLoad(countsOf(rows, steps), perWindow, start, step);
  } finally {
    leave();
  }
}

/** @param counts Leads by step from `start` on. */
export function pastLoad(
  counts: readonly number[],
  perWindow: number,
  start: Instant,
  step: number,
): PastLoad[] {
  const first = counts.findIndex((count) => count > 0);
  if (first === -1) return [];
  return rollingSums(counts, perWindow)
    .map((leadsPerDay, index) => ({ at: start + (index + perWindow) * step, leadsPerDay }))
    .slice(Math.max(0, first));
}

function countsOf(rows: readonly Readonly<Record<string, unknown>>[], steps: number): number[] {
  const counts = Array.from({ length: steps }, () => 0);
  for (const { step, value } of rows) {
    // A step that was not asked about would make a list as long as it says.
    const at = Math.max(0, Number(step));
    if (!(at < steps && Number(value) >= 0))
      throw new SourceFailure('MalformedReply', 'Postgres answers about other times than it was asked about');
    counts[at] = Number(value);
  }
  return counts;
}

function stopOn<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () =>
      reject(new SourceFailure('SourceTimeout', 'the load of the past was not read in time'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
