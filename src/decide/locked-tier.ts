/** The tier of a platform that is locked: the previous one, until what keeps it there is over. */
import { earliest } from '../model/instants.ts';
import type { TierOutcome } from '../ladder/tier.ts';
import { instant } from '../text/words.ts';
import type { History, TierLock } from '../model/decision.ts';

/** What is remembered of a platform whose move was rolled back: that it never left. */
export function asIfItStayed(history: History, { tier, since, due }: TierLock): History {
  if (history.tier !== due || due === tier) return history;
  return { ...history, tier, ...(since !== undefined && { tierSince: since }) };
}

/** @param history What is remembered of raises, for a move that does not happen changes nothing of it; what is due, while it still is. */
export function lockedTier(
  free: TierOutcome,
  { tier, due, until, why, rule = 'WaitingForHook' }: TierLock,
  { raisedOver, dataUpTo, needDue }: History,
): TierOutcome {
  const move = due === tier ? 'a transition' : `the transition to ${due}`;
  const sentence =
    until === undefined
      ? `Stays on ${tier}: ${move} waits for ${why}.`
      : `Stays on ${tier}: ${move} was rolled back (${why}); next attempt at ${instant(until)}, or when the spec changes.`;
  return {
    ...free,
    from: tier,
    to: tier,
    target: free.to === tier ? free.target : free.to,
    rule: until === undefined ? rule : 'RolledBack',
    // Why it would stay there anyhow is worth saying; why it would go, and what data would come, is not what happens.
    reasons: [sentence, ...(free.to === tier ? free.reasons.slice(0, 1) : [])],
    requeueAt: until === undefined ? free.requeueAt : earliest(free.requeueAt, until),
    // Where no data is held back, the tier that leads/day asks for is as new under a lock as without one.
    raisedOver: (dataUpTo ?? free.dataUpTo) === undefined ? free.raisedOver : raisedOver,
    dataUpTo,
    needDue,
  };
}
