/** What all parts share: the database's connections, and the most workers that a tier allows over all queues. */
import type { Part } from '../api/parts.ts';
import { plural } from '../text/words.ts';
import { setBy, type PartBounds, type TierBounds } from './bounds.ts';
import { connectionsPerReplica, type ConnectionBudget } from './connections.ts';
import { isWorkers } from './component-sets.ts';
import type { Limit } from './limits.ts';
import type { Proposal } from './proposal.ts';

export interface SharedPart {
  readonly part: Part;
  readonly bounds: PartBounds;
  readonly proposal: Proposal;
  /** Replicas that run now. */
  readonly current: number;
}

/** More was proposed than is granted. */
function granted(shared: SharedPart, replicas: number, limit: Limit): SharedPart {
  const { proposal, part } = shared;
  const clamp = `${part.name} gets ${plural(replicas, 'replica')}, for ${limit.why}.`;
  return {
    ...shared,
    proposal: {
      ...proposal,
      replicas,
      clamps: [...proposal.clamps, clamp],
      limits: [...proposal.limits, limit],
    },
  };
}

/** The fewest replicas that a budget leaves a part: what it has, and its floor; growth alone is refused. */
const kept = ({ proposal, current, bounds }: SharedPart): number =>
  proposal.fixed ? proposal.replicas : Math.min(proposal.replicas, Math.max(current, bounds.floor));

/**
 * Grants growth while connections last, in the order of the parts: ingest first, for a lead that is not taken in is
 * lost; then sync, then the queues in the order of the spec. `leaving` is held by parts that are on their way out.
 */
export function withinConnections(
  parts: readonly SharedPart[],
  { ours, why }: ConnectionBudget,
  leaving: number,
): readonly SharedPart[] {
  if (ours === Infinity) return parts;
  let left = ours - leaving;
  let grows = false;
  for (const shared of parts) {
    left -= kept(shared) * connectionsPerReplica(shared.part);
    grows ||= shared.proposal.replicas > kept(shared);
  }
  if (!grows) return parts;
  return parts.map((shared) => {
    const { proposal, part } = shared;
    const least = kept(shared);
    const each = connectionsPerReplica(part);
    if (proposal.replicas <= least || each === 0) return shared;
    const more = Math.min(proposal.replicas - least, Math.max(0, Math.floor(left / each)));
    left -= more * each;
    if (least + more >= proposal.replicas) return shared;
    return granted(shared, least + more, { by: 'DatabaseConnections', why });
  });
}

/**
 * Takes back what is more than the tier allows over all queues together, from the last queue first and sync last: growth
 * before anything that runs, for a queue that fills up may not cost another its workers.
 */
export function withinTotal(
  parts: readonly SharedPart[],
  { max: most, maxBy }: TierBounds['workers'],
  tier: string,
): readonly SharedPart[] {
  let excess = -most;
  for (const { part, proposal } of parts) {
    if (isWorkers(part)) excess += proposal.replicas;
  }
  if (excess <= 0) return parts;
  const total = most + excess;
  const why = `${setBy(maxBy, tier)} allows ${plural(most, 'worker')} over all queues together`;
  const takeBack = (from: readonly SharedPart[], isGrowth: boolean): readonly SharedPart[] =>
    from
      .toReversed()
      .map((shared) => {
        const { part, proposal, bounds } = shared;
        if (proposal.fixed || !isWorkers(part)) return shared;
        const least = isGrowth ? kept(shared) : bounds.floor;
        const back = Math.min(excess, Math.max(0, proposal.replicas - least));
        if (back === 0) return shared;
        excess -= back;
        const replicas = proposal.replicas - back;
        if (isGrowth) return granted(shared, replicas, { by: 'TierWorkersMaximum', why, total });
        const limits = [...proposal.limits, { by: 'TierWorkersMaximum' as const, why, total }];
        return { ...shared, proposal: { ...proposal, replicas, rule: 'Ceiling' as const, why, limits } };
      })
      .toReversed();
  const grown = takeBack(parts, true);
  return excess > 0 ? takeBack(grown, false) : grown;
}
