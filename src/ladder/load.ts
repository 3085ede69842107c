/**
 * Leads/day over the look-back of a descent, in at most `MAX_SLOTS` slots. The span that a climb looks at has fine slots,
 * what is older is merged into coarse ones. Two slots join up when no more than a *gap* lies between them; a longer
 * silence breaks whatever claims to have been so "all along".
 */
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import type { LoadSlot } from '../model/decision.ts';
import { CLOCK_SKEW_MS, oldestAge } from '../signals/fresh.ts';
import type { Instant } from '../model/reading.ts';
import type { PastLoad } from '../model/past-load.ts';

export const MAX_SLOTS = 200;
/** A week in hours: the default look-back in slots of an hour. */
const COARSE_SLOTS = 160;
const FINE_SLOTS = 24;
/** Rehearsals compress a week into a minute; finer than this is noise. */
const SHORTEST_SLOT_MS = 250;

export interface Resolution {
  /** Length of the slots that a climb looks at. */
  readonly fine: number;
  /** Length of those that only a descent looks at. */
  readonly coarse: number;
  /** How far back a climb looks. */
  readonly sustainedFor: number;
  /** How far back anything is kept. */
  readonly span: number;
  /** The longest silence that does not break a sustained load. */
  readonly climbGap: number;
  /** The longest silence that does not break a look-back. */
  readonly descentGap: number;
}

const resolutions = new WeakMap<LeadPlatformSpec, Resolution>();

/**
 * Defaults (48h sustained, 7d look-back): slots of 63 minutes for two days, up to twice that before, gaps up to 2h6m.
 * With 15m sustained: fine slots of 38 s, gaps up to 7m (a source that is read every 5m and believed 2m longer).
 */
export function resolutionOf(spec: LeadPlatformSpec): Resolution {
  let found = resolutions.get(spec);
  if (found === undefined) {
    const { sustainedFor } = spec.scaling.promote;
    const span = Math.max(spec.scaling.demote.lookback, sustainedFor);
    const coarse = Math.max(SHORTEST_SLOT_MS, span / COARSE_SLOTS);
    const fine = Math.max(SHORTEST_SLOT_MS, Math.min(coarse, sustainedFor / FINE_SLOTS));
    // Between two looks at a source there is silence by nature, but never for more than half of what is claimed.
    const silence = oldestAge(spec, 'leadsPerDay');
    found = {
      fine,
      coarse,
      sustainedFor,
      span,
      climbGap: Math.max(2 * fine, Math.min(silence, sustainedFor / 2)),
      descentGap: Math.max(2 * coarse, Math.min(silence, span / 2)),
    };
    resolutions.set(spec, found);
  }
  return found;
}

function joined(older: LoadSlot, newer: LoadSlot): LoadSlot {
  return {
    start: older.start,
    until: newer.until,
    low: Math.min(older.low, newer.low),
    high: Math.max(older.high, newer.high),
  };
}

/** Merges slots that are older than a climb looks, drops those older than anything looks. */
function thinned(load: readonly LoadSlot[], now: Instant, resolution: Resolution): LoadSlot[] {
  const { coarse, fine, span, sustainedFor, climbGap } = resolution;
  const kept: LoadSlot[] = [];
  for (let index = 0; index < load.length; index += 1) {
    const slot = load[index]!;
    // One slot that ends before the span is kept, for without it the span would not be seen to be covered.
    const next = load[index + 1];
    if (next !== undefined && next.start <= now - span - coarse) continue;
    const last = kept.at(-1);
    const old = slot.until < now - sustainedFor - fine;
    if (
      last !== undefined &&
      old &&
      slot.until - last.start <= 2 * coarse &&
      slot.start - last.until <= climbGap
    ) {
      kept[kept.length - 1] = joined(last, slot);
    } else {
      kept.push(slot);
    }
  }
  // Silences can keep more slots apart than planned; what is oldest is given up then.
  return kept.length > MAX_SLOTS ? kept.slice(kept.length - MAX_SLOTS) : kept;
}

/** Adds one observation. The same one again changes nothing; one that is older than the last is ignored. */
export function observeLoad(
  load: readonly LoadSlot[],
  { value, at }: { readonly value: number; readonly at: Instant },
  resolution: Resolution,
  now: Instant,
): readonly LoadSlot[] {
  const last = load.at(-1);
  if (last === undefined) return [{ start: at, until: at, low: value, high: value }];
  if (last.until >= at) {
    if (last.until <= now + CLOCK_SKEW_MS) return load;
    // What claims to have been seen in the future (a clock that was set back, a bad restore) is not believed any more.
    return observeLoad(
      load.filter(({ until }) => until < at),
      { value, at },
      resolution,
      now,
    );
  }
  if (at - last.start < resolution.fine && at - last.until <= resolution.climbGap) {
    const next = load.slice();
    next[next.length - 1] = joined(last, { start: at, until: at, low: value, high: value });
    return next;
  }
  return thinned([...load, { start: at, until: at, low: value, high: value }], at, resolution);
}

/**
 * Since when leads/day has been at `from` or above without a break, up to the last observation; `undefined` when the
 * last one is below.
 */
export function heldSince(load: readonly LoadSlot[], from: number, gap: number): Instant | undefined {
  let since: Instant | undefined;
  for (let index = load.length - 1; index >= 0; index -= 1) {
    const slot = load[index]!;
    if (slot.low < from || (since !== undefined && since - slot.until > gap)) break;
    since = slot.start;
  }
  return since;
}

/** The lowest leads/day of the whole of `[now − span, now]`; `undefined` when a part of it was not seen. */
export function lowestOver(
  load: readonly LoadSlot[],
  now: Instant,
  span: number,
  gap: number,
): number | undefined {
  let low = Infinity;
  let from = now;
  for (let index = load.length - 1; index >= 0; index -= 1) {
    const slot = load[index]!;
    // The last observation may be as old as its source's interval: that it is fresh was seen to before.
    if (index < load.length - 1 && from - slot.until > gap) return undefined;
    low = Math.min(low, slot.low);
    from = slot.start;
    if (from <= now - span) return low;
  }
  return undefined;
}

export interface Busiest {
  readonly value: number;
  /** When it was last that busy. */
  readonly at: Instant;
  /** From when on there is no gap. */
  readonly coveredSince: Instant;
}

/** The busiest that leads/day was during `[now − span, now]`, and how much of that was seen. */
export function busiestOver(
  load: readonly LoadSlot[],
  now: Instant,
  span: number,
  gap: number,
): Busiest | undefined {
  const newest = load.at(-1);
  if (newest === undefined) return undefined;
  let { high: value, until: at, start: coveredSince } = newest;
  let unbroken = true;
  for (let index = load.length - 2; index >= 0; index -= 1) {
    const slot = load[index]!;
    unbroken &&= coveredSince - slot.until <= gap;
    if (slot.until < now - span) {
      // It only bears witness that the span was seen from its beginning.
      if (unbroken) coveredSince = slot.until;
      break;
    }
    if (slot.high > value) {
      value = slot.high;
      at = slot.until;
    }
    if (unbroken) coveredSince = slot.start;
  }
  return { value, at, coveredSince };
}

/** What leads/day was last. */
export function lastLoad(
  load: readonly LoadSlot[],
): { readonly value: number; readonly at: Instant } | undefined {
  const last = load.at(-1);
  return last && { value: last.high, at: last.until };
}

/** Puts values of the past among the slots, where nothing was observed at their instant; still at most `MAX_SLOTS`. */
export function mergePast(load: readonly LoadSlot[], past: readonly PastLoad[]): readonly LoadSlot[] {
  const additions = past.filter(
    ({ at, leadsPerDay }) =>
      Number.isFinite(at) &&
      Number.isFinite(leadsPerDay) &&
      leadsPerDay >= 0 &&
      !load.some(({ start, until }) => at >= start && at <= until),
  );
  if (additions.length === 0) return load;
  const all = [
    ...load,
    ...additions.map(({ at, leadsPerDay }) => ({
      start: at,
      until: at,
      low: leadsPerDay,
      high: leadsPerDay,
    })),
  ].toSorted((a, b) => a.start - b.start);
  return atMost(all, MAX_SLOTS);
}

/** Joins neighbours until there are no more than `most`, never over more time than an even share of the whole. */
function atMost(load: readonly LoadSlot[], most: number): readonly LoadSlot[] {
  if (load.length <= most) return load;
  const share = (2 * (load.at(-1)!.until - load[0]!.start)) / most;
  const kept: LoadSlot[] = [];
  for (const slot of load) {
    const last = kept.at(-1);
    if (last !== undefined && slot.until - last.start <= share) kept[kept.length - 1] = joined(last, slot);
    else kept.push(slot);
  }
  return kept.slice(-most);
}
