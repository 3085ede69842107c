/** Growth that is held while workers finish nothing, and the words for it. */
import { formatDuration } from '../../api/quantity.ts';
import type { PodStarts, StallWatch } from '../../model/queue-history.ts';
import { plural } from '../../text/words.ts';
import type { HeldGrowth } from '../demand.ts';
import { allowedWorkers, isStalled, missingJobs } from './stall.ts';

/** Undefined where nothing holds it. */
export function heldGrowth(
  queue: string,
  stall: StallWatch | undefined,
  pods: PodStarts,
): HeldGrowth | undefined {
  const workers = allowedWorkers(stall, pods);
  if (stall === undefined || workers === undefined) return undefined;
  const isTold = isStalled(stall, pods);
  const why = isTold
    ? `its workers have finished no job for ${formatDuration(1_000 * Math.round(stall.seconds))}, when ${plural(Math.round(missingJobs(stall)), 'job')} should have been`
    : 'its workers have hardly finished a job of late, so no more are asked for yet';
  return { workers, why, ...(isTold && { limit: { by: 'WorkersStalled', why, queue } }) };
}
