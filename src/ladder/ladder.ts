/** The ladder in force: tiers by load, each with all that it has, itself and below. */
import type { CapabilityName } from '../api/names.ts';
import type { TierSpec } from '../api/schema/ladder.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import { DEFAULT_TIERS, NO_CEILING } from './default-tiers.ts';

export interface Bounds {
  readonly min: number;
  readonly max: number;
}

export type BoundedComponent = 'allInOne' | 'ingest' | 'sync' | 'queue' | 'workers';

export interface Tier {
  readonly index: number;
  readonly name: string;
  /** Leads/day; the tier holds from this value on, the value itself included. */
  readonly from: number;
  /** What this tier adds to those below. */
  readonly adds: readonly CapabilityName[];
  /** What a platform on this tier has: its own capabilities and those of every tier below. */
  readonly has: ReadonlySet<CapabilityName>;
  /** Floors and ceilings of the components. */
  readonly bounds: Readonly<Record<BoundedComponent, Bounds>>;
}

export interface Ladder {
  /** Lowest first; never empty. */
  readonly tiers: readonly Tier[];
  readonly lowest: Tier;
  readonly highest: Tier;
  readonly byName: ReadonlyMap<string, Tier>;
  /** The tier that adds a capability. A ladder that never names a capability never calls for it. */
  readonly adding: ReadonlyMap<CapabilityName, Tier>;
}

/** What a tier says of a component that it does not mention. */
const UNSAID: Bounds = { min: 1, max: 1_000 };
const UNSAID_WORKERS: Bounds = { min: 0, max: NO_CEILING };

function build(specs: readonly TierSpec[]): Ladder {
  const tiers: Tier[] = [];
  const has = new Set<CapabilityName>();
  for (const spec of specs.toSorted((a, b) => a.fromLeadsPerDay - b.fromLeadsPerDay)) {
    const adds = spec.capabilities.filter((name) => !has.has(name));
    for (const name of adds) has.add(name);
    const { allInOne = UNSAID, ingest = UNSAID, sync = UNSAID, queue = UNSAID } = spec.components;
    const { workers = UNSAID_WORKERS } = spec.components;
    tiers.push({
      index: tiers.length,
      name: spec.name,
      from: spec.fromLeadsPerDay,
      adds,
      has: new Set(has),
      bounds: { allInOne, ingest, sync, queue, workers },
    });
  }
  const lowest = tiers[0];
  const highest = tiers.at(-1);
  if (lowest === undefined || highest === undefined) {
    throw new RangeError('a ladder has no tier; give spec.tiers at least one, or leave it out');
  }
  return {
    tiers,
    lowest,
    highest,
    byName: new Map(tiers.map((tier) => [tier.name, tier])),
    adding: new Map(tiers.flatMap((tier) => tier.adds.map((name) => [name, tier] as const))),
  };
}

const DEFAULT_LADDER = build(DEFAULT_TIERS);
/** A spec does not change once it is parsed, so its ladder is worked out once. */
const built = new WeakMap<readonly TierSpec[], Ladder>();

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

/** The highest tier that starts at `leadsPerDay` or below; the lowest when none does. */
export function tierFor({ tiers, lowest }: Ladder, leadsPerDay: number): Tier {
  return tiers.findLast(({ from }) => leadsPerDay >= from) ?? lowest;
}

/** The tier `steps` above (or, negative, below) another, held inside the ladder. */
export function tierAt({ tiers, lowest }: Ladder, index: number): Tier {
  return tiers[Math.min(tiers.length - 1, Math.max(0, index))] ?? lowest;
}

/** The higher of two tiers. */
export const higher = (a: Tier, b: Tier): Tier => (a.index >= b.index ? a : b);

/** The lower of two tiers. */
export const lower = (a: Tier, b: Tier): Tier => (a.index <= b.index ? a : b);
