/**
 * The rung to stand on. A user's word first, then what the load has sustained, then a red signal, then a descent; and
 * between windows nothing of that but the user's word.
 */
import { formatDuration } from '../api/quantity.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import type { History, TierDecision, TierRule } from '../decide/types.ts';
import { isKnown, type Instant, type Reading } from '../signals/reading.ts';
import { count, instant } from '../signals/words.ts';
import { descent, type Descent } from './descent.ts';
import { earliest } from './instants.ts';
import { relieves, type RedSignal } from './health.ts';
import { rungAt, rungFor, type Ladder, type Rung } from './ladder.ts';
import { busiestOver, heldSince, lowestOver, resolutionOf } from './load.ts';
import { endOf, held, pinWords } from './pins.ts';
import { mayChange, nextOpening } from './windows.ts';

export interface TierInput {
  readonly spec: LeadPlatformSpec;
  readonly ladder: Ladder;
  readonly leadsPerDay: Reading;
  /** With what was just observed already in it. */
  readonly history: History;
  readonly red: readonly RedSignal[];
  readonly now: Instant;
}

export interface TierOutcome extends TierDecision {
  readonly reasons: readonly string[];
  readonly clamps: readonly string[];
  /** When waiting alone could change it. */
  readonly lookAgainAt: Instant | undefined;
  /** See `History`. */
  readonly raisedOver: string | undefined;
}

interface Move {
  readonly to: Rung;
  readonly rule: TierRule;
  readonly why: string;
  readonly lookAgainAt?: Instant | undefined;
  readonly raisedOver?: string | undefined;
  readonly clamp?: string | undefined;
}

/** The rungs between which the spec allows the platform to be. */
function limits({ minTier, maxTier }: LeadPlatformSpec, ladder: Ladder): { lowest: Rung; highest: Rung } {
  const lowest = (minTier === undefined ? undefined : ladder.byName.get(minTier)) ?? ladder.lowest;
  const highest = (maxTier === undefined ? undefined : ladder.byName.get(maxTier)) ?? ladder.highest;
  // Validation keeps them in order; where it did not run, the ceiling wins, as it does for replicas.
  return lowest.index > highest.index ? { lowest: highest, highest } : { lowest, highest };
}

const higher = (a: Rung, b: Rung): Rung => (a.index >= b.index ? a : b);
const from = ({ name, from: load }: Rung): string => `${name} (from ${count(load)} leads/day)`;

/** Where a platform begins that was on no rung of this ladder: as high as the past is known to have sustained. */
function firstRung({ spec, ladder, history, now }: TierInput): { readonly rung: Rung; readonly why: string } {
  const { climbGap, descentGap, sustainedFor, span } = resolutionOf(spec);
  const at = (load: number | undefined): Rung => (load === undefined ? ladder.lowest : rungFor(ladder, load));
  if (history.tier === undefined) {
    const low = lowestOver(history.load, now, sustainedFor, climbGap);
    const over = formatDuration(sustainedFor);
    return {
      rung: at(low),
      why:
        low === undefined
          ? `leads/day is not known for all of the last ${over}`
          : `leads/day has been at ${count(low)} or more for ${over}`,
    };
  }
  // A ladder that was replaced under a running platform must not drop it: its busiest day finds its rung there.
  const busiest = busiestOver(history.load, now, span, descentGap)?.value;
  return {
    rung: at(busiest),
    why: `${history.tier} is no rung of the ladder any more, and ${
      busiest === undefined
        ? 'nothing is known of leads/day'
        : `the busiest that leads/day is known to have been is ${count(busiest)}`
    }`,
  };
}

/**
 * The rung that leads/day by itself calls for, never above the current one: what health may add one rung to. While a
 * platform stands raised it is remembered; else the busiest of the look-back tells.
 */
function calledFor({ spec, ladder, history, now }: TierInput, current: Rung, lowest: Rung): Rung {
  const over = history.raisedOver === undefined ? undefined : ladder.byName.get(history.raisedOver);
  if (over !== undefined && over.index < current.index) return over;
  const { lookback, margin } = spec.scaling.demote;
  const busiest = busiestOver(history.load, now, lookback, resolutionOf(spec).descentGap);
  if (busiest === undefined) return lowest;
  const called = rungFor(ladder, busiest.value / (1 - Math.min(margin, 99) / 100));
  return higher(lowest, called.index > current.index ? current : called);
}

/** The highest rung that leads/day held for the whole of the time that a climb takes. */
function sustained({ spec, ladder, history, now }: TierInput): Rung | undefined {
  const { climbGap, sustainedFor } = resolutionOf(spec);
  const low = lowestOver(history.load, now, sustainedFor, climbGap);
  return low === undefined ? undefined : rungFor(ladder, low);
}

const UNIT_WORDS = { count: '', ms: ' ms', s: ' s', B: ' B', '%': ' %' } as const;
const redWords = ({ name, value, unit, since }: RedSignal): string =>
  value === undefined
    ? `${name} was red when it was last known`
    : `${name} is red at ${count(value)}${UNIT_WORDS[unit]}, since ${instant(since)}`;

/** One rung up for a signal that stays red, when that rung relieves it and replicas cannot any more. */
function raise(input: TierInput, current: Rung, called: () => Rung, highest: Rung): Move | undefined {
  const { spec, ladder, red, now } = input;
  const { sustainedFor } = spec.scaling.health;
  if (red.length === 0 || current.index >= highest.index) return undefined;
  const over = called();
  if (current.index > over.index) return undefined;
  const next = rungAt(ladder, current.index + 1);
  let lookAgainAt: Instant | undefined;
  for (const signal of red) {
    if (signal.value === undefined || !signal.atBound || !relieves(next, signal.relieved, spec)) continue;
    const due = signal.since + sustainedFor;
    if (due <= now) {
      return {
        to: next,
        rule: 'HealthRed',
        raisedOver: over.name,
        why: `${redWords(signal)}, and its replicas are at their bound; ${next.name} relieves it, one rung above what leads/day calls for`,
      };
    }
    lookAgainAt = Math.min(lookAgainAt ?? due, due);
  }
  return lookAgainAt === undefined ? undefined : { to: current, rule: 'AtTarget', why: '', lookAgainAt };
}

/** What leads/day says while it stays where it is, and since when it has asked for more. */
function waiting(input: TierInput, current: Rung, value: number): Move {
  const { spec, ladder, history } = input;
  const { climbGap, sustainedFor } = resolutionOf(spec);
  const asked = rungFor(ladder, value);
  if (asked.index > current.index) {
    const since = heldSince(history.load, rungAt(ladder, current.index + 1).from, climbGap);
    const due = since === undefined ? undefined : since + sustainedFor;
    return {
      to: current,
      rule: 'NotSustainedYet',
      why: `${count(value)} leads/day belongs on ${from(asked)}, but has to stay for ${formatDuration(sustainedFor)} first${
        since === undefined || due === undefined
          ? ''
          : `; it has been above ${current.name} since ${instant(since)}, so the earliest is ${instant(due)}`
      }`,
      lookAgainAt: due,
    };
  }
  const next = ladder.rungs[current.index + 1];
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

function down(input: TierInput, current: Rung, lowest: Rung, outcome: Descent): Move | undefined {
  if (outcome.rule === undefined) return undefined;
  const { why, lookAgainAt } = outcome;
  if (outcome.rule !== 'QuietLongEnough') return { to: current, rule: outcome.rule, why, lookAgainAt };
  const [blocking] = input.red;
  if (blocking !== undefined) {
    return {
      to: current,
      rule: 'HealthRed',
      why: `${redWords(blocking)}, which keeps the platform on ${current.name}; ${why}`,
    };
  }
  const below = rungAt(input.ladder, current.index - 1);
  if (below.index < lowest.index) {
    return {
      to: current,
      rule: 'Bounded',
      why: `minTier keeps the platform on ${current.name}; ${why}`,
      clamp: `minTier is ${lowest.name}.`,
    };
  }
  return { to: below, rule: 'QuietLongEnough', why };
}

function next(input: TierInput, current: Rung, lowest: Rung, highest: Rung): Move & { target: Rung } {
  const { leadsPerDay, ladder, history } = input;
  if (!isKnown(leadsPerDay)) {
    const raised = raise(input, current, () => calledFor(input, current, lowest), highest);
    const why = `leads/day is unknown (${leadsPerDay.unknown}: ${leadsPerDay.message}), so the platform stays on ${current.name}`;
    if (raised !== undefined && raised.to !== current) return { ...raised, target: raised.to };
    const { raisedOver } = history;
    return {
      to: current,
      rule: 'LoadUnknown',
      why,
      raisedOver,
      lookAgainAt: raised?.lookAgainAt,
      target: current,
    };
  }
  const called = sustained(input) ?? ladder.lowest;
  if (called.index > current.index) {
    const to = called.index > highest.index ? highest : called;
    const { sustainedFor } = resolutionOf(input.spec);
    const why = `leads/day has been at ${count(called.from)} or more for ${formatDuration(sustainedFor)} and is ${count(leadsPerDay.value)} now: that is ${called.name}`;
    const clamp = to === called ? {} : { clamp: `maxTier is ${highest.name}, below ${called.name}.` };
    return to.index <= current.index
      ? { to: current, rule: 'Bounded', why: `${why}, but maxTier is ${highest.name}`, target: to, ...clamp }
      : {
          to,
          rule: 'LoadSustained',
          why: to === called ? why : `${why}, of which maxTier allows ${to.name}`,
          target: to,
          ...clamp,
        };
  }
  const falling = descent(input, current, leadsPerDay.value);
  const raised = raise(input, current, () => higher(called, calledFor(input, current, lowest)), highest);
  if (raised !== undefined && raised.to !== current) return { ...raised, target: raised.to };
  const target = higher(lowest, higher(falling.stays, called));
  const still = down(input, current, lowest, falling) ?? waiting(input, current, leadsPerDay.value);
  // Once leads/day itself has called for this rung for long enough, nothing is raised any more.
  const raisedOver = called !== current && still.to === current ? history.raisedOver : undefined;
  const { to, rule, why, clamp } = still;
  return {
    to,
    rule,
    why,
    clamp,
    raisedOver,
    lookAgainAt: earliest(still.lookAgainAt, raised?.lookAgainAt),
    target,
  };
}

function outcome(
  current: Rung,
  target: Rung,
  { to, rule, why, lookAgainAt, raisedOver, clamp }: Move,
): TierOutcome {
  const moved =
    to === current
      ? ''
      : to.index > current.index
        ? `Climbs from ${current.name} to ${to.name}: `
        : `Descends from ${current.name} to ${to.name}: `;
  const sentence = `${moved}${moved === '' ? why.charAt(0).toUpperCase() + why.slice(1) : why}.`;
  return {
    from: current.name,
    to: to.name,
    target: target.name,
    rule,
    reasons: [sentence],
    clamps: clamp === undefined ? [] : [clamp],
    lookAgainAt,
    raisedOver,
  };
}

/** Decides the rung. */
export function decideTier(input: TierInput): TierOutcome {
  const { spec, ladder, history, now } = input;
  const { lowest, highest } = limits(spec, ladder);
  const known = history.tier === undefined ? undefined : ladder.byName.get(history.tier);
  const pin = held(spec.tierPin, now);
  const pinned = pin === undefined ? undefined : ladder.byName.get(pin.tier);
  if (pin !== undefined && pinned !== undefined) {
    const why = `the spec pins the platform to ${pinned.name}${pinWords(pin)}`;
    return outcome(known ?? pinned, pinned, { to: pinned, rule: 'Pinned', why, lookAgainAt: endOf(pin) });
  }
  const within = (rung: Rung): Rung =>
    rung.index < lowest.index ? lowest : rung.index > highest.index ? highest : rung;
  const boundBy = (rung: Rung): string =>
    rung === lowest ? `minTier is ${lowest.name}` : `maxTier is ${highest.name}`;
  if (known === undefined) {
    const first = firstRung(input);
    const bounded = within(first.rung);
    const bound = bounded === first.rung ? '' : `, and ${boundBy(bounded)}`;
    const why = `begins on ${bounded.name}, for ${first.why}${bound}`;
    return outcome(bounded, bounded, { to: bounded, rule: 'FirstRung', why });
  }
  const bounded = within(known);
  if (bounded !== known) {
    const why = boundBy(bounded);
    return outcome(known, bounded, { to: bounded, rule: 'Bounded', why, clamp: `${why}.` });
  }
  const move = next(input, known, lowest, highest);
  const { target } = move;
  if (move.to === known || mayChange(spec.transitions.windows, now)) return outcome(known, target, move);
  const opens = nextOpening(spec.transitions.windows, now);
  return outcome(known, target, {
    to: known,
    rule: 'OutsideWindow',
    raisedOver: history.raisedOver,
    why: `${move.to.name} is due (${move.why}), but the rung changes only inside a window${opens === undefined ? ', and none opens' : `; the next opens at ${instant(opens)}`}`,
    lookAgainAt: opens,
  });
}
