/** The spec as it is measured: with the stores that the platform has moved to in place of those that the spec names. */
import type { LeadPlatformSpec } from '../../src/api/schema/leadplatform.ts';
import type { Plan } from '../../src/plan/types.ts';
import type { MeasuredSpec } from '../../src/sources/index.ts';
import type { PlatformState } from './platform-state.ts';

export function measuredSpec(state: PlatformState, spec: LeadPlatformSpec): MeasuredSpec {
  // Another spec is no other place: the platform is still where it was.
  const { measured } = state;
  if (measured !== undefined && measured.from !== spec) rememberStores(state, spec, measured.stores);
  return state.measured?.spec ?? spec;
}

export function rememberStores(
  state: PlatformState,
  spec: LeadPlatformSpec,
  stores: Plan['signalStores'],
): void {
  const text = JSON.stringify(stores);
  if (state.measured?.from === spec && state.measured.text === text) return;
  state.measured = {
    from: spec,
    text,
    stores,
    spec: text === '{}' ? spec : { ...spec, stores: { ...spec.stores, ...stores } },
  };
}
