/** What the platform breaks without: capabilities that the load brings ahead of their tier, one by one. */
import { CATALOG, factsOf, type CapabilityFacts } from '../catalog/catalog.ts';
import type { CapabilityName } from '../api/names.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import type { CapabilityDecision, History } from '../model/decision.ts';
import { isKnown, type Instant, type Reading } from '../model/reading.ts';
import type { Ladder, Tier } from './ladder.ts';
import { busiestOver, resolutionOf } from './load.ts';

const REQUIRABLE = CATALOG.filter(({ requiredFrom, holdsData }) => requiredFrom !== undefined && !holdsData);

const FIRST_BREAKING_POINT = Math.min(...REQUIRABLE.map(({ requiredFrom = Infinity }) => requiredFrom));

/**
 * Capabilities that are required now. One comes as soon as two counts of leads/day reach its breaking point, however short that is, for
 * one may be wrong; it goes when the busiest of the whole look-back is below that point by the margin. An unknown load changes nothing.
 */
export function requiredNow(
  spec: LeadPlatformSpec,
  ladder: Ladder,
  leadsPerDay: Reading,
  history: History,
  now: Instant,
): readonly CapabilityName[] {
  if (!isKnown(leadsPerDay)) return history.required;
  if (history.required.length === 0 && leadsPerDay.value < FIRST_BREAKING_POINT) return history.required;
  const { lookback, margin } = spec.scaling.demote;
  const busiest = busiestOver(history.load, now, lookback, resolutionOf(spec).descentGap);
  const agreed = Math.min(leadsPerDay.value, history.dayCounts?.agreed ?? 0);
  const seen = busiest !== undefined && busiest.coveredSince <= now - lookback;
  const isRequired = ({ name, requiredFrom = Infinity }: CapabilityFacts): boolean => {
    if (!ladder.adding.has(name)) return false;
    if (!history.required.includes(name)) return agreed >= requiredFrom;
    if (leadsPerDay.value >= requiredFrom) return true;
    return !seen || busiest.value >= requiredFrom * (1 - margin / 100);
  };
  const required = REQUIRABLE.filter(isRequired).map(({ name }) => name);
  const same =
    required.length === history.required.length &&
    required.every((name, at) => name === history.required[at]);
  return same ? history.required : required;
}

/** Whether the last count of leads/day reaches a breaking point that the one before did not: the next one decides. */
export function awaitsAnotherCount(
  ladder: Ladder,
  leadsPerDay: Reading,
  { required, dayCounts }: History,
): boolean {
  if (!isKnown(leadsPerDay) || leadsPerDay.value < FIRST_BREAKING_POINT) return false;
  const agreed = Math.min(leadsPerDay.value, dayCounts?.agreed ?? 0);
  return REQUIRABLE.some(
    ({ name, requiredFrom = Infinity }) =>
      ladder.adding.has(name) &&
      !required.includes(name) &&
      leadsPerDay.value >= requiredFrom &&
      agreed < requiredFrom,
  );
}

function writtenFor(name: CapabilityName, policies: LeadPlatformSpec['transitions']['policies']) {
  return policies.length === 0 ? undefined : policies.find(({ capability }) => capability === name)?.policy;
}

function consentTo(
  { name, holdsData }: CapabilityFacts,
  required: boolean,
  policies: LeadPlatformSpec['transitions']['policies'],
  confirmed: ReadonlySet<string>,
): CapabilityDecision['consent'] {
  const policy = writtenFor(name, policies) ?? (holdsData ? 'Confirm' : 'Auto');
  if (policy === 'Never') return 'Declined';
  if (policy === 'Auto' || confirmed.has(name)) return 'Given';
  // The platform breaks without it, and no data can be lost by it: that does not wait for an annotation.
  return required && !holdsData ? 'Given' : 'Awaited';
}

export interface CapabilitiesInput {
  readonly spec: LeadPlatformSpec;
  readonly required: readonly CapabilityName[];
  readonly confirmed: ReadonlySet<string>;
  readonly inPlace?: ReadonlySet<string> | undefined;
}

/** Whether a capability would be in place on a tier, as far as consent goes. */
export function isGivenOn(
  tier: Tier,
  name: CapabilityName,
  { spec, required, confirmed }: CapabilitiesInput,
): boolean {
  const isRequired = required.includes(name);
  if (!isRequired && !tier.has.has(name)) return false;
  return consentTo(factsOf(name), isRequired, spec.transitions.policies, confirmed) === 'Given';
}

/**
 * Everything that the tier has or the load requires, in the order of the ladder, with who is to say so.
 * @param dataUpTo What holds data comes with this tier and those below. A need raises a platform above it, and brings none of that; what
 *   is in place already stays.
 */
export function capabilitiesOf(
  { spec, required, confirmed, inPlace }: CapabilitiesInput,
  tier: Tier,
  dataUpTo: Tier,
): CapabilityDecision[] {
  const called: CapabilityDecision[] = [];
  for (const capability of CATALOG) {
    const { name, holdsData } = capability;
    const isRequired = required.length > 0 && required.includes(name);
    const isNew = holdsData && inPlace?.has(name) !== true;
    if (!isRequired && !(isNew ? dataUpTo : tier).has.has(name)) continue;
    const consent = consentTo(capability, isRequired, spec.transitions.policies, confirmed);
    called.push({ name, required: isRequired, consent });
  }
  return called;
}

/** What holds data and would come with the tier, had more than a need raised the platform to it. */
export function heldBackOn(
  { spec, inPlace }: Pick<CapabilitiesInput, 'spec' | 'inPlace'>,
  tier: Tier,
  dataUpTo: Tier,
): readonly CapabilityName[] {
  if (dataUpTo.index >= tier.index) return [];
  const { policies } = spec.transitions;
  return CATALOG.filter(
    ({ name, holdsData }) =>
      holdsData && tier.has.has(name) && !dataUpTo.has.has(name) && inPlace?.has(name) !== true,
  )
    .map(({ name }) => name)
    .filter((name) => writtenFor(name, policies) !== 'Never');
}
