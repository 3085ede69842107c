/**
 * One decision: what the platform should be now, and why. It reads like the order in which a person would go about it:
 * what can be believed, what is remembered, which tier, which capabilities, how many of each component, and the reasons.
 */
import { SEPARATES_WORKERS } from '../catalog/catalog.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import { earliest } from '../model/instants.ts';
import { redSignals } from '../ladder/health.ts';
import { ladderOf, tierFor, type Ladder, type Tier } from '../ladder/ladder.ts';
import { lastLoad, observeLoad, resolutionOf } from '../ladder/load.ts';
import { endOf, activePin } from '../ladder/pins.ts';
import { capabilitiesOf, requiredNow } from '../ladder/required.ts';
import { decideTier } from '../ladder/tier.ts';
import { boundsInForce, boundsOfAll } from '../scaling/bounds.ts';
import { componentSetsOf } from '../scaling/component-sets.ts';
import { sizeComponents } from '../scaling/size.ts';
import { limitOf } from '../signals/bands.ts';
import { freshReadings, withoutSuddenZero } from '../signals/fresh.ts';
import { observeSize, projectSize } from '../signals/projection.ts';
import { isKnown, type Instant } from '../model/reading.ts';
import type { Readings } from '../model/readings.ts';
import { observeRed, viewsOf } from '../signals/view.ts';
import { asIfItStayed, lockedTier } from './locked-tier.ts';
import { boundStateOf } from './bound-state.ts';
import { capabilityReasons, pinReasons, signalReasons } from './reasons.ts';
import type { CapabilityDecision, DecideInput, Decision, History } from '../model/decision.ts';

export { emptyHistory } from '../model/history.ts';

/** Readings that can be believed, against what was known before. */
function believable(input: DecideInput, history: History, now: Instant): Readings {
  const fresh = freshReadings(input.readings, input.spec, now);
  const leadsPerDay = withoutSuddenZero(fresh.leadsPerDay, lastLoad(history.load), input.spec);
  return leadsPerDay === fresh.leadsPerDay ? fresh : { ...fresh, leadsPerDay };
}

/** The history with one more look at the load and the size of the database in it. */
function observed(history: History, readings: Readings, spec: LeadPlatformSpec, now: Instant): History {
  const { leadsPerDay } = readings;
  const load = isKnown(leadsPerDay)
    ? observeLoad(history.load, leadsPerDay, resolutionOf(spec), now)
    : history.load;
  const sizes = observeSize(history.sizes, readings.databaseSize);
  return load === history.load && sizes === history.sizes ? history : { ...history, load, sizes };
}

const isSeparate = (capabilities: readonly CapabilityDecision[]): boolean =>
  capabilities.some(({ name, consent }) => name === SEPARATES_WORKERS && consent === 'Given');

/** Where a platform stands before anything is decided, for what its signals speak of. */
function standsOn(ladder: Ladder, history: History): Tier {
  return (history.tier === undefined ? undefined : ladder.byName.get(history.tier)) ?? tierFor(ladder, 0);
}

/** When a pin of replicas ends, and the signals have their say again. */
function pinsEnd(spec: LeadPlatformSpec, now: Instant): Instant | undefined {
  let first: Instant | undefined;
  for (const pin of spec.replicasPin) {
    if (activePin(pin, now) !== undefined) first = earliest(first, endOf(pin));
  }
  return first;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Decides tier, capabilities and replicas. The same input, history and instant give the same decision. */
export function decide(input: DecideInput, before: History, now: Instant): Decision {
  const { spec } = input;
  const ladder = ladderOf(spec);
  const known = input.hold !== undefined && ladder.byName.has(input.hold.tier) ? input.hold : undefined;
  const history = known === undefined ? before : asIfItStayed(before, known);
  const readings = believable(input, history, now);
  const remembered = observed(history, readings, spec, now);

  const limit = limitOf(spec.limits, 'databaseSize');
  const projection = projectSize(remembered.sizes, readings.databaseSize, limit, readings.leadsPerDay);
  const signals = viewsOf(readings, spec, projection);
  const redSince = observeRed(remembered.redSince, signals, now);

  const required = requiredNow(spec, ladder, readings.leadsPerDay, remembered, now);
  const boundState = boundStateOf(input, boundsInForce(ladder, standsOn(ladder, history), required), signals);
  const free = decideTier({
    spec,
    ladder,
    leadsPerDay: readings.leadsPerDay,
    history: remembered,
    red: redSignals(signals, redSince, boundState),
    components: input.components,
    isRehearsed: input.isRehearsed === true,
    now,
  });
  const capabilitiesOn = (tier: Tier) => capabilitiesOf(spec, tier, required, input.confirmed);
  const tierOf = (name: string) => ladder.byName.get(name) ?? ladder.lowest;
  // What failed is the way to the other shape. A tier of the same one needs nothing of it.
  const isHeld = (shape: boolean | undefined) =>
    shape === undefined || isSeparate(capabilitiesOn(tierOf(free.to))) !== shape;
  const hold = known !== undefined && isHeld(known.separate) ? known : undefined;
  const outcome = hold === undefined ? free : lockedTier(free, hold);
  const tier = tierOf(outcome.to);

  const capabilities = capabilitiesOn(tier);
  const separate = hold?.separate ?? isSeparate(capabilities);
  const components = separate ? componentSetsOf(spec).apart : componentSetsOf(spec).together;
  const inForce = boundsInForce(ladder, tier, required);
  const sizes = sizeComponents({
    input,
    readings,
    history: remembered,
    components,
    bounds: boundsOfAll(spec, components, inForce, tier.name),
    workers: inForce.workers,
    tier: tier.name,
    now,
  });

  const { from, to, target, rule, raisedOver } = outcome;
  const moved = to !== history.tier || history.tierSince === undefined;
  // Written out, for spreading objects into one another takes longer than anything else here.
  const next: Writable<History> = {
    tier: to,
    // What claims to have begun in the future (a clock that was set back) begins now.
    tierSince: moved ? now : Math.min(history.tierSince ?? now, now),
    load: remembered.load,
    redSince,
    required,
    sizes: remembered.sizes,
    wanted: sizes.memory.wanted,
    depths: sizes.memory.depths,
  };
  const { connections, limits, stable, overloadedSince } = sizes.memory;
  if (raisedOver !== undefined) next.raisedOver = raisedOver;
  if (connections !== undefined) next.connections = connections;
  if (limits !== undefined) next.limits = limits;
  if (stable !== undefined) next.stable = stable;
  if (overloadedSince !== undefined) next.overloadedSince = overloadedSince;

  const reasons = [...outcome.reasons];
  const clamps = [...outcome.clamps];
  capabilityReasons(reasons, capabilities, ladder, tier);
  for (const component of sizes.components) {
    reasons.push(component.reason);
    for (const clamp of component.clamps) clamps.push(clamp);
  }
  pinReasons(reasons, spec, now);
  signalReasons(reasons, signals, rule);

  const decision: Writable<Decision> = {
    at: now,
    tier: { from, to, target, rule },
    separate,
    capabilities,
    components: sizes.components,
    signals,
    reasons,
    clamps,
    history: next,
  };
  const requeueAt = earliest(earliest(outcome.requeueAt, sizes.requeueAt), pinsEnd(spec, now));
  if (requeueAt !== undefined) decision.requeueAt = Math.max(requeueAt, now + 1);
  return decision;
}
