/** Red signals that a higher tier could relieve, and whether it may: only once replicas are at their bound. */
import { factsOf, type RelievableSignal } from '../catalog/catalog.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import type { History, SignalView } from '../model/decision.ts';
import type { Instant } from '../model/reading.ts';
import type { Tier } from './ladder.ts';
import { own } from '../api/own.ts';

/** What replicas can still do about a signal. */
export type BoundState =
  /** All the replicas that tier and spec allow are there and ready. */
  | 'AtBound'
  /** More replicas are allowed, or on their way. */
  | 'BelowBound'
  /** Vici's budget bounds them: neither replicas nor a tier help. */
  | 'HeldByBudget';

/** A signal that is red, or was when it was last known. */
export interface RedSignal {
  readonly name: string;
  readonly relieved: RelievableSignal;
  readonly since: Instant;
  /** Absent while the signal is unknown: then it only keeps the platform from descending. */
  readonly value?: number;
  readonly unit: SignalView['unit'];
  /** Replicas of a component that it speaks of are all ready, and as many as tier and spec allow. */
  readonly atBound: boolean;
}

const NONE: readonly RedSignal[] = [];
const RELIEVABLE: readonly RelievableSignal[] = ['responseTime', 'queueDepth', 'cpu', 'memory'];

/** The red signals that do not have to stay red for ever. Leads and the size of the database are not among them. */
export function redSignals(
  views: readonly SignalView[],
  redSince: History['redSince'],
  boundState: (signal: string) => BoundState,
): readonly RedSignal[] {
  // Most of the time nothing is, and this is asked at every decision.
  if (Object.keys(redSince).length === 0) return NONE;
  const red: RedSignal[] = [];
  for (const { name, band, value, unit } of views) {
    const since = own(redSince, name);
    if (since === undefined) continue;
    const relieved = RELIEVABLE.find((signal) => name === signal || name.startsWith(`${signal}.`));
    if (relieved === undefined) continue;
    const reached = boundState(name);
    // Neither replicas nor a tier would help: it neither raises the platform nor holds it up.
    if (reached === 'HeldByBudget') continue;
    red.push({
      name,
      relieved,
      since,
      unit,
      atBound: reached === 'AtBound',
      ...(band === 'red' && value !== undefined && { value }),
    });
  }
  return red;
}

/** Whether something that a tier adds relieves a signal, and may be put in place at all. */
export function relieves(tier: Tier, signal: RelievableSignal, spec: LeadPlatformSpec): boolean {
  const { policies } = spec.transitions;
  return tier.adds.some(
    (name) =>
      factsOf(name).relieves.includes(signal) &&
      !policies.some(({ capability, policy }) => capability === name && policy === 'Never'),
  );
}
