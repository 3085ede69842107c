import { jitteredMs, nominalWaitMs } from '../../src/model/backoff.ts';
import type { Backoff } from '../../src/model/backoff.ts';

/**
 * The wait before attempt number `attempt` (0 is the first repeat), in milliseconds: between half of the nominal wait and all
 * of it.
 */
export function backoffMs(backoff: Backoff, attempt: number, random: () => number = Math.random): number {
  return jitteredMs(nominalWaitMs(backoff, attempt), random);
}
