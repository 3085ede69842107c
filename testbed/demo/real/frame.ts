/** What the demo on real pods shows at one moment. */
import type { Note, TierLine } from '../frame.ts';
import type { Look } from '../look.ts';
import type { Stage } from './stages.ts';

/** Since the beginning. */
export interface Requests {
  readonly sent: number;
  readonly accepted: number;
  readonly failed: number;
}

/** As the platform's own table of runs tells. */
export interface Jobs {
  readonly begun: number;
  readonly done: number;
  /** That came to an end more than once. */
  readonly doneTwice: number;
}

export interface RealFrame {
  readonly elapsedMs: number;
  readonly stage: Stage;
  readonly stageIndex: number;
  readonly stages: number;
  readonly look: Look;
  readonly ladder: readonly TierLine[];
  readonly requests: Requests;
  readonly jobs: Jobs;
  readonly notes: readonly Note[];
}
