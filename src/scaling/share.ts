/** What all components share: the database's connections, and the most workers that a tier allows over all queues. */
import type { Component } from '../api/components.ts';
import { plural } from '../text/words.ts';
import { setBy, type ComponentBounds, type TierBounds } from './bounds.ts';
import { connectionsPerReplica, type ConnectionBudget } from './connections.ts';
import { isWorkers } from './component-sets.ts';
import type { Limit } from './limits.ts';
import type { Proposal } from './proposal.ts';

export interface SharedComponent {
  readonly component: Component;
  readonly bounds: ComponentBounds;
  readonly proposal: Proposal;
  /** Replicas that run now. */
  readonly current: number;
}

/** More was proposed than is granted. */
function granted(shared: SharedComponent, replicas: number, limit: Limit): SharedComponent {
  const { proposal, component } = shared;
  const clamp = `${component.name} gets ${plural(replicas, 'replica')}, for ${limit.why}.`;
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

/**
 * The fewest replicas that a budget leaves a component: what it has, and its standing floor; growth alone is refused. What a
 * schedule asks for beyond that is growth like what signals ask for.
 */
const kept = ({ proposal, current, bounds }: SharedComponent): number =>
  proposal.fixed ? proposal.replicas : Math.min(proposal.replicas, Math.max(current, bounds.standingFloor));

/**
 * Grants growth while connections last, in the order of the components: ingest first, for a lead that is not taken in is
 * lost; then sync, then the queues in the order of the spec. `leaving` is held by components that are on their way out.
 */
export function withinConnections(
  components: readonly SharedComponent[],
  { ours, why }: ConnectionBudget,
  leaving: number,
): readonly SharedComponent[] {
  if (ours === Infinity) return components;
  let left = ours - leaving;
  let grows = false;
  for (const shared of components) {
    left -= kept(shared) * connectionsPerReplica(shared.component);
    grows ||= shared.proposal.replicas > kept(shared);
  }
  if (!grows) return components;
  return components.map((shared) => {
    const { proposal, component } = shared;
    const least = kept(shared);
    const each = connectionsPerReplica(component);
    if (proposal.replicas <= least || each === 0) return shared;
    const more = Math.min(proposal.replicas - least, Math.max(0, Math.floor(left / each)));
    left -= more * each;
    if (least + more >= proposal.replicas) return shared;
    return granted(shared, least + more, { by: 'DatabaseConnections', why });
  });
}

/** Connections that the budget leaves beyond those that all components may hold at the sizes that they get. */
export function connectionsLeft(
  components: readonly SharedComponent[],
  { ours }: ConnectionBudget,
  leaving: number,
): number {
  let left = ours - leaving;
  for (const { component, proposal } of components)
    left -= proposal.replicas * connectionsPerReplica(component);
  return left;
}

/**
 * Takes back what is more than the tier allows over all queues together, from the last queue first and sync last: growth
 * before anything that runs, for a queue that fills up may not cost another its workers.
 */
export function withinTotal(
  components: readonly SharedComponent[],
  { max: most, maxBy }: TierBounds['workers'],
  tier: string,
): readonly SharedComponent[] {
  let excess = -most;
  for (const { component, proposal } of components) {
    if (isWorkers(component)) excess += proposal.replicas;
  }
  if (excess <= 0) return components;
  const total = most + excess;
  const why = `${setBy(maxBy, tier)} allows ${plural(most, 'worker')} over all queues together`;
  const takeBack = (from: readonly SharedComponent[], isGrowth: boolean): readonly SharedComponent[] =>
    from
      .toReversed()
      .map((shared) => {
        const { component, proposal, bounds } = shared;
        if (proposal.fixed || !isWorkers(component)) return shared;
        const least = isGrowth ? kept(shared) : bounds.standingFloor;
        const back = Math.min(excess, Math.max(0, proposal.replicas - least));
        if (back === 0) return shared;
        excess -= back;
        const replicas = proposal.replicas - back;
        if (isGrowth) return granted(shared, replicas, { by: 'TierWorkersMaximum', why, total });
        const limits = [...proposal.limits, { by: 'TierWorkersMaximum' as const, why, total }];
        return { ...shared, proposal: { ...proposal, replicas, rule: 'Ceiling' as const, why, limits } };
      })
      .toReversed();
  const grown = takeBack(components, true);
  return excess > 0 ? takeBack(grown, false) : grown;
}
