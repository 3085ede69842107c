/**
 * The eight tiers that a platform has when its spec names none. Loads and bounds are the operators' own figures
 * (docs/design/ladder.md); floors and ceilings grow about as fast as the load does from tier to tier.
 */
import { TIER_NAMES } from '../api/names.ts';
import type { TierSpec } from '../api/schema/ladder.ts';
import { CATALOG } from '../catalog/catalog.ts';

type Bounds = readonly [min: number, max: number];

/** One line a tier: leads/day from, all-in-one, ingest, sync, one queue, workers over all queues at least. */
type Row = readonly [
  from: number,
  allInOne: Bounds,
  ingest: Bounds,
  sync: Bounds,
  queue: Bounds,
  workers: number,
];

// All-in-one keeps bounds above `cached`, for who declines separate workers: one pod then has the ceiling of its
// hungriest component. The lowest tiers have bounds for separate components, for a load that requires them ahead of their tier.
const ROWS: readonly Row[] = [
  [0, [1, 1], [1, 1], [1, 1], [1, 1], 0],
  [5_000, [1, 2], [1, 2], [1, 2], [1, 2], 0],
  [10_000, [1, 10], [1, 3], [1, 3], [1, 10], 0],
  [15_000, [3, 25], [3, 8], [1, 5], [1, 25], 5],
  [25_000, [3, 50], [3, 16], [1, 10], [1, 50], 5],
  [30_000, [3, 100], [3, 30], [1, 20], [1, 100], 5],
  [50_000, [4, 200], [4, 60], [1, 40], [1, 200], 8],
  [100_000, [6, 400], [6, 120], [1, 80], [1, 400], 10],
];

/** A tier adds what is worth having from its load on. */
const addedFrom = (leadsPerDay: number) =>
  CATALOG.filter(({ recommendedFrom }) => recommendedFrom === leadsPerDay).map(({ name }) => name);

/** More workers than any tier could ask for: no ceiling over all queues together. */
export const NO_CEILING = 10_000;

export const DEFAULT_TIERS: readonly TierSpec[] = ROWS.map(
  ([fromLeadsPerDay, allInOne, ingest, sync, queue, workers], index) => ({
    name: TIER_NAMES[index] ?? `tier-${index}`,
    fromLeadsPerDay,
    capabilities: addedFrom(fromLeadsPerDay),
    components: {
      allInOne: { min: allInOne[0], max: allInOne[1] },
      ingest: { min: ingest[0], max: ingest[1] },
      sync: { min: sync[0], max: sync[1] },
      queue: { min: queue[0], max: queue[1] },
      workers: { min: workers, max: NO_CEILING },
    },
  }),
);
