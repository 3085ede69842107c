/** What a person holds in place, until it expires by itself. */
import type { ReplicasPin, TierPin } from '../api/schema/ladder.ts';
import type { Instant } from '../model/reading.ts';

/** When a pin ends: never where it does not say. */
export function endOf({ until }: TierPin | ReplicasPin): Instant {
  return until === undefined ? Infinity : Date.parse(until);
}

/** The same pin while it holds, else nothing. */
export function activePin<P extends TierPin | ReplicasPin>(pin: P | undefined, now: Instant): P | undefined {
  return pin !== undefined && now < endOf(pin) ? pin : undefined;
}

/** A person's reason on one line, without the end of a sentence: it becomes the end of one. */
const clause = (reason: string): string =>
  reason
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .replace(/[ .]+$/, '')
    .trimStart();

/** ` until 2026-12-24T08:00:00Z: the reason`, as far as the pin says. */
export function pinWords({ until, reason = '' }: TierPin | ReplicasPin): string {
  const why = clause(reason);
  return `${until === undefined ? '' : ` until ${until}`}${why === '' ? '' : `: ${why}`}`;
}
