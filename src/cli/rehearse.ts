/** What a platform would become under a load that is only imagined: a history to go with it, and the decision. */
import { workerComponents } from '../api/components.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import { decide, emptyHistory } from '../decide/decide.ts';
import type { DecideInput, Decision, History, ObservedComponent } from '../model/decision.ts';
import { ladderOf } from '../ladder/ladder.ts';
import { isKnown, unknown } from '../model/reading.ts';
import type { Instant, Reading } from '../model/reading.ts';
import type { Readings } from '../model/readings.ts';
import { eachScalar } from '../api/signals.ts';

const DAY_MS = 86_400_000;

/** Longer than anything that a decision looks back on, with this spec. */
function longAgo({ scaling }: LeadPlatformSpec, now: Instant): Instant {
  const { promote, demote, health, scaleDown } = scaling;
  const longest = Math.max(
    promote.sustainedFor,
    demote.lookback,
    demote.wait,
    health.sustainedFor,
    scaleDown.window,
  );
  return now - 2 * longest - DAY_MS;
}

/** A history in which everything has been as it is now for longer than any window looks back. */
function allAlong(spec: LeadPlatformSpec, tier: string, readings: Readings, now: Instant): History {
  const start = longAgo(spec, now);
  const { leadsPerDay, databaseSize } = readings;
  // Queues are red one by one and as a sum; a signal that is not red now is forgotten by the decision itself.
  const signals = [...Object.keys(readings), ...Object.keys(readings.queues).map((q) => `queueDepth.${q}`)];
  const load = isKnown(leadsPerDay)
    ? [{ start, until: now, low: leadsPerDay.value, high: leadsPerDay.value }]
    : [];
  return {
    ...emptyHistory(),
    tier,
    tierSince: start,
    load,
    redSince: Object.fromEntries([...signals, 'queueDepth'].map((name) => [name, start])),
    sizes: isKnown(databaseSize) ? [{ at: now, value: databaseSize.value }] : [],
  };
}

/** Nothing is known but that the load is where the tier begins. */
function idleReadings(spec: LeadPlatformSpec, leadsPerDay: number, at: Instant): Readings {
  const none: Reading<never> = unknown('NotConfigured', 'not set with --set');
  return {
    ...eachScalar(() => none),
    leadsPerDay: { value: leadsPerDay, at },
    databaseConnections: none,
    queues: Object.fromEntries(workerComponents(spec).map(({ queue }) => [queue, none])),
  };
}

const asObserved = ({ components }: Decision): readonly ObservedComponent[] =>
  components.map(({ name, replicas }) => ({ name, desiredReplicas: replicas, readyReplicas: replicas }));

/** Windows say when, not what: for a load that stays, one of them will open. */
function withoutWindows(spec: LeadPlatformSpec): LeadPlatformSpec {
  return { ...spec, transitions: { ...spec.transitions, windows: [] } };
}

export interface Rehearsal {
  readonly spec: LeadPlatformSpec;
  readonly readings: Readings;
  /** The tier that it stands on before. */
  readonly from: string;
  readonly confirmed: ReadonlySet<string>;
  /** Only now, after an idle time; else it has been so all along. */
  readonly spike: boolean;
}

/** The platform as it idles on its tier a moment before the spike. */
function idling({ spec, from, confirmed }: Rehearsal, now: Instant): Decision {
  const tier = ladderOf(spec).byName.get(from);
  const readings = idleReadings(spec, tier?.from ?? 0, now);
  return decide(
    { spec, readings, components: [], confirmed, isRehearsed: true },
    allAlong(spec, from, readings, now),
    now,
  );
}

/** Passes over which replicas and a tier that health raises settle. */
const SETTLING_PASSES = 4;

/** Where a load that stays leads: up at once, down by one tier. */
function settled(input: DecideInput, history: History, now: Instant): Decision {
  let decision = decide(input, history, now);
  const first = decision;
  const tiers = [...ladderOf(input.spec).byName.keys()];
  for (let pass = 1; pass < SETTLING_PASSES; pass++) {
    // The wait between two tiers down is real time; the rest only needs replicas to be seen at their bounds.
    if (tiers.indexOf(decision.tier.to) < tiers.indexOf(decision.tier.from)) break;
    const components = asObserved(decision);
    const again = decide(
      { ...input, components },
      { ...history, tier: decision.tier.to, required: decision.history.required },
      now,
    );
    const same =
      again.tier.to === decision.tier.to &&
      JSON.stringify(asObserved(again)) === JSON.stringify(asObserved(decision));
    if (same) break;
    decision = again;
  }
  if (decision === first) return decision;
  // What moved the tier was said in the first pass; the last says why it stays there.
  const rule = decision.tier.to === first.tier.to ? first.tier.rule : decision.tier.rule;
  return {
    ...decision,
    tier: { ...decision.tier, from: first.tier.from, rule },
    reasons: [...new Set([...first.reasons.slice(0, 1), ...decision.reasons])],
  };
}

/** What is set was seen more than once, so that nothing of it waits for another look. */
function borneOut(history: History, { leadsPerDay }: Readings): History {
  const { leads: _, ...rest } = history;
  if (!isKnown(leadsPerDay)) return { ...rest, witnesses: {} };
  const { value: last, at } = leadsPerDay;
  const earlier = at - 1;
  const dayCounts = { at: earlier, last, agreed: last, believed: last, believedAt: earlier };
  return { ...rest, witnesses: {}, dayCounts };
}

/** Decides as the operator would. */
export function rehearse(rehearsal: Rehearsal, now: Instant): Decision {
  const { readings, confirmed, from } = rehearsal;
  if (rehearsal.spike) {
    const { spec } = rehearsal;
    const before = idling(rehearsal, now - 1_000);
    return decide(
      { spec, readings, components: asObserved(before), confirmed, isRehearsed: true },
      borneOut(before.history, readings),
      now,
    );
  }
  const spec = withoutWindows(rehearsal.spec);
  return settled(
    { spec, readings, components: [], confirmed, isRehearsed: true },
    borneOut(allAlong(spec, from, readings, now), readings),
    now,
  );
}
