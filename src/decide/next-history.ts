/** What the next decision is to know of this one. */
import type { History } from '../model/decision.ts';
import type { SizingMemory } from '../scaling/size.ts';
import type { ChosenTier } from './choose-tier.ts';
import type { Look } from './look.ts';

/** Of an object that is put together field by field, for spreading objects into one another takes longer than all else here. */
export type Writable<T> = { -readonly [K in keyof T]: T[K] };

export function nextHistory(
  { redSince, required, now }: Look,
  { history, outcome: { to, raisedOver, dataUpTo, needDue } }: ChosenTier,
  { wanted, queues, starts, needs, connections, limits, stable, overloadedSince }: SizingMemory,
): History {
  const moved = to !== history.tier || history.tierSince === undefined;
  const next: Writable<History> = {
    tier: to,
    // What claims to have begun in the future (a clock that was set back) begins now.
    tierSince: moved ? now : Math.min(history.tierSince ?? now, now),
    load: history.load,
    redSince,
    required,
    sizes: history.sizes,
    wanted,
    queues,
    starts,
    witnesses: history.witnesses,
  };
  if (history.leads !== undefined) next.leads = history.leads;
  if (history.dayCounts !== undefined) next.dayCounts = history.dayCounts;
  if (history.learned !== undefined) next.learned = history.learned;
  if (raisedOver !== undefined) next.raisedOver = raisedOver;
  if (dataUpTo !== undefined) next.dataUpTo = dataUpTo;
  if (needs !== undefined) next.needs = needs;
  if (needDue !== undefined) next.needDue = needDue;
  if (connections !== undefined) next.connections = connections;
  if (limits !== undefined) next.limits = limits;
  if (stable !== undefined) next.stable = stable;
  if (overloadedSince !== undefined) next.overloadedSince = overloadedSince;
  return next;
}
