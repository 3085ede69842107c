/** The ladder in force: rungs by load, each with all that it has, itself and below. */
import type { CapabilityName } from '../api/names.ts';
import type { Tier } from '../api/schema/ladder.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import { DEFAULT_TIERS, NO_CEILING } from './default-tiers.ts';

export interface Bounds {
  readonly min: number;
  readonly max: number;
}

export type BoundedComponent = 'allInOne' | 'ingest' | 'sync' | 'queue' | 'workers';

export interface Rung {
  readonly index: number;
  readonly name: string;
  /** Leads/day; the rung holds from this value on, the value itself included. */
  readonly from: number;
  /** What this rung adds to those below. */
  readonly adds: readonly CapabilityName[];
  /** What a platform on this rung has: its own capabilities and those of every rung below. */
  readonly has: ReadonlySet<CapabilityName>;
  /** Floors and ceilings of the components. */
  readonly bounds: Readonly<Record<BoundedComponent, Bounds>>;
}

export interface Ladder {
  /** Lowest first; never empty. */
  readonly rungs: readonly Rung[];
  readonly lowest: Rung;
  readonly highest: Rung;
  readonly byName: ReadonlyMap<string, Rung>;
  /** The rung that adds a capability. A ladder that never names a capability never calls for it. */
  readonly adding: ReadonlyMap<CapabilityName, Rung>;
}

/** What a rung says of a component that it does not mention. */
const UNSAID: Bounds = { min: 1, max: 1_000 };
const UNSAID_WORKERS: Bounds = { min: 0, max: NO_CEILING };

function build(tiers: readonly Tier[]): Ladder {
  const rungs: Rung[] = [];
  const has = new Set<CapabilityName>();
  for (const tier of tiers.toSorted((a, b) => a.fromLeadsPerDay - b.fromLeadsPerDay)) {
    const adds = tier.capabilities.filter((name) => !has.has(name));
    for (const name of adds) has.add(name);
    const { allInOne = UNSAID, ingest = UNSAID, sync = UNSAID, queue = UNSAID } = tier.components;
    const { workers = UNSAID_WORKERS } = tier.components;
    rungs.push({
      index: rungs.length,
      name: tier.name,
      from: tier.fromLeadsPerDay,
      adds,
      has: new Set(has),
      bounds: { allInOne, ingest, sync, queue, workers },
    });
  }
  const lowest = rungs[0];
  const highest = rungs.at(-1);
  if (lowest === undefined || highest === undefined) {
    throw new RangeError('a ladder has no rung; give spec.tiers at least one, or leave it out');
  }
  return {
    rungs,
    lowest,
    highest,
    byName: new Map(rungs.map((rung) => [rung.name, rung])),
    adding: new Map(rungs.flatMap((rung) => rung.adds.map((name) => [name, rung] as const))),
  };
}

const DEFAULT_LADDER = build(DEFAULT_TIERS);
/** A spec does not change once it is parsed, so its ladder is worked out once. */
const built = new WeakMap<readonly Tier[], Ladder>();

/** The ladder of a spec: its own tiers sorted by load, else the default eight. */
export function ladderOf({ tiers }: LeadPlatformSpec): Ladder {
  if (tiers === undefined || tiers.length === 0) return DEFAULT_LADDER;
  let ladder = built.get(tiers);
  if (ladder === undefined) {
    ladder = build(tiers);
    built.set(tiers, ladder);
  }
  return ladder;
}

/** The highest rung that starts at `leadsPerDay` or below; the lowest when none does. */
export function rungFor({ rungs, lowest }: Ladder, leadsPerDay: number): Rung {
  return rungs.findLast(({ from }) => leadsPerDay >= from) ?? lowest;
}

/** The rung `steps` above (or, negative, below) another, held inside the ladder. */
export function rungAt({ rungs, lowest }: Ladder, index: number): Rung {
  return rungs[Math.min(rungs.length - 1, Math.max(0, index))] ?? lowest;
}

/** The higher of two rungs. */
export const higher = (a: Rung, b: Rung): Rung => (a.index >= b.index ? a : b);
