/** The load of the demo on real pods: how many leads a second, and until when. */

export interface Stage {
  /** Leads a second. */
  readonly rate: number;
  /** It lasts until the platform stands on this tier with nothing under way, and every replica is Ready. */
  readonly until: string;
  /** Leads at once at its beginning, each with a job of a second on the queue `default`. */
  readonly burst?: number;
}

/** Half as many leads again as each tier begins with, so that no reading is close to a border. */
export const STAGES: readonly Stage[] = [
  { rate: 5, until: 'single-server' },
  { rate: 14, until: 'cached' },
  { rate: 25, until: 'separated' },
  { rate: 40, until: 'scaled' },
  { rate: 40, until: 'scaled', burst: 120 },
  { rate: 25, until: 'separated' },
  { rate: 14, until: 'cached' },
  { rate: 5, until: 'single-server' },
];

/** A stage lasts so long at least, in ms, that it is seen. */
const LEAST_MS = 8_000;
/** It has failed after so long: the demo is to end in any case. */
const MOST_MS = 90_000;

/** What a stage is judged by. */
export interface Standing {
  readonly tier?: string | undefined;
  /** A change of tier is under way, or a replica is not there yet. */
  readonly isMoving: boolean;
}

export type StageEnd = 'goes on' | 'done' | 'failed';

export function endOf({ until }: Stage, { tier, isMoving }: Standing, sinceMs: number): StageEnd {
  if (sinceMs >= LEAST_MS && tier === until && !isMoving) return 'done';
  return sinceMs >= MOST_MS ? 'failed' : 'goes on';
}
