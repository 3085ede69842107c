/** How far a capability is, as the status tells it. */
import type { CapabilityName } from '../../api/names.ts';
import type { CAPABILITY_STATES } from '../../api/schema/status.ts';

export type CapabilityState = (typeof CAPABILITY_STATES)[number];

export interface CapabilityReport {
  readonly name: CapabilityName;
  readonly state: CapabilityState;
  readonly required: boolean;
  readonly reason: string;
  readonly message?: string;
  /** The step under way, and since when. */
  readonly step?: string;
  readonly since?: string;
  /** Attempts in a row that were rolled back, of this generation of the spec, and when it is tried again. */
  readonly attempts?: number;
  readonly generation?: number;
  readonly retryAt?: string;
  /** When it was in place first. It is not taken back any more by what takes long. */
  readonly inPlaceSince?: string;
}
