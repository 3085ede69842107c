/** Growth that is held while workers finish nothing, and the words for it. Only what is sure is told. */
import { formatDuration } from '../../api/quantity.ts';
import type { PodStarts, StallWatch } from '../../model/queue-history.ts';
import { plural } from '../../text/words.ts';
import type { HeldGrowth } from '../demand.ts';
import { allowedWorkers, isStalled } from './stall.ts';

const inSeconds = (seconds: number): string => formatDuration(1_000 * Math.round(seconds));

/** Undefined where nothing holds it. */
export function heldGrowth(
  queue: string,
  stall: StallWatch | undefined,
  pods: PodStarts,
): HeldGrowth | undefined {
  const workers = allowedWorkers(stall, pods);
  if (stall === undefined || workers === undefined) return undefined;
  const isTold = isStalled(stall);
  const why = isTold
    ? `its workers have finished no job for ${inSeconds(stall.seconds)}, and longestJob is ${inSeconds(stall.longestSeconds)}`
    : `its workers have hardly finished a job of late, so ${plural(workers, 'worker')} are the most for now`;
  return { workers, why, ...(isTold && { limit: { by: 'WorkersStalled', why, queue } }) };
}
