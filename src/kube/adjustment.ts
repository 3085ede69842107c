/** A change of an object of somebody else. */
import type { KubeObject } from './object.ts';

/** What is written of an object of somebody else: these fields, and nothing else of it. */
export interface Adjustment {
  /** As it was seen. */
  readonly live: KubeObject;
  /** Null takes one off. */
  readonly annotations: Readonly<Record<string, string | null>>;
  readonly spec?: Readonly<Record<string, number>>;
  readonly why: string;
}
