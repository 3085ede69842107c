/** What planning is made from, and what it gives: actions as data, carried out elsewhere. */
import type { SignalStores } from '../capabilities/contract/contribution.ts';
import type { LeadPlatformStatus } from '../api/schema/status.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import type { Adjustment } from '../kube/adjustment.ts';
import type { KubeObject } from '../kube/object.ts';
import type { Decision } from '../model/decision.ts';
import type { Instant } from '../model/reading.ts';
import type { Probe } from '../probes/probe.ts';
import type { EventReason } from './status/event-reasons.ts';
import type { HookGate } from './transition/hook-gate.ts';

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

export interface PlatformEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: EventReason;
  readonly message: string;
  /** Events with the same key are the same news. */
  readonly key: string;
  /** The `childKey` of the write that it tells of: it is told only once that write has gone through. */
  readonly of?: string;
}

/** A question, and whether a step waits for the answer. */
export interface RequestedProbe {
  readonly probe: Probe;
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
  readonly requeueAt?: Instant;
  /** Something is about to be begun, and `Snapshot.headroom` is not known: read it, and draft again, before it is carried out. */
  readonly begins: boolean;
  /** Questions that capabilities have to the things themselves. */
  readonly probes: readonly RequestedProbe[];
  /** Stores to measure in place of those of the spec. */
  readonly signalStores: SignalStores;
}

export interface PlanInput {
  readonly snapshot: Snapshot;
  readonly decision: Decision;
  /** What comes before the next tier, or after this one. */
  readonly hookGate?: HookGate | undefined;
  readonly now: Instant;
}
