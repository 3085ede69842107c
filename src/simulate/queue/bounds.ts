/** A spec without its ceilings, to see what a policy wants and not what it may, or without the floor of its workers. */
import type { LeadPlatformSpec } from '../../api/schema/leadplatform.ts';
import { DEFAULT_TIERS, NO_CEILING } from '../../ladder/default-tiers.ts';

/** The default of a tier that says nothing. */
const MOST = 1_000;
const LIFTED = { min: 1, max: MOST };
const COMPONENTS = {
  allInOne: LIFTED,
  ingest: LIFTED,
  sync: LIFTED,
  queue: LIFTED,
  workers: { min: 0, max: NO_CEILING },
};

/** The same tiers, each with 1 to 1,000 replicas of everything. */
export function liftBounds(spec: LeadPlatformSpec): LeadPlatformSpec {
  return withComponents(spec, () => COMPONENTS);
}

/** The same tiers, on none of which workers have to be there without a job. */
export function withoutFloor(spec: LeadPlatformSpec): LeadPlatformSpec {
  const { queues, sync } = spec.components;
  return {
    ...withComponents(spec, (bounds) => ({
      ...bounds,
      sync: { max: MOST, ...bounds.sync, min: 0 },
      queue: { max: MOST, ...bounds.queue, min: 0 },
      workers: { max: NO_CEILING, ...bounds.workers, min: 0 },
    })),
    components: {
      ...spec.components,
      queues: queues.map((component) => ({ ...component, replicas: { ...component.replicas, min: 0 } })),
      sync: { ...sync, replicas: { ...sync.replicas, min: 0 } },
    },
  };
}

type Tier = NonNullable<LeadPlatformSpec['tiers']>[number];

function withComponents(
  spec: LeadPlatformSpec,
  componentsOf: (of: Tier['components']) => Tier['components'],
): LeadPlatformSpec {
  return {
    ...spec,
    tiers: (spec.tiers ?? DEFAULT_TIERS).map((tier) => ({
      ...tier,
      capabilities: [...tier.capabilities],
      components: componentsOf(tier.components),
    })),
  };
}
