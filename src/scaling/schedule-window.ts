/**
 * The window of one schedule, around an instant. It begins when cron comes due, by the clocks of its time zone, and lasts for
 * as long as it says in time that goes by, so that clocks that are changed meanwhile neither end it early nor late.
 *
 * Reading a cron schedule costs more than a decision. What is found holds from one beginning or end to the next, so it is
 * worked out once between them; the same instant gives the same answer whatever was asked before.
 */
import type { Schedule } from '../api/schema/schedules.ts';
import { cronOf } from '../model/cron.ts';
import type { Instant } from '../model/reading.ts';

/** What holds of a window in `[since, until)`. */
interface ScheduleWindow {
  readonly since: Instant;
  /** Its next beginning or end; infinite where there is none. */
  readonly until: Instant;
  /** When it ends, while it is open. */
  readonly endsAt: Instant | undefined;
}

const windows = new WeakMap<Schedule, ScheduleWindow>();

export function windowAt(schedule: Schedule, now: Instant): ScheduleWindow {
  const last = windows.get(schedule);
  if (last !== undefined && last.since <= now && now < last.until) return last;
  const found = windowAround(schedule, now);
  windows.set(schedule, found);
  return found;
}

function windowAround(schedule: Schedule, now: Instant): ScheduleWindow {
  const [began, begins] = beginningsAround(schedule, now);
  const endsAt = began + schedule.duration;
  return now < endsAt
    ? { since: began, until: Math.min(endsAt, begins), endsAt }
    : { since: Math.max(began, endsAt), until: begins, endsAt: undefined };
}

/** The last beginning, this instant included, and the next one. */
function beginningsAround(schedule: Schedule, now: Instant): readonly [Instant, Instant] {
  try {
    const cron = cronOf(schedule, schedule.cron, schedule.timeZone);
    // It looks for the ones before an instant, itself excluded.
    const [last] = cron.previousRuns(1, new Date(now + 1));
    return [last?.getTime() ?? -Infinity, cron.nextRun(new Date(now))?.getTime() ?? Infinity];
  } catch {
    // There is no date so far away; a schedule that cannot be read is not admitted.
    return [-Infinity, Infinity];
  }
}
