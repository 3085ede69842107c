/** Where a capability is put in place: all that it may look at. Data, and functions of that data. */
import type { CapabilityName } from '../../api/names.ts';
import type { LeadPlatformSpec } from '../../api/schema/leadplatform.ts';
import type { Decision } from '../../model/decision.ts';
import type { Observed } from '../../cluster/observed.ts';
import type { TransitionState } from '../../transition/transition.ts';
import type { CapabilityState } from './report.ts';
import type { ChildKind, KubeObject, PlatformIdentity } from '../../kube/object.ts';
import type { Instant } from '../../model/reading.ts';
import type { ProbeResult, Probe, FactsOf } from '../../probes/probe.ts';

export interface CapabilityContext {
  readonly platform: PlatformIdentity;
  readonly spec: LeadPlatformSpec;
  readonly decision: Decision;
  readonly observed: Observed;
  readonly transitionState: TransitionState;
  readonly now: Instant;
  /** Called for, with consent, and not taken back. False: what is left of it is to go, in order. */
  readonly wanted: boolean;
  /** Where it holds data and is to go: somebody has confirmed that the data may go too. */
  readonly mayLoseData: boolean;
  /** Whether another capability is wanted. */
  readonly isWanted: (name: CapabilityName) => boolean;
  /** Whether a capability that comes earlier in the ladder is Ready or External. */
  readonly isInPlace: (name: CapabilityName) => boolean;
  /** How far a capability is that comes earlier in the ladder; undefined where it is not called for. */
  readonly stateOf: (name: CapabilityName) => CapabilityState | undefined;
  /** Whether the cluster knows a kind of another operator, like `RabbitmqCluster`. */
  readonly serves: (kind: ChildKind) => boolean;
  /** An object of the platform's as it is now, what holds data included. */
  readonly live: (kind: ChildKind, name: string) => KubeObject | undefined;
  /** An object of somebody else that the spec names. */
  readonly other: (kind: ChildKind, name: string) => KubeObject | undefined;
  /** The image that the operator itself runs, where it was told. */
  readonly operatorImage: string | undefined;
  /** What the thing said when it was last asked; undefined until it has been. */
  readonly probeResult: <P extends Probe>(probe: P) => ProbeResult<FactsOf<P>> | undefined;
}
