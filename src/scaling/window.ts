/**
 * The most that was wanted over the scale-down window. Nothing goes down before the whole window was seen: after a
 * restart, or a silence of half a window and of two minutes, it begins again.
 */
import type { WantedSlot } from '../model/decision.ts';
import { CLOCK_SKEW_MS } from '../signals/fresh.ts';
import type { Instant } from '../model/reading.ts';

export const MAX_WANTED_SLOTS = 20;
const SLOTS = 16;
/** Looks that are further apart leave something unseen. A reading is believed for as long. */
const SHORTEST_SILENCE_MS = 120_000;

export function observeWanted(
  slots: readonly WantedSlot[],
  wanted: number,
  now: Instant,
  window: number,
): readonly WantedSlot[] {
  const fresh = { start: now, until: now, most: wanted };
  const last = slots.at(-1);
  if (
    last === undefined ||
    now - last.until > Math.max(window / 2, SHORTEST_SILENCE_MS) ||
    last.until - now > CLOCK_SKEW_MS
  )
    return [fresh];
  if (now - last.start < window / SLOTS) {
    if (last.most >= wanted && last.until >= now) return slots;
    const next = slots.slice();
    next[next.length - 1] = {
      start: last.start,
      until: Math.max(last.until, now),
      most: Math.max(last.most, wanted),
    };
    return next;
  }
  // One slot from before the window is kept: it bears witness that the window was seen from its beginning.
  const first = slots.findLastIndex(({ start }) => start <= now - window);
  return [...slots.slice(Math.max(0, first, slots.length + 1 - MAX_WANTED_SLOTS)), fresh];
}

/** The most that was wanted since `now − window`; `undefined` when not all of that was seen. */
export function mostWanted(slots: readonly WantedSlot[], now: Instant, window: number): number | undefined {
  const oldest = slots[0];
  if (oldest === undefined || oldest.start > now - window) return undefined;
  let most = 0;
  for (const slot of slots) if (slot.until >= now - window) most = Math.max(most, slot.most);
  return most;
}

/** When the whole window will have been seen. */
export function seenAt(slots: readonly WantedSlot[], now: Instant, window: number): Instant {
  return (slots[0]?.start ?? now) + window;
}
