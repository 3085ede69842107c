/**
 * The size of one component by its signals, its bounds and its window; what all components share comes after. The first rule
 * that has a word in it:
 *
 * | rule          | when                                                | size                                        |
 * |---------------|-----------------------------------------------------|---------------------------------------------|
 * | drivenByOther | an autoscaler of somebody else drives it            | as it is                                    |
 * | pinned        | the spec pins it                                    | the pin                                     |
 * | asBounded     | it does not exist yet                               | what is asked for, within its bounds        |
 * | cutToCeiling  | it has more than its ceiling                        | the ceiling                                 |
 * | grown         | more is asked for                                   | that; as it is while something forbids it   |
 * | steady        | as many are asked for                               | as it is                                    |
 * | stuck         | fewer are, and its rollout is stuck                 | as it is                                    |
 * | lowered       | fewer are enough                                    | the most that the window asked for          |
 */
import { formatDuration } from '../api/quantity.ts';
import type { ReplicasPin } from '../api/schema/ladder.ts';
import type { ObservedComponent, ScaleRule, WantedSlot } from '../model/decision.ts';
import { pinWords } from '../ladder/pins.ts';
import type { Instant } from '../model/reading.ts';
import { count, plural } from '../text/words.ts';
import type { ComponentBounds } from './bounds.ts';
import type { Limit } from './limits.ts';
import { grantedOf, type Combined, type HeldGrowth } from './demand.ts';
import { mostWanted, observeWanted, seenAt } from './window.ts';

export interface ProposalInput {
  readonly name: string;
  readonly observed: ObservedComponent | undefined;
  /** Replicas of what it takes over from, for a component that does not exist yet. */
  readonly predecessor: number;
  readonly demand: Combined;
  readonly bounds: ComponentBounds;
  readonly pin: ReplicasPin | undefined;
  /** Jobs that its workers hold. */
  readonly inFlight: number;
  /** Why it may not grow, as a clause. */
  readonly noGrowth: string | undefined;
  readonly slots: readonly WantedSlot[];
  /** For how long fewer have to be enough, in milliseconds. */
  readonly window: number;
  readonly now: Instant;
}

export interface Proposal {
  readonly replicas: number;
  /** Before any bound. */
  readonly wanted: number;
  /** Nobody else's bound may change it: a pin, or another autoscaler. */
  readonly fixed: boolean;
  readonly rule: ScaleRule;
  readonly why: string;
  readonly clamps: readonly string[];
  /** Why as many are wanted, as a clause. */
  readonly demand: string;
  /** What is in the way of as many. */
  readonly limits: readonly Limit[];
  /** Replicas beyond those that are wanted, for the sake of its floor. */
  readonly beyondNeed: number;
  readonly slots: readonly WantedSlot[];
  readonly requeueAt?: Instant;
}

/** By less than this share of the size workers do not go down. */
const LEAST_SHARE = 0.11;

/** Jobs in flight are held by workers; one that is scaled in finishes its job, but need not be asked to. */
const busyWords = (jobs: number): string =>
  jobs === 1 ? '1 job in flight keeps a worker' : `${count(jobs)} jobs in flight keep as many workers`;

const wantedWords = (most: number, window: number): string =>
  `${count(most)} ${most === 1 ? 'was' : 'were'} wanted within the last ${formatDuration(window)}`;

/** What the signals want, at least what runs now where one of them could not say. */
function asked({ demand, observed, predecessor }: ProposalInput): {
  wanted: number;
  rule: ScaleRule;
  why: string;
  held?: HeldGrowth | undefined;
} {
  const { most, silent } = demand;
  const current = Math.min(observed?.desiredReplicas ?? predecessor, silent?.keep ?? Infinity);
  if (silent === undefined) return most ?? { wanted: 0, rule: 'Floor', why: 'nothing asks for replicas' };
  if (most !== undefined && grantedOf(most) > current) return most;
  return {
    wanted: current,
    rule: 'SignalUnknown',
    why: `${silent.of} is unknown (${silent.unknown}: ${silent.message})`,
  };
}

/** What says how many are needed, if only that none is. A response time or CPU that asks for nothing is one that was not used. */
const isNeedKnown = ({ wanted, rule }: { readonly wanted: number; readonly rule: ScaleRule }): boolean =>
  rule !== 'SignalUnknown' && (wanted > 0 || (rule !== 'ResponseTime' && rule !== 'Cpu' && rule !== 'Floor'));

/** What a floor costs: replicas beyond what is asked for. Where nobody knows what is needed, nobody knows that either. */
function beyondNeed(asks: ReturnType<typeof asked>, replicas: number): number {
  return isNeedKnown(asks) ? Math.max(0, replicas - asks.wanted) : 0;
}

function priceWords(asks: ReturnType<typeof asked>, { floor }: ComponentBounds): string {
  const beyond = beyondNeed(asks, floor);
  return beyond === 0 ? '' : `: ${count(beyond)} more than ${beyond === 1 ? 'is' : 'are'} needed`;
}

/** What is asked, and what becomes of it: a bound, or, where nobody could say, what is there. */
function explained({ observed, predecessor, bounds }: ProposalInput, asks: ReturnType<typeof asked>): string {
  const { wanted, rule, why, held } = asks;
  if (held !== undefined && isHeld(asks, bounds)) return `${why}, but ${held.why}`;
  if (wanted < bounds.floor) return `${why}, but ${bounds.floorBy}${priceWords(asks, bounds)}`;
  if (wanted > bounds.ceiling) return `${why}, but ${bounds.ceilingBy}`;
  if (rule !== 'SignalUnknown') return why;
  if (observed !== undefined) {
    const kept = plural(wanted, 'replica');
    return wanted < observed.desiredReplicas
      ? `${why}, and there were ${kept} when it was last known`
      : `${why}, and unknown is not zero, so it stays at ${kept}`;
  }
  return predecessor > 0
    ? `${why}, so it starts as large as what it takes over from: ${plural(predecessor, 'replica')}`
    : why;
}

/** What is asked of a component, and what its bounds make of that. */
interface Sought {
  readonly input: ProposalInput;
  readonly asks: ReturnType<typeof asked>;
  readonly bounded: number;
  /** The rule that gives as many as that. */
  readonly rule: ScaleRule;
  readonly because: string;
  /** What every proposal says alike. */
  readonly base: Pick<Proposal, 'wanted' | 'slots' | 'fixed' | 'demand' | 'limits' | 'clamps' | 'beyondNeed'>;
}

/** Proposes a size. The first of these rules that has a word in it. */
export function propose(input: ProposalInput): Proposal {
  const asks = asked(input);
  const enough = asks.rule === 'SignalUnknown' ? asks.wanted : input.demand.enough;
  const slots = observeWanted(input.slots, enough, input.now, input.window);
  const fixed = drivenByOther(input, asks, slots) ?? pinned(input, asks, slots);
  if (fixed !== undefined) return fixed;
  const sought = withinBounds(input, asks, slots);
  const current = input.observed?.desiredReplicas;
  if (current === undefined) return asBounded(sought);
  return (
    cutToCeiling(sought, current) ??
    grown(sought, current) ??
    steady(sought, current) ??
    stuck(sought, current) ??
    lowered(sought, current)
  );
}

function drivenByOther(
  { name, observed }: ProposalInput,
  { wanted, why: demand }: Sought['asks'],
  slots: readonly WantedSlot[],
): Proposal | undefined {
  if (observed?.drivenBy === undefined) return undefined;
  const { drivenBy, desiredReplicas: replicas } = observed;
  const why = `${drivenBy} drives ${name}, so it is left at ${plural(replicas, 'replica')}`;
  const left = { wanted, slots, demand, fixed: true, replicas, why, clamps: [], limits: [] } as const;
  return { ...left, rule: 'DrivenByOther', beyondNeed: 0 };
}

function pinned(
  { name, pin }: ProposalInput,
  { wanted, why: demand }: Sought['asks'],
  slots: readonly WantedSlot[],
): Proposal | undefined {
  if (pin === undefined) return undefined;
  const { replicas } = pin;
  const why = `the spec pins ${name} to ${plural(replicas, 'replica')}${pinWords(pin)}`;
  const limits: readonly Limit[] = [{ by: 'Pinned', why }];
  const held = { wanted, slots, demand, fixed: true, replicas, why, clamps: [], limits } as const;
  return { ...held, rule: 'Pinned', beyondNeed: 0 };
}

function withinBounds(input: ProposalInput, asks: Sought['asks'], slots: readonly WantedSlot[]): Sought {
  const { bounds } = input;
  const { floor } = bounds;
  const { wanted, why: demand } = asks;
  return {
    input,
    asks,
    bounded: toBounds(grantedOf(asks), bounds),
    rule: wanted < floor && asks.rule !== 'SignalUnknown' ? 'Floor' : asks.rule,
    because: explained(input, asks),
    base: {
      ...{ wanted, slots, fixed: false, demand },
      ...(heldBack(input, asks) ?? boundsMet(input, asks)),
      beyondNeed: beyondNeed(asks, floor),
    },
  };
}

/** What is in the way of as many as are asked for. */
type InTheWay = Pick<Proposal, 'limits' | 'clamps'>;

/** Where growth is held below its ceiling, that is what limits it. */
function heldBack({ name, bounds }: ProposalInput, asks: Sought['asks']): InTheWay | undefined {
  const { wanted, held } = asks;
  if (held === undefined || !isHeld(asks, bounds)) return undefined;
  return {
    clamps: [`${name} wants ${plural(wanted, 'replica')}, but ${held.why}.`],
    limits: held.limit === undefined ? [] : [held.limit],
  };
}

function boundsMet({ name, bounds }: ProposalInput, { wanted }: Sought['asks']): InTheWay {
  const { floor, ceiling, floorBy, ceilingBy, ceilingOf, schedule, scheduledFloor } = bounds;
  const isLimited = Math.max(wanted, scheduledFloor?.replicas ?? 0) > ceiling;
  const clamps: string[] = [];
  if (wanted > ceiling) clamps.push(`${name} wants ${plural(wanted, 'replica')}, but ${ceilingBy}.`);
  if (wanted < floor) {
    // What is shared may leave less room than a schedule asks for.
    const has = scheduledFloor === undefined ? 'has' : 'is to have';
    clamps.push(`${name} ${has} at least ${plural(floor, 'replica')}: ${floorBy}.`);
  }
  return { clamps, limits: isLimited ? [{ by: ceilingOf, why: ceilingBy, schedule }] : [] };
}

/** Something keeps it from what it asks for that is lower than its ceiling, and above its floor. */
const isHeld = (asks: ReturnType<typeof asked>, { floor, ceiling }: ComponentBounds): boolean =>
  grantedOf(asks) < Math.min(asks.wanted, ceiling) && asks.wanted > floor;

const toBounds = (replicas: number, { floor, ceiling }: ComponentBounds): number =>
  Math.min(ceiling, Math.max(floor, replicas));

const asBounded = ({ base, bounded, rule, because }: Sought): Proposal => ({
  ...base,
  replicas: bounded,
  rule,
  why: because,
});

/** It has more than it may have. */
function cutToCeiling({ input: { bounds }, asks, base }: Sought, current: number): Proposal | undefined {
  if (current <= bounds.ceiling) return undefined;
  return { ...base, replicas: bounds.ceiling, rule: 'Ceiling', why: `${bounds.ceilingBy}; ${asks.why}` };
}

/** Up at once, unless something forbids it to grow. */
function grown(sought: Sought, current: number): Proposal | undefined {
  const { input, asks, bounded, rule, base } = sought;
  if (bounded <= current) return undefined;
  const { name, bounds, noGrowth } = input;
  const replicas = Math.max(current, bounds.standingFloor);
  if (noGrowth === undefined || bounded === replicas) return asBounded(sought);
  return {
    ...base,
    replicas,
    rule,
    why: asks.why,
    clamps: [...base.clamps, `${name} may not grow: ${noGrowth}.`],
    limits: [...base.limits, { by: 'ViciBudget', why: noGrowth }],
  };
}

function steady({ asks, bounded, rule, because, base }: Sought, current: number): Proposal | undefined {
  if (bounded !== current) return undefined;
  const isSaid = asks.rule === 'SignalUnknown' || rule === 'Floor';
  return { ...base, replicas: current, rule: isSaid ? rule : 'Steady', why: because };
}

/** A Deployment takes what is too much from both templates, and so from the replicas that serve. */
function stuck({ input: { observed }, asks, base }: Sought, current: number): Proposal | undefined {
  if (observed?.stuck === undefined) return undefined;
  const words = `but it stays at ${plural(current, 'replica')} while its rollout is stuck (${observed.stuck})`;
  return { ...base, replicas: current, rule: 'RolloutStuck', why: `${asks.why}, ${words}` };
}

/** Down slowly, never on what was not seen, and only as far as every moment of the window allows. */
function lowered(sought: Sought, current: number): Proposal {
  const { input, base } = sought;
  const most = mostWanted(base.slots, input.now, input.window);
  if (most === undefined) return untilSeen(sought, current);
  const stable = toBounds(most, input.bounds);
  if (stable >= current) return withinWindow(sought, current, most);
  return notWorthIt(sought, current, stable) ?? towards(sought, current, most, stable);
}

/** A few workers less are not worth the starts of as many a moment later. */
function notWorthIt({ input, because, base }: Sought, current: number, stable: number): Proposal | undefined {
  const { demand, bounds } = input;
  if (demand.dwell === undefined || stable === bounds.floor || current - stable >= LEAST_SHARE * current)
    return undefined;
  return { ...base, replicas: current, rule: 'Steady', why: because };
}

const nextLook = ({ now, window }: ProposalInput): Instant => now + window / 4;

function untilSeen({ input, asks, base }: Sought, current: number): Proposal {
  const { now, window } = input;
  return {
    ...base,
    replicas: current,
    rule: 'WindowNotSeen',
    why: `${asks.why}, but it stays at ${plural(current, 'replica')} until ${formatDuration(window)} of signals have been seen`,
    requeueAt: Math.min(nextLook(input), seenAt(base.slots, now, window)),
  };
}

function withinWindow({ input, asks, base }: Sought, current: number, most: number): Proposal {
  const why = `${asks.why}, but ${wantedWords(most, input.window)}`;
  return { ...base, replicas: current, rule: 'ScaleDownWindow', why, requeueAt: nextLook(input) };
}

/** To the most that was wanted within the window, though not to fewer workers than hold jobs. */
function towards(sought: Sought, current: number, most: number, stable: number): Proposal {
  const { input, asks, bounded, rule, because, base } = sought;
  const replicas = Math.min(current, Math.max(stable, input.inFlight));
  const isBusy = replicas > stable;
  const isShort = replicas > bounded;
  const but = isBusy ? busyWords(input.inFlight) : wantedWords(most, input.window);
  return {
    ...base,
    replicas,
    rule: isBusy ? 'BusyWorkers' : rule,
    why: isBusy || isShort ? `${asks.why}, but ${but}` : because,
    ...(isShort && { requeueAt: nextLook(input) }),
  };
}
