/** When a platform may change its tier. */
import type { Transitions } from '../api/schema/ladder.ts';
import { cronOf } from '../model/cron.ts';
import type { Instant } from '../model/reading.ts';

type Window = Transitions['windows'][number];

/** The first opening after an instant, itself excluded. */
function openingAfter(window: Window, at: Instant): Instant | undefined {
  return cronOf(window, window.schedule, window.timeZone).nextRun(new Date(at))?.getTime();
}

/** Whether a window is open: it opened less than its duration ago. */
function isOpen(window: Window, now: Instant): boolean {
  // A duration may be longer than there are dates; no window has been open since before 1970.
  const opening = openingAfter(window, Math.max(0, now - window.duration));
  return opening !== undefined && opening <= now;
}

/** Whether the tier may change now. Without any window it always may. */
export function mayChange(windows: Transitions['windows'], now: Instant): boolean {
  return windows.length === 0 || windows.some((window) => isOpen(window, now));
}

/** When the next window opens; `undefined` when none ever does. */
export function nextOpening(windows: Transitions['windows'], now: Instant): Instant | undefined {
  const openings = windows.map((window) => openingAfter(window, now)).filter((at) => at !== undefined);
  return openings.length > 0 ? Math.min(...openings) : undefined;
}
