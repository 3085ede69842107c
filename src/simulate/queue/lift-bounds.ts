/** A spec without its ceilings, to see what a policy wants and not what it may. */
import type { LeadPlatformSpec } from '../../api/schema/leadplatform.ts';
import { DEFAULT_TIERS, NO_CEILING } from '../../ladder/default-tiers.ts';

const LIFTED = { min: 1, max: 1_000 };
const COMPONENTS = {
  allInOne: LIFTED,
  ingest: LIFTED,
  sync: LIFTED,
  queue: LIFTED,
  workers: { min: 0, max: NO_CEILING },
};

/** The same rungs, each with 1 to 1,000 replicas of everything. */
export function liftBounds(spec: LeadPlatformSpec): LeadPlatformSpec {
  return {
    ...spec,
    tiers: (spec.tiers ?? DEFAULT_TIERS).map((tier) => ({
      ...tier,
      capabilities: [...tier.capabilities],
      components: COMPONENTS,
    })),
  };
}
