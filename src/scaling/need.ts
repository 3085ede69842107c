/**
 * What components need beside what a tier allows. A need is what scaling asks for, cut to what everything but the tier leaves of it:
 * a pin, a maximum of its own or of a schedule, workers that do not help, Vici's budget, the connections of the database. No tier would lift those.
 */
import type { Component } from '../api/components.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import type { BoundedComponent } from '../ladder/ladder.ts';
import type { LimitReason } from '../model/scaling-limit.ts';
import { ALL_WORKERS, type Need, type Needs } from '../model/need.ts';
import { boundedComponentOf, mostOnAnyTier, viciCeiling, type TierBounds } from './bounds.ts';
import { isWorkers } from './component-sets.ts';
import { isWanted, type Demand } from './demand.ts';
import type { SharedComponent } from './share.ts';

/** The web side's name among needs, whichever way the platform is cut. */
const WEB = 'ingest';

export interface NeedsDraft {
  readonly known: Need[];
  readonly silent: string[];
}

/** Notes what a component needs by the first of its demands; the others are what is done while that one is unknown. */
export function noteNeed({ known, silent }: NeedsDraft, name: string, demand: Demand | undefined): void {
  if (demand === undefined) return;
  if (!isWanted(demand)) {
    if (demand.unknown !== 'NotConfigured') silent.push(name);
    return;
  }
  const { wanted, load = wanted, held } = demand;
  // Where more workers do not help, no tier does.
  const { workers: most = Infinity } = held ?? {};
  known.push({ name, replicas: Math.min(most, Math.max(wanted, load)), load: Math.min(most, load) });
}

export type NeedsByName = ReadonlyMap<string, Need>;

export const byName = ({ known }: Needs): NeedsByName => new Map(known.map((need) => [need.name, need]));

/** What is in the Pods of a component, and what it needs of what it may have on any tier. */
export interface Part extends Need {
  readonly component: Component;
  readonly bounded: Exclude<BoundedComponent, 'workers'>;
}

/** Of each component, all that is in its Pods. */
export function partsOf(
  spec: LeadPlatformSpec,
  components: readonly Component[],
  needs: NeedsByName,
): readonly Part[] {
  const parts: Part[] = [];
  for (const component of components) {
    const bounded = boundedComponentOf(component);
    const most = mostOnAnyTier(spec, component);
    const add = (name: string, atMost: number): void => {
      const { replicas = 0, load = 0 } = needs.get(name) ?? {};
      parts.push({
        name,
        component,
        bounded,
        replicas: Math.min(replicas, atMost),
        load: Math.min(load, atMost),
      });
    };
    if (component.role !== 'all-in-one') add(component.name, most);
    else {
      add(WEB, most);
      for (const worker of component.workers)
        add(worker.name, worker.role === 'sync' ? Math.min(most, viciCeiling(spec, worker)) : most);
    }
  }
  return parts;
}

/** Who needs more than a tier allows; undefined where it carries everything. */
export function excessOn(
  bounds: TierBounds,
  parts: readonly Part[],
  amount: 'replicas' | 'load',
): string | undefined {
  let workers = 0;
  for (const part of parts) {
    if (part[amount] > bounds[part.bounded].max) return part.name;
    if (isWorkers(part.component)) workers += part[amount];
  }
  return workers > bounds.workers.max ? ALL_WORKERS : undefined;
}

/** How many of the replicas that are needed a tier allows, all components together. */
export function grantedOn(bounds: TierBounds, parts: readonly Part[]): number {
  let workers = 0;
  let others = 0;
  for (const { replicas, bounded, component } of parts) {
    const granted = Math.min(bounds[bounded].max, replicas);
    if (isWorkers(component)) workers += granted;
    else others += granted;
  }
  return others + Math.min(workers, bounds.workers.max);
}

/**
 * Cuts needs to what is in the way of them beside the tier.
 * @param within Takes back what the database has no connections for.
 */
export function cutNeeds(
  needs: Needs,
  spec: LeadPlatformSpec,
  proposed: readonly SharedComponent[],
  within: (lifted: readonly SharedComponent[]) => readonly SharedComponent[],
): Needs {
  const named = byName(needs);
  let isMore = false;
  const lifted = proposed.map((one) => {
    const { component, proposal } = one;
    isMore ||= proposal.fixed;
    const needed = Math.max(...partsOf(spec, [component], named).map(({ replicas }) => replicas));
    if (needed <= proposal.replicas) return one;
    isMore = true;
    return isHeldElsewhere(one) ? one : { ...one, proposal: { ...proposal, replicas: needed } };
  });
  // Most of the time everybody has what is needed.
  if (!isMore) return needs;
  const most = new Map<string, number>();
  for (const { component, proposal } of within(lifted)) {
    // On every tier a pin and another autoscaler have it their way: nothing is needed of any.
    const granted = proposal.fixed ? 0 : proposal.replicas;
    for (const { name } of partsOf(spec, [component], named)) most.set(name, granted);
  }
  const cut = ({ name, replicas, load }: Need): Need => {
    const atMost = most.get(name) ?? Infinity;
    return { name, replicas: Math.min(replicas, atMost), load: Math.min(load, atMost) };
  };
  return { ...needs, known: needs.known.map(cut) };
}

/** What has a size in hand on every tier. */
const OF_NO_TIER: ReadonlySet<LimitReason> = new Set<LimitReason>(['ViciBudget', 'ScheduleMaximum']);

/** A pin, another autoscaler, a schedule or Vici's budget has its size in hand. */
const isHeldElsewhere = ({ proposal: { fixed, limits } }: SharedComponent): boolean =>
  fixed || limits.some(({ by }) => OF_NO_TIER.has(by));
