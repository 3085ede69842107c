/**
 * A transition that does not come off is taken back: the side that serves is wanted again, and what was being made goes.
 * That it was, and when it is tried again, stands in the status, so that a process that starts anew does not try at once.
 *
 * | failed attempts in a row      | 1            | 2     | 3     | …            |
 * |-------------------------------|--------------|-------|-------|--------------|
 * | until it is tried again       | `retryAfter` | twice | 4 ×   | at most 6 h  |
 *
 * A spec that changed is another attempt, which does not wait: a person has probably cured it.
 */
import type { LeadPlatformStatus } from '../../api/schema/status.ts';
import type { TierLock } from '../../model/decision.ts';
import type { Instant } from '../../model/reading.ts';
import type { Observed } from '../../cluster/observed.ts';
import type { Transition } from './progress.ts';
import { failedOnceMore } from './retry.ts';
import { clip, isoTime } from '../../text/time.ts';
import type { TransitionState } from '../../transition/transition.ts';

export type Rollback = NonNullable<LeadPlatformStatus['rollback']>;

/** What a rollback holds the platform on, for as long as it does. */
export function holdOf(
  { rollback, tier, tierSince = '' }: LeadPlatformStatus,
  generation: number,
  now: Instant,
): (TierLock & { readonly until: Instant; readonly separate: boolean }) | undefined {
  if (rollback === undefined || rollback.generation !== generation) return undefined;
  const [at, until] = [Date.parse(rollback.at), Date.parse(rollback.retryAt)];
  // A clock that was set back would otherwise hold for as long as it was set back; that of another machine may be behind.
  const begun = now >= at - (until - at);
  if (Number.isNaN(until) || now >= until || !begun) return undefined;
  const { from, to, separate, message } = rollback;
  // The status has said all along where the platform stands.
  const since = tier === from ? Date.parse(tierSince) : NaN;
  return {
    tier: from,
    separate,
    ...(!Number.isNaN(since) && { since }),
    due: to,
    until,
    why: message,
  };
}

/** The record as it should read now: a new one where the transition has failed, the one from before while it counts. */
export function rollbackOf(
  observed: Observed,
  transitionState: TransitionState,
  transition: Transition | undefined,
): Rollback | undefined {
  const { snapshot, now } = observed;
  const before = snapshot.status.rollback;
  const { generation } = snapshot.platform;
  if (holdOf(snapshot.status, generation, now) !== undefined) return before;
  if (transition !== undefined && hasFailed(observed, transitionState, transition)) {
    return {
      from: transition.from,
      to: transition.to,
      separate: !transitionState.wanted.some(({ component }) => component.role !== 'all-in-one'),
      ...failedOnceMore(before, generation, snapshot.spec.transitions, now),
      at: isoTime(now),
      message: clip(transition.waits, 900),
    };
  }
  // It came off at last, or is no longer wanted.
  return transitionState.step === undefined ? undefined : before;
}

/** Too late for what waits at the gate, while the side from before serves. */
function hasFailed(
  { snapshot, target }: Observed,
  { old, changesTopology, mayDrain }: TransitionState,
  { late }: Transition,
) {
  if (snapshot.spec.transitions.onTimeout !== 'RollBack' || !late || !changesTopology || mayDrain)
    return false;
  return old.some(({ name, ready }) => name === target && ready > 0);
}

/** What a person is told. */
export function rollbackMessage({ from, to, message, retryAt }: Rollback): string {
  const move = from === to ? `Transition within ${to}` : `Transition from ${from} to ${to}`;
  return `${move} rolled back; the previous components keep serving: ${message}; next attempt at ${retryAt}, or when the spec changes`;
}
