/** One frozen look at a platform and at what is around it. Data only. */
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import type { LeadPlatformStatus } from '../api/schema/status.ts';
import type { ChildKind, KubeObject, PlatformIdentity } from '../kube/object.ts';
import type { PodDiagnosis } from '../kube/pod-diagnosis.ts';
import type { Instant } from '../model/reading.ts';
import type { ProbeResult } from '../probes/probe.ts';
import type { ForeignBudget } from './foreign-budget.ts';
import type { Headroom } from './headroom.ts';

/** A child that exists, without its managedFields; what planning needs of those is said apart. */
export interface ObservedChild {
  readonly object: KubeObject;
  /** Another field manager owns `spec.replicas`. */
  readonly replicasOwnedByOther: boolean;
  /** The field manager that has paused it, such as `kubectl-rollout`; undefined where that is not known. */
  readonly pausedBy?: string | undefined;
}

/** An autoscaler of somebody else that targets one of our Deployments. */
export interface ForeignAutoscaler {
  readonly kind: 'HorizontalPodAutoscaler' | 'ScaledObject';
  readonly name: string;
  /** The Deployment that it drives. */
  readonly target: string;
}

/**
 * The last write of a child that went through. The process that writes keeps one for each child, in memory:
 * `{ fingerprint: action.fingerprint, attempt: action.attempt, at: now }`.
 */
export interface LastWrite {
  readonly fingerprint: string;
  readonly attempt: number;
  readonly at: Instant;
}

/** A write that was refused the last time that it was tried, for a reason that a retry alone does not cure. */
export interface WriteFailure {
  readonly kind: ChildKind;
  readonly name: string;
  /** A constant, like `ChildOwnedByOther` or `Forbidden`. */
  readonly reason: string;
  /** A sentence for a person; holds no secret. */
  readonly message: string;
}

/** One frozen look at everything that planning needs. */
export interface Snapshot {
  readonly platform: PlatformIdentity;
  readonly spec: LeadPlatformSpec;
  /** The status as it was last written. */
  readonly status: LeadPlatformStatus;
  readonly children: readonly ObservedChild[];
  readonly autoscalers: readonly ForeignAutoscaler[];
  /** Disruption budgets of others in the namespace. */
  readonly budgets: readonly ForeignBudget[];
  /** By `childKey`; a child that this process has not written yet is missing. */
  readonly lastWrites: ReadonlyMap<string, LastWrite>;
  /** Refusals that stand: forgotten once a write of that child goes through, or the child is no longer wanted. */
  readonly failures: readonly WriteFailure[];
  /** Why the pods of a component do not come up, by component; of components that are not short of replicas nobody asks. */
  readonly troubles: Readonly<Record<string, PodDiagnosis>>;
  /** Kinds of other operators that the cluster knows. */
  readonly serves: ReadonlySet<ChildKind>;
  /** Objects of others that the spec names: looked at, and adjusted at most. */
  readonly others: readonly KubeObject[];
  /** The image that the operator itself runs, where it was told: Jobs of its own run it, too. */
  readonly operatorImage: string | undefined;
  /** What there is room for; undefined where nobody has looked, or too long ago. */
  readonly headroom: Headroom | undefined;
  /** What the things themselves said, by the id of the question. */
  readonly probeResults: Readonly<Record<string, ProbeResult>>;
}

/** Where there is nothing but a platform and its children. */
export const NOTHING_AROUND: Omit<Snapshot, 'platform' | 'spec' | 'status' | 'children'> = {
  autoscalers: [],
  budgets: [],
  lastWrites: new Map(),
  failures: [],
  troubles: {},
  serves: new Set(),
  others: [],
  operatorImage: undefined,
  headroom: undefined,
  probeResults: {},
};
