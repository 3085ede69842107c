/** What needs come to on each tier: how the platform is cut there, what its ceilings are, and whether they are what holds it now. */
import { SEPARATES_WORKERS } from '../catalog/catalog.ts';
import { isGiven } from '../ladder/required.ts';
import type { Tier } from '../ladder/ladder.ts';
import type { TierInput } from '../ladder/move.ts';
import { rememberNeeds, type Excess } from '../ladder/need.ts';
import type { History } from '../model/decision.ts';
import type { Needs } from '../model/need.ts';
import { isKnown } from '../model/reading.ts';
import { boundsInForce, type TierBounds } from '../scaling/bounds.ts';
import { componentSetsOf, isWorkers } from '../scaling/component-sets.ts';
import { byName, excessOn, grantedOn, partsOf, type Part } from '../scaling/need.ts';
import { queueReading } from '../signals/view.ts';
import type { Look } from './look.ts';

/** A platform on a tier: what is in its Pods there and needs how much, and what the ceilings are. */
interface OnTier {
  readonly parts: readonly Part[];
  readonly bounds: TierBounds;
}

/** Tells it for each tier: separate workers are sized one by one, and an all-in-one pod after whoever needs most. */
function onTiers({ input, ladder, required }: Look, needs: Needs): (tier: Tier) => OnTier {
  const { spec, confirmed } = input;
  const { apart, together } = componentSetsOf(spec);
  const isRequired = required.includes(SEPARATES_WORKERS);
  const mayPart = isGiven(SEPARATES_WORKERS, spec, isRequired, confirmed);
  const named = byName(needs);
  let partsApart: readonly Part[] | undefined;
  let partsTogether: readonly Part[] | undefined;
  return (tier) => ({
    parts:
      mayPart && (isRequired || tier.has.has(SEPARATES_WORKERS))
        ? (partsApart ??= partsOf(spec, apart, named))
        : (partsTogether ??= partsOf(spec, together, named)),
    bounds: boundsInForce(spec, ladder, tier, required),
  });
}

const NONE: Needs = { known: [], silent: [] };

/** What the needs of the last look say of the tiers at this one. */
export function needsOfTiers(look: Look, { needs = NONE }: History): TierInput['need'] {
  // Asked only once a need has lasted, which is seldom.
  let on: ReturnType<typeof onTiers> | undefined;
  const onTier = (tier: Tier): OnTier => (on ??= onTiers(look, needs))(tier);
  return {
    isHeld: (tier) => isHeldBy(onTier(tier), look),
    grantedOn: (tier) => {
      const { bounds, parts } = onTier(tier);
      return grantedOn(bounds, parts);
    },
  };
}

/** Whether somebody who is seen to need more has all replicas that a tier allows, and all of them are ready. */
function isHeldBy({ parts, bounds }: OnTier, { input: { spec, components }, readings }: Look): boolean {
  const queues = new Map(componentSetsOf(spec).workers.map(({ name, queue }) => [name, queue]));
  const isSeen = (name: string): boolean => {
    const queue = queues.get(name);
    return queue === undefined ? isKnown(readings.leadsPerMinute) : isKnown(queueReading(readings, queue));
  };
  let needed = 0;
  let ready = 0;
  let areSeen = true;
  for (const { name, component, bounded, replicas } of parts) {
    const now = components.find((one) => one.name === component.name);
    const { max } = bounds[bounded];
    const isFull =
      now !== undefined && now.readyReplicas >= now.desiredReplicas && now.desiredReplicas >= max;
    if (replicas > max && isFull && isSeen(name)) return true;
    if (!isWorkers(component)) continue;
    needed += Math.min(max, replicas);
    ready += now?.readyReplicas ?? 0;
    areSeen &&= replicas === 0 || isSeen(name);
  }
  return areSeen && needed > bounds.workers.max && ready >= bounds.workers.max;
}

type ExcessByTier = ReadonlyMap<Tier, Excess | undefined>;

/** What needs are more than tiers carry, and what that was worked out from: it holds as long as nothing of it changes. */
interface KnownExcess extends Pick<Look, 'required'>, Pick<Look['input'], 'spec' | 'confirmed'> {
  readonly byTier: ExcessByTier;
}

const excesses = new WeakMap<Needs, KnownExcess>();

function excessOf(look: Look, needs: Needs): ExcessByTier {
  const { input, ladder, required } = look;
  const { spec, confirmed } = input;
  const last = excesses.get(needs);
  if (last?.spec === spec && last.confirmed === confirmed && last.required === required) return last.byTier;
  const onTier = onTiers(look, needs);
  const byTier = new Map(ladder.tiers.map((tier) => [tier, excessAt(onTier(tier))]));
  excesses.set(needs, { spec, confirmed, required, byTier });
  return byTier;
}

function excessAt({ bounds, parts }: OnTier): Excess | undefined {
  const of = excessOn(bounds, parts, 'replicas');
  return of === undefined ? undefined : { of, isLoad: excessOn(bounds, parts, 'load') !== undefined };
}

/** What is remembered of needs, with one more look at them. */
export function aboveAfter(look: Look, before: History['above'], needs: Needs): History['above'] {
  if (before === undefined && needs.known.length === 0) return undefined;
  const { input, ladder, now } = look;
  const excess = excessOf(look, needs);
  const { lookback } = input.spec.scaling.demote;
  return rememberNeeds(before, ladder, needs, (tier) => excess.get(tier), { now, lookback });
}
