/**
 * Needs beside the ceilings of tiers: what is more than a tier carries is remembered for it, raises the platform from that tier once
 * it has lasted, and keeps it from descending there for as long as a descent looks back.
 */
import { own } from '../api/own.ts';
import { formatDuration } from '../api/quantity.ts';
import type { History } from '../model/decision.ts';
import { ALL_WORKERS, type AboveTier, type Needs } from '../model/need.ts';
import type { Instant } from '../model/reading.ts';
import { instant } from '../text/words.ts';
import { higher, type Ladder, type Tier } from './ladder.ts';
import type { Move, TierInput } from './move.ts';

/** Who needs more than a tier carries, and whether what comes is more by itself, without what waits. */
export interface Excess {
  readonly of: string;
  readonly isLoad: boolean;
}

/**
 * One more look at the needs. What is unknown neither begins nor ends a need that is more; who is carried again is remembered until
 * no descent looks back on it. At most one entry a tier.
 */
export function rememberNeeds(
  before: History['above'],
  ladder: Ladder,
  { silent }: Needs,
  excessOn: (tier: Tier) => Excess | undefined,
  { now, lookback }: { readonly now: Instant; readonly lookback: number },
): History['above'] {
  let next: Record<string, AboveTier> | undefined;
  let isSame = true;
  let size = 0;
  for (const tier of ladder.tiers) {
    const last = before && own(before, tier.name);
    const excess = excessOn(tier);
    const above = excess === undefined ? last && carried(last) : exceeded(last, excess, now);
    isSame &&= above === last;
    if (above === undefined) continue;
    (next ??= {})[tier.name] = above;
    size += 1;
  }
  return isSame && before !== undefined && size === Object.keys(before).length ? before : next;

  function carried(last: AboveTier): AboveTier | undefined {
    const isSilent = last.of === ALL_WORKERS ? silent.length > 0 : silent.includes(last.of);
    if (last.since !== undefined) return isSilent ? last : { of: last.of, until: last.until };
    return last.until < now - lookback || last.until > now ? undefined : last;
  }
}

/** While a need lasts it is noted so often that it still does: at each look would be a copy of all of it at each look. */
const NOTED_MS = 60_000;

/** What claims to have begun in the future (a clock that was set back) begins now. */
function exceeded(last: AboveTier | undefined, { of, isLoad }: Excess, now: Instant): AboveTier {
  const isAsBefore = last?.since !== undefined && last.of === of && isLoad === (last.loadSince !== undefined);
  if (isAsBefore && last.until <= now && now < last.until + NOTED_MS) return last;
  const since = Math.min(last?.since ?? now, now);
  const above = { of, until: now, since };
  return isLoad ? { ...above, loadSince: Math.min(last?.loadSince ?? now, now) } : above;
}

const aboveOf = ({ above }: History, tier: Tier): AboveTier | undefined => above && own(above, tier.name);

/** What keeps the platform from going down to a tier: a need within the look-back that was more than that tier carries. */
export function keptFrom(
  tier: Tier,
  { spec, history, now }: Pick<TierInput, 'spec' | 'history' | 'now'>,
): AboveTier | undefined {
  const above = aboveOf(history, tier);
  const isPast = above?.since === undefined && (above?.until ?? 0) < now - spec.scaling.demote.lookback;
  return isPast ? undefined : above;
}

const whose = (of: string): string => (of === ALL_WORKERS ? 'all workers together' : of);

/** `queue-default needs more than tier cached allows, since …`, as a clause. */
export function needWords(
  { of, since, until }: AboveTier,
  { name }: Tier,
  { isRehearsed }: Pick<TierInput, 'isRehearsed'>,
): string {
  if (since === undefined)
    return `${whose(of)} needed more replicas than tier ${name} allows${isRehearsed ? ' not long ago' : ` as late as ${instant(until)}`}`;
  return `${whose(of)} ${of === ALL_WORKERS ? 'need' : 'needs'} more replicas than tier ${name} allows${isRehearsed ? '' : `, since ${instant(since)}`}`;
}

/** Of that time what comes has to have been more than a tier carries, for the platform to go beyond that tier. */
const LASTING_SHARE = 0.5;

/**
 * Up to the first tier that carries what comes, over several where need be, once this one has not carried the need for long enough
 * with all that it allows ready. Jobs that only wait, of a load that is carried, are a burst or an import: for them it is the next
 * tier with more room, and no further. Where it goes nowhere, what it waits for, or what keeps it.
 * @param called The tier that leads/day calls for.
 */
export function raiseByNeed(
  input: TierInput,
  current: Tier,
  called: () => Tier,
  highest: Tier,
): Move | undefined {
  const { spec, ladder, history, need, now } = input;
  const above = aboveOf(history, current);
  if (above?.since === undefined || current === ladder.highest) return undefined;
  const { sustainedFor } = spec.scaling.health;
  const isCarried = (tier: Tier): boolean => {
    const since = aboveOf(history, tier)?.loadSince;
    return since === undefined || now - since < sustainedFor * LASTING_SHARE;
  };
  const over = called();
  const carrier = ladder.tiers.find(isCarried) ?? ladder.highest;
  if (current.index > higher(over, carrier).index) return undefined;
  // What it could not carry before it stood there says nothing of what it does carry.
  const due = Math.max(above.since, Math.min(history.tierSince ?? now, now)) + sustainedFor;
  if (due > now) return { to: current, rule: 'AtTarget', why: '', requeueAt: due };
  if (!need.isHeld(current)) return undefined;
  const up = ladder.tiers.slice(current.index + 1);
  const best = roomier(current, up, isCarried, need.grantedOn);
  const to = roomier(
    current,
    up.filter(({ index }) => index <= highest.index),
    isCarried,
    need.grantedOn,
  );
  if (best === undefined) return undefined;
  const words = needWords(above, current, input);
  const clamp =
    best.index > highest.index
      ? { clamp: `${words}, and ${best.name} has room for it, but maxTier is ${highest.name}.` }
      : {};
  if (to === undefined) return { to: current, rule: 'AtTarget', why: '', ...clamp };
  return {
    to,
    rule: 'NeedSustained',
    raisedOver: over.name,
    why: `${words}; that is ${formatDuration(sustainedFor)} and more, and ${to.name} has room for ${isCarried(to) ? 'it' : 'more of it'}`,
    ...clamp,
  };
}

/** The first tier that grants more than this one and carries what comes; where none does, the first that grants most. */
function roomier(
  current: Tier,
  up: readonly Tier[],
  isCarried: (tier: Tier) => boolean,
  grantedOn: (tier: Tier) => number,
): Tier | undefined {
  let most = grantedOn(current);
  let best: Tier | undefined;
  for (const tier of up) {
    const granted = grantedOn(tier);
    if (granted <= most) continue;
    best = tier;
    most = granted;
    if (isCarried(tier)) break;
  }
  return best;
}
