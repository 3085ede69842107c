/** What there is room for, as far as anybody may look. */
import type { ContainerDefaults } from '../kube/limit-range.ts';
import type { Instant } from '../model/reading.ts';
import type { Nodes } from './node-headroom.ts';

/** A ResourceQuota that is for all pods; those with a scope are left out. */
export interface Quota {
  readonly name: string;
  readonly hard: Readonly<Record<string, unknown>>;
  readonly used: Readonly<Record<string, unknown>>;
}

/** What there is room for in the namespace, as of `at`. */
export interface Headroom {
  readonly at: Instant;
  readonly quotas: readonly Quota[];
  /** What LimitRanges of the namespace give containers; left out where nobody may look, or could. */
  readonly defaults?: readonly ContainerDefaults[] | undefined;
  /** Undefined where nobody may look at nodes, or could. */
  readonly nodes?: Nodes | undefined;
}
