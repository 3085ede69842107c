/**
 * One decision: what the platform should be now, and why. It reads like the order in which a person would go about it:
 * what can be believed and is remembered, which tier with which capabilities, whether something comes before that tier, how
 * many of each component, and the reasons.
 *
 * Whether a hook comes before a tier can be asked only once it is known which tier. So a decision has two halves,
 * `proposeTier` and `decideOn`, and whoever knows of no hooks calls `decide`.
 */
import { activePin, endOf } from '../ladder/pins.ts';
import { boundsInForce, boundsOfAll } from '../scaling/bounds.ts';
import { componentSetsOf } from '../scaling/component-sets.ts';
import { schedulesInForce } from '../scaling/schedules.ts';
import { sizeComponents, type Sizes } from '../scaling/size.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import type { DecideInput, Decision, History, TierLock } from '../model/decision.ts';
import { earliest } from '../model/instants.ts';
import type { Instant } from '../model/reading.ts';
import { chooseTier, type ChosenTier } from './choose-tier.ts';
import { look, type Look } from './look.ts';
import { nextHistory, type Writable } from './next-history.ts';
import { clampsOf, reasonsOf } from './reasons.ts';

export { emptyHistory } from '../model/history.ts';

/** The first half of a decision. */
export interface TierProposal {
  readonly look: Look;
  readonly chosen: ChosenTier;
  /** The tier that the platform is to be on, as far as no hook comes before it. */
  readonly to: string;
}

/** Decides tier, capabilities and replicas. The same input, history and instant give the same decision. */
export function decide(input: DecideInput, before: History, now: Instant): Decision {
  return decideOn(proposeTier(input, before, now), undefined);
}

/** What is seen and remembered, and the tier that follows from it. */
export function proposeTier(input: DecideInput, before: History, now: Instant): TierProposal {
  const seen = look(input, before, now);
  const chosen = chooseTier(seen, input.hold);
  return { look: seen, chosen, to: chosen.outcome.to };
}

/**
 * The whole decision.
 * @param hookLock What keeps the platform on its tier until a hook is done, in place of `input.hold`; undefined where no hook
 *   comes before the tier that was proposed.
 */
export function decideOn(proposal: TierProposal, hookLock: TierLock | undefined): Decision {
  const { look: seen } = proposal;
  const chosen = hookLock === undefined ? proposal.chosen : chooseTier(seen, hookLock);
  const sizes = sizesOf(seen, chosen);
  const { from, to, target, rule } = chosen.outcome;
  const decision: Writable<Decision> = {
    at: seen.now,
    tier: { from, to, target, rule },
    separate: chosen.separate,
    capabilities: chosen.capabilities,
    components: sizes.components,
    signals: seen.signals,
    reasons: reasonsOf(seen, chosen, sizes.components),
    clamps: clampsOf(chosen, sizes.components),
    history: nextHistory(seen, chosen, sizes.memory),
  };
  const requeueAt = requeueAtOf(seen, chosen, sizes);
  if (requeueAt !== undefined) decision.requeueAt = requeueAt;
  return decision;
}

/** How many of each component. */
function sizesOf({ input, readings, ladder, required, now }: Look, chosen: ChosenTier): Sizes {
  const { spec } = input;
  const { tier, history, separate } = chosen;
  const components = separate ? componentSetsOf(spec).apart : componentSetsOf(spec).together;
  const inForce = boundsInForce(spec, ladder, tier, required);
  const scheduled = schedulesInForce(components, now);
  const sizes = sizeComponents({
    input,
    readings,
    history,
    components,
    bounds: boundsOfAll(spec, components, scheduled, inForce, tier.name),
    workers: inForce.workers,
    tier: tier.name,
    now,
  });
  // Then a window of a schedule begins or ends.
  return { ...sizes, requeueAt: earliest(sizes.requeueAt, scheduled.until) };
}

/** When waiting alone could change it. */
function requeueAtOf(
  { input: { spec }, comparesAt, now }: Look,
  { outcome }: ChosenTier,
  sizes: Sizes,
): Instant | undefined {
  const first = [outcome.requeueAt, sizes.requeueAt, comparesAt].reduce(earliest, pinsEnd(spec, now));
  return first === undefined ? undefined : Math.max(first, now + 1);
}

/** When a pin of replicas ends, and the signals have their say again. */
function pinsEnd(spec: LeadPlatformSpec, now: Instant): Instant | undefined {
  let first: Instant | undefined;
  for (const pin of spec.replicasPin) {
    if (activePin(pin, now) !== undefined) first = earliest(first, endOf(pin));
  }
  return first;
}
