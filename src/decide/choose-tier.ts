/** Which tier a look makes: the one that the load and the signals ask for, unless a lock keeps the platform where it is. */
import type { CapabilityName } from '../api/names.ts';
import { SEPARATES_WORKERS } from '../catalog/catalog.ts';
import { redSignals } from '../ladder/health.ts';
import { lower, tierFor, type Ladder, type Tier } from '../ladder/ladder.ts';
import { capabilitiesOf, heldBackOn } from '../ladder/required.ts';
import { stillDue } from '../ladder/raise-by-need.ts';
import { decideTier, type TierOutcome } from '../ladder/tier.ts';
import { boundsInForce } from '../scaling/bounds.ts';
import type { CapabilityDecision, History, TierLock } from '../model/decision.ts';
import { boundStateOf } from './bound-state.ts';
import { asIfItStayed, lockedTier } from './locked-tier.ts';
import type { Look } from './look.ts';
import { needOfTiers, withNeedsOf } from './tier-needs.ts';

export interface ChosenTier {
  readonly outcome: TierOutcome;
  readonly tier: Tier;
  readonly capabilities: readonly CapabilityDecision[];
  /** What holds data, and does not come with the tier as long as a need alone is for that. */
  readonly heldBack: readonly CapabilityName[];
  /** Whether queue workers run apart from the web side. */
  readonly separate: boolean;
  /** What the choice was made from: under a lock, as if the platform had never left its tier. */
  readonly history: History;
}

/** @param lock One that names a tier which the ladder does not have locks nothing. */
export function chooseTier(look: Look, lock: TierLock | undefined): ChosenTier {
  const { input, ladder, required } = look;
  const { spec, confirmed, inPlace } = input;
  const known = lock !== undefined && ladder.byName.has(lock.tier) ? lock : undefined;
  const history = known === undefined ? look.history : asIfItStayed(look.history, known);
  const free = freeTier(look, history);
  const tierOf = (name: string) => ladder.byName.get(name) ?? ladder.lowest;
  const given = { spec, required, confirmed, inPlace };
  const dataUpTo = (outcome: TierOutcome, tier: Tier) =>
    outcome.dataUpTo === undefined ? tier : lower(tierOf(outcome.dataUpTo), tier);
  const freeTo = tierOf(free.to);
  // What failed is the way to the other shape. A tier of the same one needs nothing of it.
  const isLocked = (shape: boolean | undefined) =>
    shape === undefined || isSeparate(capabilitiesOf(given, freeTo, dataUpTo(free, freeTo))) !== shape;
  const inForce = known !== undefined && isLocked(known.separate) ? known : undefined;
  const outcome =
    inForce === undefined
      ? free
      : lockedTier(free, inForce, {
          ...history,
          needDue: stillDue({ spec, history, now: look.now }),
        });
  const tier = tierOf(outcome.to);
  const up = dataUpTo(outcome, tier);
  const capabilities = capabilitiesOf(given, tier, up);
  const separate = inForce?.separate ?? isSeparate(capabilities);
  return { outcome, tier, capabilities, heldBack: heldBackOn(given, tier, up), separate, history };
}

/** The tier as if nothing kept the platform where it is. */
function freeTier(look: Look, history: History) {
  const { input, ladder, readings, signals, redSince, required, now } = look;
  const boundState = boundStateOf(
    input,
    boundsInForce(input.spec, ladder, standsOn(ladder, history), required),
    signals,
    now,
  );
  return decideTier({
    spec: input.spec,
    ladder,
    leadsPerDay: readings.leadsPerDay,
    history: withNeedsOf(input.spec, history),
    red: redSignals(signals, redSince, boundState),
    need: needOfTiers(look),
    components: input.components,
    isRehearsed: input.isRehearsed === true,
    now,
  });
}

/** Where a platform stands before anything is decided, for what its signals speak of. */
function standsOn(ladder: Ladder, history: History): Tier {
  return (history.tier === undefined ? undefined : ladder.byName.get(history.tier)) ?? tierFor(ladder, 0);
}

const isSeparate = (capabilities: readonly CapabilityDecision[]): boolean =>
  capabilities.some(({ name, consent }) => name === SEPARATES_WORKERS && consent === 'Given');
