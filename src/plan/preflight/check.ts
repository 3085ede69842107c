/** One check before anything of a transition or of a capability is made. A file each, and a line in `preflight.ts`. Pure. */
import type { Observed } from '../../cluster/observed.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { Decision } from '../../model/decision.ts';
import type { TransitionState } from '../../transition/transition.ts';

/** What is about to begin. */
export interface Beginning {
  readonly observed: Observed;
  /** What is made first. */
  readonly objects: readonly KubeObject[];
  /** Of a change of topology; left out where a capability begins. */
  readonly topology?: { readonly state: TransitionState; readonly decision: Decision };
}

/** Why it cannot begin now and what would be right, as the middle of a sentence; undefined where nothing is known against it. */
export type PreflightCheck = (beginning: Beginning) => string | undefined;
