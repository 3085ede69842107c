/** Where a platform begins. */
import { SEPARATES_WORKERS } from '../catalog/catalog.ts';
import { formatDuration } from '../api/quantity.ts';
import type { ObservedComponent } from '../model/decision.ts';
import { count } from '../text/words.ts';
import { tierFor, type Tier } from './ladder.ts';
import { busiestOver, lowestOver, resolutionOf } from './load.ts';
import type { TierInput } from './move.ts';

/** Whether a tier allows all replicas that run, cut as they are. What runs apart needs workers that are separate. */
function hasRoom({ bounds, has }: Tier, components: readonly ObservedComponent[]): boolean {
  return components.every(({ name, desiredReplicas }) => {
    if (name === 'all-in-one') return desiredReplicas <= bounds.allInOne.max;
    const { max } = name === 'ingest' || name === 'sync' ? bounds[name] : bounds.queue;
    return desiredReplicas <= max && has.has(SEPARATES_WORKERS);
  });
}

/** The tier of a platform that was on none of this ladder: as high as the past is known to have sustained; and why. */
export function firstTier({ spec, ladder, history, components, now }: TierInput): {
  readonly tier: Tier;
  readonly why: string;
} {
  const { climbGap, descentGap, sustainedFor, span } = resolutionOf(spec);
  if (history.tier === undefined) {
    const low = lowestOver(history.load, now, sustainedFor, climbGap);
    const over = formatDuration(sustainedFor);
    return {
      tier: low === undefined ? ladder.lowest : tierFor(ladder, low),
      why:
        low === undefined
          ? `leads/day is not known for all of the last ${over}`
          : `leads/day has been at ${count(low)} or more for ${over}`,
    };
  }
  // A ladder that was replaced under a running platform must not drop it: its busiest day finds its tier there.
  const busiest = busiestOver(history.load, now, span, descentGap)?.value;
  const gone = `${history.tier} is no tier of the ladder any more`;
  if (busiest === undefined) {
    return {
      tier: ladder.tiers.find((tier) => hasRoom(tier, components)) ?? ladder.highest,
      why: `${gone}, nothing is known of leads/day, and this is the lowest with room for what runs`,
    };
  }
  return {
    tier: tierFor(ladder, busiest),
    why: `${gone}, and the busiest that leads/day is known to have been is ${count(busiest)}`,
  };
}
