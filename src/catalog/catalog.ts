/** The facts of each capability, by its name. They stand in `src/api/capabilities.ts`; what a capability does is in `src/capabilities`. */
import { CAPABILITY_TABLE, type CapabilityEntry } from '../api/capabilities.ts';
import { CAPABILITY_NAMES, type CapabilityName } from '../api/names.ts';

export type { RelievableSignal } from '../api/capabilities.ts';

export interface CapabilityFacts extends CapabilityEntry {
  readonly name: CapabilityName;
}

/** In the order in which the default tiers first name them. */
export const CATALOG: readonly CapabilityFacts[] = CAPABILITY_NAMES.map((name) => ({
  name,
  ...CAPABILITY_TABLE[name],
}));

const BY_NAME = new Map(CATALOG.map((facts) => [facts.name, facts]));

/** The facts of a capability. */
export function factsOf(name: CapabilityName): CapabilityFacts {
  const found = BY_NAME.get(name);
  if (found === undefined)
    throw new RangeError(`no capability is called ${name}; write one of ${CAPABILITY_NAMES.join(', ')}`);
  return found;
}

/** The capability with which workers run apart from the web side. */
export const SEPARATES_WORKERS: CapabilityName = CATALOG.find(
  ({ separatesWorkers }) => separatesWorkers === true,
)!.name;
