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
  const { input } = look;
  const on = (tier: Tier) => ceilingsOn(look, tier);
  const isReady = (name: string, ceiling: number): boolean => {
    const there = input.components.find((one) => one.name === name);
    return (
      there !== undefined && there.desiredReplicas >= ceiling && there.readyReplicas >= there.desiredReplicas
    );
  };
  return {
    granted: (tier, workers) => {
      const { queues, all } = on(tier);
      let granted = 0;
      for (const { queue, ceiling } of queues) granted += Math.min(ceiling, workers[queue] ?? 0);
      return Math.min(all, granted);
    },
    isAtBound: (tier, workers) => {
      const { queues, all } = on(tier);
      const isFull = queues.some(
        ({ queue, component, ceiling }) => (workers[queue] ?? 0) > ceiling && isReady(component, ceiling),
      );
      return isFull || areAllReady(queues, all, workers, look);
    },
    gap: lookGapOf(input.spec),
  };
}

/** The ceiling over all queues together is reached. */
function areAllReady(
  queues: readonly CeilingOfQueue[],
  all: number,
  workers: Workers,
  { input: { components } }: Look,
): boolean {
  let needed = 0;
  let ready = 0;
  for (const { queue, component, ceiling } of queues) {
    needed += Math.min(ceiling, workers[queue] ?? 0);
    ready += components.find(({ name }) => name === component)?.readyReplicas ?? 0;
  }
  return needed > all && ready >= all;
}
