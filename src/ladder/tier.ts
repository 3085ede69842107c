/**
 * The tier to stand on. What the spec says comes first, then what the load has sustained, then a red signal or a need, then a descent; and
 * between windows nothing of that but the spec.
 */
import { formatDuration } from '../api/quantity.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import type { TierDecision } from '../model/decision.ts';
import type { DueNeed, Workers } from '../model/need.ts';
import { isKnown, type Instant } from '../model/reading.ts';
import { capitalised, count, instant } from '../text/words.ts';
import { descent, descentWithoutLoad } from './descent.ts';
import { busiestTier, firstTier } from './first-tier.ts';
import { earliest } from '../model/instants.ts';
import { higher, lower, tierAt, tierFor, type Ladder, type Tier } from './ladder.ts';
import { heldSince, lowestOver, resolutionOf } from './load.ts';
import type { Move, TierInput } from './move.ts';
import { endOf, activePin, pinWords } from './pins.ts';
import { mostOf } from './need.ts';
import { calledFor, raise } from './raise.ts';
import { raiseByNeed, stillDue } from './raise-by-need.ts';
import { mayChange, nextOpening } from './windows.ts';

export interface TierOutcome extends TierDecision {
  readonly reasons: readonly string[];
  readonly clamps: readonly string[];
  /** When waiting alone could change it. */
  readonly requeueAt: Instant | undefined;
  /** See `History`. */
  readonly raisedOver: string | undefined;
  readonly dataUpTo: string | undefined;
  readonly needDue: DueNeed | undefined;
}

/** The tiers between which the spec allows the platform to be. */
function limits({ minTier, maxTier }: LeadPlatformSpec, ladder: Ladder): { lowest: Tier; highest: Tier } {
  const lowest = (minTier === undefined ? undefined : ladder.byName.get(minTier)) ?? ladder.lowest;
  const highest = (maxTier === undefined ? undefined : ladder.byName.get(maxTier)) ?? ladder.highest;
  // Validation keeps them in order; where it did not run, the ceiling wins, as it does for replicas.
  return lowest.index > highest.index ? { lowest: highest, highest } : { lowest, highest };
}

const from = ({ name, from: load }: Tier): string => `${name} (from ${count(load)} leads/day)`;

/** The highest tier that leads/day held for the whole of the time that a climb takes. */
function sustained({ spec, ladder, history, now }: TierInput): Tier | undefined {
  const { climbGap, sustainedFor } = resolutionOf(spec);
  const low = lowestOver(history.load, now, sustainedFor, climbGap);
  return low === undefined ? undefined : tierFor(ladder, low);
}

/**
 * Of the time that a climb takes, what a climb that is due waits for a higher tier. Leads/day is the sum of a day, and so takes a day to
 * follow a step of the load: half of the two days that a climb takes by default.
 */
const JOINING_SHARE = 0.5;

interface Higher {
  readonly tier: Tier;
  readonly since: Instant;
  readonly due: Instant;
}

/**
 * The highest tier that the load has asked for since so soon after the first that one climb is made of both; undefined where there is
 * none, or that climb would come while no window is open.
 * @param called The tier that is due now.
 */
function joined(
  { spec, ladder, history, now }: TierInput,
  current: Tier,
  called: Tier,
  highest: Tier,
): Higher | undefined {
  const { climbGap, sustainedFor } = resolutionOf(spec);
  const sinceOf = ({ from: load }: Tier): Instant | undefined => heldSince(history.load, load, climbGap);
  const first = sinceOf(tierAt(ladder, current.index + 1)) ?? -Infinity;
  for (let index = highest.index; index > called.index; index -= 1) {
    const tier = tierAt(ladder, index);
    const since = sinceOf(tier);
    if (since === undefined || since > first + sustainedFor * JOINING_SHARE) continue;
    const due = since + sustainedFor;
    if (due > now && mayChange(spec.transitions.windows, due)) return { tier, since, due };
  }
  return undefined;
}

/** What leads/day says while it stays where it is, and since when it has asked for more. */
function waiting(input: TierInput, current: Tier, value: number): Move {
  const { spec, ladder, history } = input;
  const { climbGap, sustainedFor } = resolutionOf(spec);
  const asked = tierFor(ladder, value);
  if (asked.index > current.index) {
    const since = heldSince(history.load, tierAt(ladder, current.index + 1).from, climbGap);
    const due = since === undefined ? undefined : since + sustainedFor;
    return {
      to: current,
      rule: 'NotSustainedYet',
      why: `${count(value)} leads/day belongs on ${from(asked)}, but has to stay for ${formatDuration(sustainedFor)} first${
        since === undefined || due === undefined || input.isRehearsed
          ? ''
          : `; it has been above ${current.name} since ${instant(since)}, so the earliest is ${instant(due)}`
      }`,
      requeueAt: due,
    };
  }
  const next = ladder.tiers[current.index + 1];
  if (value < current.from) {
    const { margin } = spec.scaling.demote;
    const why = `${count(value)} leads/day is below ${from(current)}, but by no more than the ${margin} % that a descent takes`;
    return { to: current, rule: 'AtTarget', why };
  }
  return {
    to: current,
    rule: 'AtTarget',
    why: `${count(value)} leads/day belongs on ${from(current)}${next === undefined ? '' : `; ${next.name} begins at ${count(next.from)}`}`,
  };
}

/** @param due The tier that the platform would climb to now. */
function waitingFor(
  { tier, since, due }: Higher,
  { name }: Tier,
  current: Tier,
  { isRehearsed }: TierInput,
): Move & { target: Tier } {
  const times = isRehearsed ? '' : ` since ${instant(since)}, which is due at ${instant(due)}`;
  return {
    to: current,
    rule: 'NotSustainedYet',
    why: `leads/day asks for ${name}, and for ${from(tier)}${times}: one climb is made of both`,
    requeueAt: due,
    target: tier,
  };
}

/** Up by what leads/day does not tell: a red signal by one tier, a need to the first tier that carries it. The higher one counts. */
function raisedBy(input: TierInput, current: Tier, over: () => Tier, highest: Tier): Move | undefined {
  const byHealth = raise(input, current, over, highest);
  const byNeed = raiseByNeed(input, current, over, highest);
  if (byHealth === undefined || byNeed === undefined) return byHealth ?? byNeed;
  return byNeed.to.index > byHealth.to.index
    ? byNeed
    : { ...byHealth, clamp: byHealth.clamp ?? byNeed.clamp, needed: byNeed.needed };
}

interface Between {
  readonly lowest: Tier;
  readonly highest: Tier;
  /** The tier that leads/day by itself asked for during the whole of the time that a climb takes. */
  readonly called: Tier;
}

function next(
  input: TierInput,
  current: Tier,
  { lowest, highest, called }: Between,
): Move & { target: Tier } {
  const { leadsPerDay } = input;
  if (!isKnown(leadsPerDay)) {
    const raised = raisedBy(input, current, () => calledFor(input, current, lowest), highest);
    const why = `leads/day is unknown (${leadsPerDay.unknown}: ${leadsPerDay.message}), so the platform stays on ${current.name}`;
    if (raised !== undefined && raised.to !== current) return { ...raised, target: raised.to };
    const falling = descentWithoutLoad(input, current, lowest);
    if (falling !== undefined) {
      const clamp = falling.clamp ?? raised?.clamp;
      const requeueAt = earliest(falling.requeueAt, raised?.requeueAt);
      return { ...falling, clamp, requeueAt, target: falling.to };
    }
    return {
      to: current,
      rule: 'LoadUnknown',
      why,
      clamp: raised?.clamp,
      requeueAt: raised?.requeueAt,
      target: current,
    };
  }
  if (called.index > current.index) {
    const to = called.index > highest.index ? highest : called;
    const { sustainedFor } = resolutionOf(input.spec);
    const { to: raised, needed } = raisedBy(input, current, () => current, highest) ?? { to: current };
    // One climb is made of both.
    const byNeed = raised.index > to.index ? raiseByNeed(input, current, () => to, highest) : undefined;
    if (byNeed !== undefined) return { ...byNeed, target: byNeed.to };
    const more = to.index > current.index ? joined(input, current, to, highest) : undefined;
    // A red signal and a need do not wait for higher tiers.
    if (more !== undefined && raised === current) return waitingFor(more, to, current, input);
    const why = `leads/day has been at ${count(called.from)} or more for ${formatDuration(sustainedFor)} and is ${count(leadsPerDay.value)} now: that is ${called.name}`;
    const clamp = to === called ? {} : { clamp: `maxTier is ${highest.name}, below ${called.name}.` };
    return to.index <= current.index
      ? { to: current, rule: 'Bounded', why: `${why}, but maxTier is ${highest.name}`, target: to, ...clamp }
      : {
          to,
          rule: 'LoadSustained',
          why: to === called ? why : `${why}, of which maxTier allows ${to.name}`,
          target: to,
          needed,
          ...clamp,
        };
  }
  const falling = descent(input, current, leadsPerDay.value, lowest);
  const over = () => higher(called, calledFor(input, current, lowest));
  const raised = raisedBy(input, current, over, highest);
  if (raised !== undefined && raised.to !== current) return { ...raised, target: raised.to };
  const target = higher(lowest, higher(falling.stays, called));
  const still = falling.move ?? waiting(input, current, leadsPerDay.value);
  const { to, rule, why } = still;
  return {
    to,
    rule,
    why,
    clamp: still.clamp ?? raised?.clamp,
    requeueAt: earliest(still.requeueAt, raised?.requeueAt),
    target,
  };
}

/** What is remembered of tiers beyond the current one. */
type Remembered = Partial<Pick<TierOutcome, 'raisedOver' | 'dataUpTo' | 'needDue'>> & {
  /** Why more of what holds data comes, in a sentence. */
  readonly why?: string | undefined;
};

function outcome(
  current: Tier,
  target: Tier,
  { to, rule, why, requeueAt, clamp }: Move,
  { raisedOver, dataUpTo, needDue, why: more }: Remembered = {},
): TierOutcome {
  const moved =
    to === current
      ? ''
      : to.index > current.index
        ? `Climbs from ${current.name} to ${to.name}: `
        : `Descends from ${current.name} to ${to.name}: `;
  const sentence = `${moved}${moved === '' ? capitalised(why) : why}.`;
  return {
    from: current.name,
    to: to.name,
    target: target.name,
    rule,
    reasons: more === undefined ? [sentence] : [sentence, more],
    clamps: clamp === undefined ? [] : [clamp],
    requeueAt,
    raisedOver,
    dataUpTo,
    needDue,
  };
}

/** The tier that is remembered by its name; a ladder that was replaced may have no such tier. */
function tierNamed(input: TierInput, name: string | undefined): Tier | undefined {
  if (name === undefined) return undefined;
  return input.ladder.byName.get(name) ?? busiestTier(input) ?? input.ladder.lowest;
}

/**
 * The tier that leads/day asked for when the platform was raised, while it is still above that. It speaks of leads/day alone: minTier and a
 * window change nothing of it, and a ladder without that tier keeps its name.
 */
function raisedOverStill(
  { ladder, history: { raisedOver } }: TierInput,
  current: Tier,
  { to, rule }: Move,
  called: Tier,
): string | undefined {
  if (raisedOver === undefined || to.index > current.index) return undefined;
  if (rule === 'OutsideWindow') return raisedOver;
  const over = ladder.byName.get(raisedOver);
  const up = higher(over ?? ladder.lowest, called);
  if (up.index >= to.index) return undefined;
  return over === undefined ? raisedOver : up.name;
}

/** What a raise leaves to remember, and what is left of an earlier one. */
function remembered(
  input: TierInput,
  current: Tier,
  move: Move,
  { called, lowest }: Pick<Between, 'called' | 'lowest'>,
): Remembered {
  const { spec, history, now } = input;
  const { to } = move;
  // minTier does not wait for a window. Data that the load asks for does.
  const raised = (tier: Tier): Tier => {
    const over = higher(tier, lowest);
    return called.index > over.index && mayChange(spec.transitions.windows, now) ? called : over;
  };
  const nameBelow = (tier: Tier | undefined): string | undefined => {
    const over = tier && raised(tier);
    return over !== undefined && over.index < to.index ? over.name : undefined;
  };
  const data = tierNamed(input, history.dataUpTo);
  const isClimb = to.index > current.index;
  const isByNeed = isClimb && move.rule === 'NeedSustained';
  // The way down may be rolled back, and what was held back above is so again. Any climb but that of a need brings it.
  const left = isClimb ? undefined : data && raised(data).name;
  const dataUpTo = isByNeed ? nameBelow(data ? lower(data, current) : current) : left;
  const health = dataUpTo === undefined ? undefined : healthAlone(input, current, move, { called, lowest });
  const isMore = health !== undefined && health.to.index > (input.ladder.byName.get(dataUpTo!)?.index ?? -1);
  return {
    raisedOver: move.raisedOver ?? raisedOverStill(input, current, move, called),
    dataUpTo: isMore ? health.to.name : dataUpTo,
    needDue: to === current ? stillDue(input) : undefined,
    why: isMore ? `What holds data comes up to tier ${health.to.name}: ${health.why}.` : undefined,
  };
}

/**
 * The raise by a red signal, had there been no need: to one tier above that of leads/day. A need raises the platform above it and brings no
 * data; the signal brings what it would have brought, whichever of the two is due first.
 */
function healthAlone(
  input: TierInput,
  current: Tier,
  { to, raisedOver }: Move,
  { called, lowest }: Pick<Between, 'called' | 'lowest'>,
): Move | undefined {
  const { spec, ladder, now } = input;
  if (to.index < current.index || !mayChange(spec.transitions.windows, now)) return undefined;
  const by = raisedOver === undefined ? undefined : ladder.byName.get(raisedOver);
  const over = by === undefined ? higher(called, calledFor(input, current, lowest)) : lower(by, current);
  const health = raise(input, over, () => over, to);
  return health !== undefined && health.to.index > over.index ? health : undefined;
}

/** What is due at an opening: the most that was needed before it. */
function mostDue(before: DueNeed | undefined, opens: Instant, needed: Workers): DueNeed {
  return { opens, workers: before?.opens === opens ? mostOf(before.workers, needed) : needed };
}

/** Decides the tier. */
export function decideTier(input: TierInput): TierOutcome {
  const { spec, ladder, leadsPerDay, history, now } = input;
  const { lowest, highest } = limits(spec, ladder);
  const known = history.tier === undefined ? undefined : ladder.byName.get(history.tier);
  const pin = activePin(spec.tierPin, now);
  const pinned = pin === undefined ? undefined : ladder.byName.get(pin.tier);
  if (pin !== undefined && pinned !== undefined) {
    const why = `the spec pins the platform to ${pinned.name}${pinWords(pin)}`;
    const current = known ?? pinned;
    // On its own tier it holds nothing back; what it leaves may be come back to.
    const isClimb = pinned.index > current.index;
    const dataUpTo = isClimb || history.dataUpTo === undefined ? undefined : pinned.name;
    const move: Move = { to: pinned, rule: 'Pinned', why, requeueAt: endOf(pin) };
    return outcome(current, pinned, move, { dataUpTo });
  }
  const within = (tier: Tier): Tier =>
    tier.index < lowest.index ? lowest : tier.index > highest.index ? highest : tier;
  const boundBy = (tier: Tier): string =>
    tier === lowest ? `minTier is ${lowest.name}` : `maxTier is ${highest.name}`;
  if (known === undefined) {
    const first = firstTier(input);
    const bounded = within(first.tier);
    const bound = bounded === first.tier ? '' : `, and ${boundBy(bounded)}`;
    const why = `begins on ${bounded.name}, for ${first.why}${bound}`;
    // What minTier asks for brings its data: only a need puts the platform above both.
    const called = higher(first.called, lowest);
    const over = called.index < bounded.index ? called.name : undefined;
    const memory = { raisedOver: over, dataUpTo: over };
    return outcome(bounded, bounded, { to: bounded, rule: 'FirstTier', why }, memory);
  }
  const called = (isKnown(leadsPerDay) ? sustained(input) : undefined) ?? ladder.lowest;
  const asked = { called, lowest };
  const bounded = within(known);
  if (bounded !== known) {
    const why = boundBy(bounded);
    const move: Move = { to: bounded, rule: 'Bounded', why, clamp: `${why}.` };
    return outcome(known, bounded, move, remembered(input, known, move, asked));
  }
  const move = next(input, known, { lowest, highest, called });
  const { target } = move;
  const { windows } = spec.transitions;
  if (move.to === known || mayChange(windows, now))
    return outcome(known, target, move, remembered(input, known, move, asked));
  const opens = nextOpening(windows, now);
  const stays: Move = {
    to: known,
    rule: 'OutsideWindow',
    why: `${move.to.name} is due (${move.why}), but the tier changes only inside a window${opens === undefined ? ', and none opens' : `; the next opens at ${instant(opens)}`}`,
    requeueAt: opens,
  };
  const memory = remembered(input, known, stays, asked);
  // One that opens later than a descent looks back comes too late for it.
  const isSoon = opens !== undefined && opens - now <= spec.scaling.demote.lookback;
  const needDue = isSoon && move.needed ? mostDue(memory.needDue, opens, move.needed) : memory.needDue;
  return outcome(known, target, stays, { ...memory, needDue });
}
