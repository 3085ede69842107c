/** Who says how many Pods there are to be, and what it may look at. */
import type { View } from './view.ts';

export interface Policy {
  readonly name: string;
  /** What it was set to, for the reader of the result. */
  readonly settings: Readonly<Record<string, number | string>>;
  /** Seconds between two looks. */
  readonly interval: number;
  /** How many Pods there are to be from now on. */
  next(view: View): number;
}
