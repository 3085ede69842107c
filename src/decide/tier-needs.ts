/** What tiers allow of a need: by their ceilings, in the shape that the platform has there. */
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import { SEPARATES_WORKERS } from '../catalog/catalog.ts';
import type { Tier } from '../ladder/ladder.ts';
import type { NeedOfTiers } from '../ladder/need.ts';
import { isGivenOn } from '../ladder/required.ts';
import type { History } from '../model/decision.ts';
import type { Workers } from '../model/need.ts';
import { boundsInForce, workersCeiling, type TierBounds } from '../scaling/bounds.ts';
import { componentSetsOf } from '../scaling/component-sets.ts';
import { lookGapOf } from '../scaling/detection.ts';
import { sizedByOthers } from '../scaling/needs.ts';
import type { Look } from './look.ts';

/** A history without the needs of queues that the spec does not have any more. */
export function withNeedsOf(spec: LeadPlatformSpec, history: History): History {
  if (history.needs === undefined) return history;
  const { workers } = componentSetsOf(spec);
  const all = Object.entries(history.needs);
  const still = all.filter(([name]) => workers.some(({ queue }) => queue === name));
  return still.length === all.length ? history : { ...history, needs: Object.fromEntries(still) };
}

interface CeilingOfQueue {
  readonly queue: string;
  /** Whose Pods work for it. */
  readonly component: string;
  readonly ceiling: number;
}

interface CeilingsOn {
  readonly queues: readonly CeilingOfQueue[];
  /** Over all queues together, where each has workers of its own. */
  readonly all: number;
}

/** By the bounds in force, for Pods of their own and for all-in-one Pods: worked out once, and asked at every decision. */
const known = new WeakMap<
  LeadPlatformSpec,
  WeakMap<TierBounds, Partial<Record<'apart' | 'together', CeilingsOn>>>
>();

function ceilingsOn({ input, ladder, required }: Look, tier: Tier): CeilingsOn {
  const { spec, confirmed } = input;
  const bounds = boundsInForce(spec, ladder, tier, required);
  let byBounds = known.get(spec);
  if (byBounds === undefined) known.set(spec, (byBounds = new WeakMap()));
  let byShape = byBounds.get(bounds);
  if (byShape === undefined) byBounds.set(bounds, (byShape = {}));
  const isApart = isGivenOn(tier, SEPARATES_WORKERS, { spec, required, confirmed });
  return (byShape[isApart ? 'apart' : 'together'] ??= ceilingsBy(spec, bounds, isApart));
}

function ceilingsBy(spec: LeadPlatformSpec, bounds: TierBounds, isApart: boolean): CeilingsOn {
  const { workers, together } = componentSetsOf(spec);
  const queues = workers.map((worker) => ({
    queue: worker.queue,
    component: isApart ? worker.name : together[0]!.name,
    ceiling: workersCeiling(spec, worker, isApart ? worker : together[0]!, bounds),
  }));
  return { queues, all: isApart ? bounds.workers.max : Infinity };
}

export function needOfTiers(look: Look): NeedOfTiers {
  const { input, now } = look;
  const on = (tier: Tier) => ceilingsOn(look, tier);
  let others: ReadonlyMap<string, number> | undefined;
  const shareOf = (all: number, queues: readonly CeilingOfQueue[], workers: Workers): Share =>
    shareBy({ all, queues, workers, others: (others ??= sizedByOthers(input, now)) });
  const isReady = (name: string, ceiling: number): boolean => {
    const there = input.components.find((one) => one.name === name);
    return (
      there !== undefined && there.desiredReplicas >= ceiling && there.readyReplicas >= there.desiredReplicas
    );
  };
  return {
    granted: (tier, workers) => {
      const { queues, all } = on(tier);
      const { fixed, needed, left } = shareOf(all, queues, workers);
      return Math.min(all, fixed + Math.min(left, needed));
    },
    isAtBound: (tier, workers) => {
      const { queues, all } = on(tier);
      const isFull = queues.some(
        ({ queue, component, ceiling }) => (workers[queue] ?? 0) > ceiling && isReady(component, ceiling),
      );
      if (isFull) return true;
      // Else the ceiling over all queues together may be reached.
      const { needed, left, sized } = shareOf(all, queues, workers);
      return needed > left && readyOf(sized, input.components) >= left;
    },
    gap: lookGapOf(input.spec),
  };
}

interface Share {
  /** What is needed of queues that others size, by their ceilings. */
  readonly fixed: number;
  /** The same of all the other queues, and who works for these. */
  readonly needed: number;
  readonly sized: readonly string[];
  /** What the ceiling over all queues together leaves to them. */
  readonly left: number;
}

/** Workers that a pin or another autoscaler sizes take their share of the ceiling over all queues, whatever their queue needs. */
function shareBy({
  all,
  queues,
  workers,
  others,
}: CeilingsOn & { workers: Workers; others: ReadonlyMap<string, number> }): Share {
  let fixed = 0;
  let needed = 0;
  let left = all;
  const sized: string[] = [];
  for (const { queue, component, ceiling } of queues) {
    const granted = Math.min(ceiling, workers[queue] ?? 0);
    const taken = others.get(queue);
    if (taken === undefined) {
      needed += granted;
      sized.push(component);
    } else {
      fixed += granted;
      left -= taken;
    }
  }
  return { fixed, needed, sized, left: Math.max(0, left) };
}

function readyOf(names: readonly string[], components: Look['input']['components']): number {
  let ready = 0;
  for (const one of names) ready += components.find(({ name }) => name === one)?.readyReplicas ?? 0;
  return ready;
}
