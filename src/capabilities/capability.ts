/** What is known of a capability before it is put in place. What it adds to a cluster is said elsewhere. */
import type { CapabilityName } from '../api/names.ts';

/** Signals that a capability can relieve; what cannot fall by itself is not among them. */
export type RelievableSignal = 'responseTime' | 'queueDepth' | 'cpu' | 'memory';

export interface Capability {
  readonly name: CapabilityName;
  /** Leads/day from which it is worth having, once that load is sustained. */
  readonly recommendedFrom: number;
  /** Leads/day from which the platform breaks without it. Never given where it holds data: that waits. */
  readonly requiredFrom?: number;
  /** Putting it in place, or taking it away, moves or loses data. */
  readonly holdsData: boolean;
  readonly relieves: readonly RelievableSignal[];
  /** What must be there first, in words for a person. */
  readonly prerequisites?: readonly string[];
  readonly summary: string;
}
