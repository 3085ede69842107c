/** Where a platform begins. */
import { formatDuration } from '../api/quantity.ts';
import { count } from '../signals/words.ts';
import { rungFor, type Rung } from './ladder.ts';
import { busiestOver, lowestOver, resolutionOf } from './load.ts';
import type { TierInput } from './move.ts';

/** The rung of a platform that was on none of this ladder: as high as the past is known to have sustained; and why. */
export function firstRung({ spec, ladder, history, now }: TierInput): {
  readonly rung: Rung;
  readonly why: string;
} {
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
