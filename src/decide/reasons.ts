/** Why a decision is what it is, in sentences: of the tier first, then of capabilities, components, pins and signals. */
import { factsOf } from '../catalog/catalog.ts';
import type { CapabilityName } from '../api/names.ts';
import { higher, type Ladder, type Tier } from '../ladder/ladder.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import { activePin } from '../ladder/pins.ts';
import { componentSetsOf } from '../scaling/component-sets.ts';
import { isKnown, type Instant } from '../model/reading.ts';
import { count } from '../text/words.ts';
import type { CapabilityDecision, ComponentDecision, SignalView, TierRule } from '../model/decision.ts';
import type { ChosenTier } from './choose-tier.ts';
import type { Look } from './look.ts';

export function reasonsOf(
  look: Look,
  { outcome, tier, capabilities, heldBack }: ChosenTier,
  components: readonly ComponentDecision[],
): readonly string[] {
  const {
    input: { spec },
    ladder,
    signals,
    now,
  } = look;
  const reasons = [...outcome.reasons];
  if (heldBack.length > 0) reasons.push(heldBackReason(heldBack, tier, look));
  capabilityReasons(reasons, capabilities, ladder, tier);
  for (const { reason } of components) reasons.push(reason);
  pinReasons(reasons, spec, now);
  signalReasons(reasons, signals, outcome.rule);
  return reasons;
}

/** What bounded the tier, and each component. */
export function clampsOf(
  { outcome }: ChosenTier,
  components: readonly ComponentDecision[],
): readonly string[] {
  const clamps = [...outcome.clamps];
  for (const component of components) for (const clamp of component.clamps) clamps.push(clamp);
  return clamps;
}

/** `a`, `a and b`, `a, b and c`. */
function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${last}` : last;
}

/** What holds data, why it does not come with its tier, and how to have it. */
function heldBackReason(names: readonly CapabilityName[], tier: Tier, { ladder, readings }: Look): string {
  const [state, come, them] =
    names.length === 1
      ? ['holds data and is not begun', 'It comes once leads/day sustains its tier', 'it']
      : ['hold data and are not begun', 'They come once leads/day sustains their tiers', 'them'];
  const { leadsPerDay } = readings;
  const isCounted = isKnown(leadsPerDay) || leadsPerDay.unknown !== 'NotConfigured';
  const itsTier = names.reduce((most, name) => higher(most, ladder.adding.get(name) ?? tier), ladder.lowest);
  return `${listed(names)} ${state}: a need alone raised the platform to ${tier.name}. ${isCounted ? `${come}. ` : ''}To have ${them} now: spec.minTier: ${itsTier.name}.`;
}

/** Adds what the load calls for ahead of its tier, a sentence a breaking point, and what is declined though it breaks. */
function capabilityReasons(
  reasons: string[],
  capabilities: readonly CapabilityDecision[],
  ladder: Ladder,
  tier: Tier,
): void {
  // Most of the time nothing is, and then there is nothing to group.
  if (!capabilities.some(({ required }) => required)) return;
  const ahead = new Map<number, string[]>();
  for (const { name, required, consent } of capabilities) {
    if (!required) continue;
    const isAhead = (ladder.adding.get(name)?.index ?? 0) > tier.index;
    const from = factsOf(name).requiredFrom ?? 0;
    if (consent === 'Declined') {
      reasons.push(
        isAhead
          ? `From ${count(from)} leads/day the platform breaks without ${name}, but its policy is Never.`
          : `The load requires ${name}, but its policy is Never.`,
      );
    } else if (isAhead) {
      const names = ahead.get(from);
      if (names === undefined) ahead.set(from, [name]);
      else names.push(name);
    }
  }
  for (const [from, names] of [...ahead].toSorted(([a], [b]) => a - b)) {
    const called =
      names.length === 1
        ? 'it is enabled at once, ahead of its tier'
        : 'they are enabled at once, ahead of their tiers';
    reasons.push(`From ${count(from)} leads/day the platform breaks without ${listed(names)}: ${called}.`);
  }
}

/** Adds pins that hold nothing, for what they name is not there. */
function pinReasons(reasons: string[], spec: LeadPlatformSpec, now: Instant): void {
  for (const pin of spec.replicasPin) {
    const { connectionsByComponent } = componentSetsOf(spec);
    if (connectionsByComponent.has(pin.component) || activePin(pin, now) === undefined) continue;
    reasons.push(
      `replicasPin names ${pin.component}, which is no component; components are ${[...connectionsByComponent.keys()].join(', ')}.`,
    );
  }
}

/**
 * Signals whose unknown is said already or is nobody's fault: an age that a payload does not tell; and the sum of all
 * queues, or the age of one, where a depth was not read.
 */
const isSaidElsewhere = (name: string): boolean => name === 'queueDepth' || name.startsWith('queueOldestAge');

/** Adds what could not be measured though it is configured, and where the database is heading. */
function signalReasons(reasons: string[], signals: readonly SignalView[], rule: TierRule): void {
  for (const { name, unknown, message } of signals) {
    if (message === undefined) continue;
    if (unknown === undefined) {
      if (name === 'databaseSize') reasons.push(`The database ${message}.`);
      continue;
    }
    if (unknown === 'NotConfigured' || isSaidElsewhere(name)) continue;
    // The tier said so first.
    if (name === 'leadsPerDay' && rule === 'LoadUnknown') continue;
    reasons.push(`${name} is unknown (${unknown}): ${message}.`);
  }
}
