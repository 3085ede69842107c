/** What a bench hands back: figures beside their targets. Nothing here is asserted; what is missed is said. */

/** A bound that a figure has to keep. */
export type Target = { readonly atMost: number } | { readonly atLeast: number };

export interface Figure {
  readonly name: string;
  /** As measured; undefined where it could not be. */
  readonly value: number | undefined;
  /** `s`, `µs`, `MB`, `/s`, or empty for a count. */
  readonly unit: string;
  readonly target?: Target;
  /** The same of each peer of the section, measured in this run; undefined of one that has no such figure. */
  readonly peers?: readonly (number | string | undefined)[];
}

export interface Section {
  readonly bench: string;
  readonly title: string;
  /** What was done, in sentences: enough to judge the figures by. */
  readonly method: readonly string[];
  readonly figures: readonly Figure[];
  /** Names of the peers, for their columns. */
  readonly peers?: readonly string[];
  /** What is to be known of the figures: what was missed and why, what is not comparable. */
  readonly remarks: readonly string[];
  readonly machine: Machine;
}

/** Where and when figures were measured. */
export interface Machine {
  readonly at: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  readonly kubernetes?: string;
  /** Load average over a minute when the bench began: others may have been at work. */
  readonly loadAverage: number;
}

/** Whether a figure keeps its target; undefined where there is none, or nothing was measured. */
export function isMet({ value, target }: Figure): boolean | undefined {
  if (target === undefined || value === undefined) return undefined;
  return 'atMost' in target ? value <= target.atMost : value >= target.atLeast;
}
