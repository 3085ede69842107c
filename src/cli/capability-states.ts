/** How far each capability would be. Planning on a cluster sees what is really there; offline there is only consent. */
import type { CapabilityDecision, Decision } from '../decide/types.ts';
import type { CapabilityState } from '../plan/types.ts';
import type { Platform } from './manifest.ts';

export interface CapabilityView {
  readonly name: string;
  readonly state: CapabilityState;
  readonly required: boolean;
  readonly message?: string;
}

const STATES = { Awaited: 'AwaitingConsent', Declined: 'Declined', Given: 'NotImplemented' } as const;

function view({ name, required, consent }: CapabilityDecision): CapabilityView {
  return { name, required, state: STATES[consent] };
}

export function capabilitiesOf(_platform: Platform, decision: Decision): readonly CapabilityView[] {
  return decision.capabilities.map(view);
}
