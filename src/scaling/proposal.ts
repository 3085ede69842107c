/** The size of one component by its signals, its bounds and its window; what all components share comes after. */
import { formatDuration } from '../api/quantity.ts';
import type { ReplicasPin } from '../api/schema/ladder.ts';
import type { ObservedComponent, ScaleRule, WantedSlot } from '../model/decision.ts';
import { pinWords } from '../ladder/pins.ts';
import type { Instant } from '../model/reading.ts';
import { count, plural } from '../text/words.ts';
import type { ComponentBounds } from './bounds.ts';
import type { Limit } from './limits.ts';
import type { Combined } from './demand.ts';
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
  readonly slots: readonly WantedSlot[];
  readonly requeueAt?: Instant;
}

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
} {
  const current = observed?.desiredReplicas ?? predecessor;
  const { most, silent } = demand;
  if (silent === undefined) return most ?? { wanted: 0, rule: 'Floor', why: 'nothing asks for replicas' };
  if (most !== undefined && most.wanted > current) return most;
  return {
    wanted: current,
    rule: 'SignalUnknown',
    why: `${silent.of} is unknown (${silent.unknown}: ${silent.message})`,
  };
}

/** What is asked, and what becomes of it: a bound, or, where nobody could say, what is there. */
function explained({ observed, predecessor, bounds }: ProposalInput, asks: ReturnType<typeof asked>): string {
  const { wanted, rule, why } = asks;
  if (wanted < bounds.floor) return `${why}, but ${bounds.floorBy}`;
  if (wanted > bounds.ceiling) return `${why}, but ${bounds.ceilingBy}`;
  if (rule !== 'SignalUnknown') return why;
  if (observed !== undefined) {
    return `${why}, and unknown is not zero, so it stays at ${plural(observed.desiredReplicas, 'replica')}`;
  }
  return predecessor > 0
    ? `${why}, so it starts as large as what it takes over from: ${plural(predecessor, 'replica')}`
    : why;
}

/** Proposes a size. */
export function propose(input: ProposalInput): Proposal {
  const { name, observed, bounds, pin, inFlight, noGrowth, window, now } = input;
  const { floor, ceiling } = bounds;
  const asks = asked(input);
  const { wanted, rule, why } = asks;
  const current = observed?.desiredReplicas;
  const slots = observeWanted(input.slots, wanted, now, window);
  const over: Limit[] = wanted > ceiling ? [{ by: bounds.ceilingOf, why: bounds.ceilingBy }] : [];
  const base = { wanted, slots, fixed: false, demand: why, limits: over };

  if (observed?.drivenBy !== undefined) {
    const words = `${observed.drivenBy} drives ${name}, so it is left at ${plural(observed.desiredReplicas, 'replica')}`;
    return {
      ...base,
      fixed: true,
      replicas: observed.desiredReplicas,
      rule: 'DrivenByOther',
      why: words,
      clamps: [],
      limits: [],
    };
  }
  if (pin !== undefined) {
    const words = `the spec pins ${name} to ${plural(pin.replicas, 'replica')}${pinWords(pin)}`;
    const limits: readonly Limit[] = [{ by: 'Pinned', why: words }];
    return { ...base, fixed: true, replicas: pin.replicas, rule: 'Pinned', why: words, clamps: [], limits };
  }

  const clamps: string[] = [];
  if (wanted > ceiling) clamps.push(`${name} wants ${plural(wanted, 'replica')}, but ${bounds.ceilingBy}.`);
  const bounded = Math.min(ceiling, Math.max(floor, wanted));
  if (wanted < floor) clamps.push(`${name} has at least ${plural(floor, 'replica')}: ${bounds.floorBy}.`);
  const outcome: ScaleRule = wanted < floor && rule !== 'SignalUnknown' ? 'Floor' : rule;
  const because = explained(input, asks);
  if (current === undefined) return { ...base, replicas: bounded, rule: outcome, why: because, clamps };

  if (current > ceiling) {
    return { ...base, replicas: ceiling, rule: 'Ceiling', why: `${bounds.ceilingBy}; ${why}`, clamps };
  }
  if (bounded > current) {
    const held = Math.max(current, floor);
    if (noGrowth === undefined || bounded === held)
      return { ...base, replicas: bounded, rule: outcome, why: because, clamps };
    return {
      ...base,
      replicas: held,
      rule: outcome,
      why,
      clamps: [...clamps, `${name} may not grow: ${noGrowth}.`],
      limits: [...over, { by: 'ViciBudget', why: noGrowth }],
    };
  }
  if (bounded === current) {
    const steady = rule === 'SignalUnknown' || outcome === 'Floor' ? outcome : 'Steady';
    return { ...base, replicas: current, rule: steady, why: because, clamps };
  }

  // Down from here on: slowly, and never on what was not seen, nor while a rollout is stuck. A Deployment takes what is too
  // much from both templates, and so from the replicas that serve.
  if (observed?.stuck !== undefined) {
    const words = `but it stays at ${plural(current, 'replica')} while its rollout is stuck (${observed.stuck})`;
    return { ...base, replicas: current, rule: 'RolloutStuck', why: `${why}, ${words}`, clamps };
  }
  const most = mostWanted(slots, now, window);
  const again = now + window / 4;
  if (most === undefined) {
    const seen = seenAt(slots, now, window);
    return {
      ...base,
      replicas: current,
      rule: 'WindowNotSeen',
      why: `${why}, but it stays at ${plural(current, 'replica')} until ${formatDuration(window)} of signals have been seen`,
      clamps,
      requeueAt: Math.min(again, seen),
    };
  }
  const calm = Math.min(ceiling, Math.max(floor, most));
  if (calm >= current) {
    return {
      ...base,
      replicas: current,
      rule: 'ScaleDownWindow',
      why: `${why}, but ${wantedWords(most, window)}`,
      clamps,
      requeueAt: again,
    };
  }
  const target = Math.min(current, Math.max(calm, inFlight));
  const busy = target > calm;
  return {
    ...base,
    replicas: target,
    rule: busy ? 'BusyWorkers' : outcome,
    why: busy
      ? `${why}, but ${busyWords(inFlight)}`
      : target > bounded
        ? `${why}, but ${wantedWords(most, window)}`
        : because,
    clamps,
    ...(target > bounded && { requeueAt: again }),
  };
}
