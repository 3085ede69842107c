/**
 * A capability: what it adds to a platform, and what its page in the documentation says. What the ladder knows of it is a row of
 * `src/api/capabilities.ts`. Adding one is that row, its file, a line in `index.ts`, its settings where it has any, its test and
 * `npm run generate`.
 */
import type { CapabilityName } from '../../api/names.ts';
import type { PartialContribution } from './contribution.ts';
import type { CapabilityContext } from './context.ts';

export interface Capability {
  readonly name: CapabilityName;
  /** What must be there first, in words for a person. */
  readonly prerequisites?: readonly string[];
  readonly summary: string;
  /** Its page in docs/capabilities: sentences, in Markdown. */
  readonly manual: Manual;
  /**
   * What it adds now, and how far it is. Called in every pass, also when it is not wanted (any more): then it says what is
   * still to be there while it goes, and `ABSENT` once nothing is left. Quick where there is nothing to do.
   */
  readonly build: (context: CapabilityContext) => PartialContribution;
}

export interface Manual {
  /** Where it is set: fields of the spec, like `spec.capabilities.cdn`. */
  readonly fields: readonly string[];
  /** What happens, step by step, on the way up and down. */
  readonly how: string;
  /** Pods, volumes, time, money. */
  readonly costs: string;
  /** Objects, environment, data and other systems that it touches. */
  readonly touches: string;
  /** How to take it back, and what is left then. */
  readonly undo: string;
}
