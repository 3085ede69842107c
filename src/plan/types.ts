/** What planning is made from, and what it gives: actions as data, carried out elsewhere. */
import type { Answer, Ask } from '../probes/asks.ts';
import type { MeasuredStores } from '../capabilities/contract/contribution.ts';
import type { CapabilityName } from '../api/names.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import type { CAPABILITY_STATES, Condition, LeadPlatformStatus } from '../api/schema/status.ts';
import type { Decision } from '../model/decision.ts';
import type { Instant } from '../model/reading.ts';
import type { ForeignBudget } from '../cluster/budgets.ts';
import type { Passage } from './transition/passage.ts';
import type { Room } from './preflight/preflight.ts';
import type { PartTrouble } from '../kube/pod-trouble.ts';

/** The kinds of object that a platform owns. */
export const CHILD_KINDS = [
  'ServiceAccount',
  'ConfigMap',
  'StatefulSet',
  'Deployment',
  'Service',
  'PodDisruptionBudget',
  'CronJob',
  'Job',
  'Ingress',
  // Of other operators; absent from clusters that do not have them.
  'HTTPRoute',
  'Cluster',
  'RabbitmqCluster',
  'Elasticsearch',
] as const;
export type ChildKind = (typeof CHILD_KINDS)[number];

/** Kinds that not every cluster knows: of Gateway API, CloudNativePG, RabbitMQ's and Elastic's operators. */
export const ENGINE_KINDS = ['HTTPRoute', 'Cluster', 'RabbitmqCluster', 'Elasticsearch'] as const;

/** A Kubernetes object as JSON; only what planning looks at has a type. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly generation?: number;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly OwnerReference[];
  };
  readonly [field: string]: unknown;
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

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

/** Who the platform is. */
export interface PlatformIdentity {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly generation: number;
  readonly annotations: Readonly<Record<string, string>>;
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
  readonly budgets?: readonly ForeignBudget[];
  /** By `childKey`; a child that this process has not written yet is missing. */
  readonly lastWrites?: Readonly<Record<string, LastWrite>>;
  /** Refusals that stand: forgotten once a write of that child goes through, or the child is no longer wanted. */
  readonly failures?: readonly WriteFailure[];
  /** Why the pods of a part do not come up, by part; of parts that are not short of replicas nobody asks. */
  readonly troubles?: Readonly<Record<string, PartTrouble>>;
  /** Kinds of other operators that the cluster knows. */
  readonly serves?: ReadonlySet<ChildKind>;
  /** Objects of others that the spec names: looked at, and adjusted at most. */
  readonly others?: readonly KubeObject[];
  /** The image that the operator itself runs, where it was told: Jobs of its own run it, too. */
  readonly operatorImage?: string | undefined;
  /** What there is room for; undefined where nobody has looked, or too long ago. */
  readonly room?: Room | undefined;
  /** What the things themselves said, by the id of the question. */
  readonly answers?: Readonly<Record<string, Answer>>;
}

/** `Deployment/brain-ingest`: a child by kind and name. */
export function childKey({ kind, metadata }: Pick<KubeObject, 'kind' | 'metadata'>): string {
  return `${kind}/${metadata.name}`;
}

/**
 * What makes two writes the same one: the object wanted, and what was found instead. A write that is asked for again
 * right after it went through cannot win (somebody writes it back), or was not seen yet; it waits, longer each time.
 */
export interface WriteMark {
  readonly fingerprint: string;
  /** How many times in a row, from 1. */
  readonly attempt: number;
}

/** One write. Actions of a plan are carried out in order; the first error ends the pass. */
export type Action =
  | ({ readonly do: 'create'; readonly object: KubeObject; readonly why: string } & WriteMark)
  | ({
      readonly do: 'apply';
      readonly object: KubeObject;
      readonly uid: string;
      readonly why: string;
    } & WriteMark)
  /** Some fields of an object that is not ours; it conflicts where anybody wrote meanwhile. */
  | ({
      readonly do: 'adjust';
      readonly object: Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>;
      readonly change: Pick<Adjustment, 'annotations' | 'spec'>;
      readonly why: string;
    } & WriteMark)
  | {
      readonly do: 'delete';
      readonly object: Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>;
      readonly uid: string;
      readonly why: string;
    };

/** What is written of an object of somebody else: these fields, and nothing else of it. */
export interface Adjustment {
  /** As it was seen. */
  readonly live: KubeObject;
  /** Null takes one off. */
  readonly annotations: Readonly<Record<string, string | null>>;
  readonly spec?: Readonly<Record<string, number>>;
  readonly why: string;
}

export const EVENT_REASONS = [
  'TierChanged',
  'TransitionStarted',
  'TransitionFinished',
  'TransitionStalled',
  'TransitionRolledBack',
  'HookSucceeded',
  'HookFailed',
  'PreflightFailed',
  'Scaled',
  'ScalingLimited',
  'CapabilityRequired',
  'CapabilityBlocked',
  'AwaitingConsent',
  'SignalUnknown',
  'SignalRestored',
  'ChildOwnedByOther',
  'DrivenByOther',
  'BudgetsOverlap',
  'NodesLackRoom',
  'DriftRepaired',
  'PartNotReady',
  'RolloutPaused',
  'InvalidSpec',
  'NotPermitted',
  'WriteFailed',
] as const;
export type EventReason = (typeof EVENT_REASONS)[number];

export interface PlatformEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: EventReason;
  readonly message: string;
  /** Events with the same key are the same news. */
  readonly key: string;
  /** The `childKey` of the write that it tells of: it is told only once that write has gone through. */
  readonly of?: string;
}

export type CapabilityState = (typeof CAPABILITY_STATES)[number];

export interface CapabilityReport {
  readonly name: CapabilityName;
  readonly state: CapabilityState;
  readonly required: boolean;
  readonly reason: string;
  readonly message?: string;
  /** The step under way, and since when. */
  readonly step?: string;
  readonly since?: string;
  /** Attempts in a row that were taken back, of this generation of the spec, and when it is tried again. */
  readonly attempts?: number;
  readonly generation?: number;
  readonly retryAt?: string;
  /** When it was in place first. It is not taken back any more by what takes long. */
  readonly inPlaceSince?: string;
}

/** A question, and whether a step waits for the answer. */
export interface Asked {
  readonly ask: Ask;
  readonly isUrgent: boolean;
}

/** The outcome of planning one pass. */
export interface Plan {
  /** Empty when the platform is as it should be. */
  readonly actions: readonly Action[];
  /** The whole status as it should read now, conditions included. */
  readonly status: LeadPlatformStatus;
  readonly events: readonly PlatformEvent[];
  /** When to look again though nothing was seen to change. */
  readonly lookAgainAt?: Instant;
  /** Something is about to be begun, and `Snapshot.room` is not known: look, and plan again, before it is carried out. */
  readonly begins: boolean;
  /** Questions that capabilities have to the things themselves. */
  readonly asks: readonly Asked[];
  /** Stores to measure in place of those of the spec. */
  readonly measures: MeasuredStores;
}

export interface PlanInput {
  readonly snapshot: Snapshot;
  readonly decision: Decision;
  /** What comes before the next rung, or after this one. */
  readonly passage?: Passage | undefined;
  readonly now: Instant;
}

export type { Condition, LeadPlatformStatus };
