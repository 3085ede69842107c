/** A status for a platform that cannot be planned: its spec is wrong. What it stood on stays as it was. */
import type { LeadPlatformStatus } from '../../api/schema/status.ts';
import type { Instant } from '../../model/reading.ts';
import { inOrder, withTimes } from './conditions.ts';
import { notifiedIn } from './lasting-news.ts';

/**
 * The children are left alone, so Ready and the rest keep what they said. Only a platform of which nothing is known is
 * said not to be ready, for a person who waits for it.
 */
export function stalledStatus(
  previous: LeadPlatformStatus,
  generation: number,
  reason: string,
  message: string,
  now: Instant,
): LeadPlatformStatus {
  const before = previous.conditions ?? [];
  const known = before.some((condition) => condition.type === 'Ready' && condition.reason !== reason);
  const said = withTimes(
    {
      ...(!known && { Ready: { status: 'False', reason, message } }),
      Reconciling: { status: 'False', reason: 'Stalled', message: 'Blocked: see the Stalled condition.' },
      Stalled: { status: 'True', reason, message },
    },
    before,
    generation,
    now,
  );
  const kept = before.filter(({ type }) => !said.some((condition) => condition.type === type));
  const notified = notifiedIn(previous);
  return {
    ...previous,
    observedGeneration: generation,
    conditions: inOrder([...said, ...kept]),
    ...(notified !== undefined && { notified: [...notified] }),
  };
}
