/** What all parts share: the database's connections, and the most workers that a rung allows over all queues. */
import type { Part } from '../api/parts.ts';
import { plural } from '../signals/words.ts';
import type { PartBounds } from './bounds.ts';
import { connectionsPerReplica, type ConnectionBudget } from './connections.ts';
import { isWorkers } from './roles.ts';
import type { Proposal } from './proposal.ts';

export interface SharedPart {
  readonly part: Part;
  readonly bounds: PartBounds;
  readonly proposal: Proposal;
  /** Replicas that run now. */
  readonly current: number;
}

/** More was proposed than is granted. */
function granted(shared: SharedPart, replicas: number, clamp: string): SharedPart {
  const { proposal } = shared;
  return { ...shared, proposal: { ...proposal, replicas, clamps: [...proposal.clamps, clamp] } };
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
    return granted(shared, least + more, `${part.name} gets ${plural(least + more, 'replica')}, for ${why}.`);
  });
}

/** Takes back what is more than the rung allows over all queues together, from the last queue first and sync last. */
export function withinTotal(parts: readonly SharedPart[], most: number, rung: string): readonly SharedPart[] {
  let excess = -most;
  for (const { part, proposal } of parts) {
    if (isWorkers(part)) excess += proposal.replicas;
  }
  if (excess <= 0) return parts;
  const clamp = `rung ${rung} allows ${plural(most, 'worker')} over all queues together`;
  return parts
    .toReversed()
    .map((shared) => {
      const { part, proposal, bounds } = shared;
      if (excess <= 0 || proposal.fixed || !isWorkers(part)) return shared;
      const back = Math.min(excess, Math.max(0, proposal.replicas - bounds.floor));
      excess -= back;
      if (back === 0) return shared;
      return granted(
        shared,
        proposal.replicas - back,
        `${part.name} gets ${plural(proposal.replicas - back, 'replica')}, for ${clamp}.`,
      );
    })
    .toReversed();
}
