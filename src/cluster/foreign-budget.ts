/** A disruption budget of somebody else. */
import type { Labels } from '../kube/labels.ts';

export interface Selector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

export interface ForeignBudget {
  readonly name: string;
  /** Without one it is for no pod, and an empty one is for all of the namespace. */
  readonly selector?: Selector;
}
