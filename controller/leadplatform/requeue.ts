/** When a platform is looked at again though nothing was seen to change. */
import type { LeadPlatformSpec } from '../../src/api/schema/leadplatform.ts';
import type { Instant } from '../../src/model/reading.ts';

/** The longest that a platform goes without a look. */
const RESYNC_MS = 15_000;
/** The shortest: rehearsals compress their windows to seconds. */
const LEAST_RESYNC_MS = 250;

/**
 * Often enough that no window is judged by stale samples: a look-back is kept in some two hundred slots, a scale-down
 * window in some twenty.
 * @param at When something asks to be looked at again; undefined where it does not.
 * @returns ms
 */
export function requeueIn(
  { scaling }: LeadPlatformSpec,
  at: readonly (Instant | undefined)[],
  now: Instant,
): number {
  const resync = Math.min(
    RESYNC_MS,
    scaling.demote.lookback / 200,
    scaling.promote.sustainedFor / 20,
    scaling.scaleDown.window / 20,
    scaling.health.sustainedFor / 5,
  );
  const asked = at.filter((instant) => instant !== undefined).map((instant) => instant - now);
  return Math.max(LEAST_RESYNC_MS, Math.min(resync, ...asked));
}
