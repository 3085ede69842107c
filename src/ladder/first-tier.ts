/** Where a platform begins. */
import { SEPARATES_WORKERS } from '../catalog/catalog.ts';
import { formatDuration } from '../api/quantity.ts';
import type { ObservedComponent } from '../model/decision.ts';
import { count } from '../text/words.ts';
import { higher, lower, tierFor, type Tier } from './ladder.ts';
import { busiestOver, lowestOver, resolutionOf } from './load.ts';
import type { TierInput } from './move.ts';
import { neededTier } from './raise-by-need.ts';

/** Whether a tier allows all replicas that run, cut as they are. What runs apart needs workers that are separate. */
function hasRoom({ bounds, has }: Tier, components: readonly ObservedComponent[]): boolean {
  return components.every(({ name, desiredReplicas }) => {
    if (name === 'all-in-one') return desiredReplicas <= bounds.allInOne.max;
    const { max } = name === 'ingest' || name === 'sync' ? bounds[name] : bounds.queue;
    return desiredReplicas <= max && has.has(SEPARATES_WORKERS);
  });
}

/** The tier of the busiest that leads/day is known to have been; undefined where no day is known. */
export function busiestTier({ spec, ladder, history, now }: TierInput): Tier | undefined {
  const { descentGap, span } = resolutionOf(spec);
  const busiest = busiestOver(history.load, now, span, descentGap)?.value;
  return busiest === undefined ? undefined : tierFor(ladder, busiest);
}

/** The tier of a platform that was on none of this ladder: as high as the past is known to have sustained; and why. */
export function firstTier(input: TierInput): {
  readonly tier: Tier;
  /** The tier that leads/day by itself asks for; without leads/day, the tier up to which there is what holds data. */
  readonly called: Tier;
  readonly why: string;
} {
  const { spec, ladder, history, components, now } = input;
  const { climbGap, descentGap, sustainedFor, span } = resolutionOf(spec);
  if (history.tier === undefined) {
    const low = lowestOver(history.load, now, sustainedFor, climbGap);
    const over = formatDuration(sustainedFor);
    const tier = low === undefined ? ladder.lowest : tierFor(ladder, low);
    return {
      tier,
      called: tier,
      why:
        low === undefined
          ? `leads/day is not known for all of the last ${over}`
          : `leads/day has been at ${count(low)} or more for ${over}`,
    };
  }
  // A ladder that was replaced under a running platform must not drop it: its busiest day and its need find their tier there.
  const busiest = busiestOver(history.load, now, span, descentGap)?.value;
  const gone = `${history.tier} is no tier of the ladder any more`;
  if (busiest === undefined) {
    const tier = ladder.tiers.find((one) => hasRoom(one, components)) ?? ladder.highest;
    const { dataUpTo } = history;
    const called = dataUpTo === undefined ? tier : lower(ladder.byName.get(dataUpTo) ?? ladder.lowest, tier);
    return {
      tier,
      called,
      why: `${gone}, nothing is known of leads/day, and this is the lowest with room for what runs`,
    };
  }
  const called = tierFor(ladder, busiest);
  const tier = higher(called, neededTier(input));
  const words = `${gone}, and the busiest that leads/day is known to have been is ${count(busiest)}`;
  return {
    tier,
    called,
    why: tier === called ? words : `${words}; what its jobs have needed takes ${tier.name}`,
  };
}
