/**
 * What a capability adds to the platform at this moment, and how far it is. Data only: whoever asks for it writes the
 * objects, changes the pods and asks the questions.
 */
import type { CapabilityName } from '../../api/names.ts';
import type { ServiceComponent, WorkerComponent } from '../../api/components.ts';
import type { PostgresStore, RabbitmqStore, RedisStore } from '../../api/schema/stores.ts';
import type { Adjustment } from '../../kube/adjustment.ts';
import type { CapabilityReport } from './report.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { Instant } from '../../model/reading.ts';
import type { EnvVar, PodShape } from '../../workloads/pod-shape.ts';
import type { Probe } from '../../probes/probe.ts';

/** How far a capability is, once it is called for and nobody has to be asked. */
export type Progress = Pick<CapabilityReport, 'state' | 'reason' | 'message'>;

/** One named step on the way, and the gate behind it. */
export interface Step {
  /** In CamelCase, like `ServerReady`; stands in the status, and says what is so once it is done. */
  readonly name: string;
  /** The gate is open: read off what exists, and off what the thing itself answers. */
  readonly done: boolean;
  /** What it waits for, as the middle of a sentence. Holds no number that moves by itself. */
  readonly waits: string;
  /**
   * What becomes of it after `transitions.readyTimeout`. `rollBack`, the default: its changes are rolled back. `block`: it is told,
   * and nothing is rolled back, because what has been done harms nobody and may be what serves. `wait`: nothing; it takes as long
   * as it takes, as the draining of a queue does.
   */
  readonly onTimeout?: 'rollBack' | 'block' | 'wait';
  /** Who has to act before the gate opens. Default: `system`. A `person` has all the time there is, and nothing is under way. */
  readonly waitsFor?: 'system' | 'person';
  /** Closed again later, as in any rolling update, it is no news: what was in place stays so. */
  readonly isSteady?: boolean;
  /** When it opens by itself. */
  readonly opensAt?: Instant;
}

/** Workers and services beside the components, for as long as they are named. Their Deployments are no parts of the platform. */
export interface ExtraComponent {
  readonly component: WorkerComponent | ServiceComponent;
  /** Left out where the number is somebody else's. */
  readonly replicas?: number;
  readonly capability: CapabilityName;
}

export type QueueStore = { readonly redis: RedisStore } | { readonly rabbitmq: RabbitmqStore };

/** Stores that the operator measures in place of those of the spec, for the platform has moved there. */
export interface SignalStores {
  /** Of the queues alone; everything else stays with `stores.redis`. */
  readonly queues?: QueueStore;
  readonly postgres?: PostgresStore;
}

/** What a capability adds now, all of it. */
export interface Contribution extends Progress {
  /** Objects that are to exist now, in the order in which they are written. One that is missing later is removed. */
  readonly objects: readonly KubeObject[];
  /** Objects that stay as they are for now, by `Kind/name`, though they are not to be: what replaces them is not ready. */
  readonly retain: readonly string[];
  readonly env: readonly EnvVar[];
  readonly pods: PodShape;
  readonly components: readonly ExtraComponent[];
  /** By component: the connection that the default command of its workers names. */
  readonly queueConnections: Readonly<Record<string, string>>;
  readonly probes: readonly Probe[];
  readonly signalStores: SignalStores;
  /** All steps in order, the ones that are done included. */
  readonly steps: readonly Step[];
  /** What holds once all steps are done; undefined where there are none. */
  readonly whenDone: Progress | undefined;
  /** Fields to write of objects of others that the spec names. */
  readonly patches: readonly Adjustment[];
  /** Objects that hold data and are to be deleted now, by `Kind/name`: somebody has confirmed it. */
  readonly deletes: readonly string[];
}

/** As a capability gives it: what it leaves out is nothing. */
export type PartialContribution = Progress & Partial<Omit<Contribution, keyof Progress>>;

const NOTHING: Omit<Contribution, keyof Progress> = {
  objects: [],
  retain: [],
  env: [],
  pods: {},
  components: [],
  queueConnections: {},
  probes: [],
  signalStores: {},
  steps: [],
  whenDone: undefined,
  patches: [],
  deletes: [],
};

export const whole = (given: PartialContribution): Contribution => ({ ...NOTHING, ...given });

export const ready = (message: string): Progress => ({ state: 'Ready', reason: 'Ready', message });
/** It is there, and run by somebody else. */
export const external = (message: string): Progress => ({ state: 'External', reason: 'External', message });
export const progressing = (reason: string, message: string): Progress => ({
  state: 'Progressing',
  reason,
  message,
});
/** It needs a person: what is missing, and what to do. */
export const blocked = (reason: string, message: string): Progress => ({ state: 'Blocked', reason, message });
/** Nothing of it is there, and nothing is to be. */
export const ABSENT: PartialContribution = { state: 'Leaving', reason: 'Absent' };

/** As far as its steps are: the first whose gate is closed, or what holds once all are open. */
export function gated(
  steps: readonly Step[],
  whenDone: Progress,
): Progress & Pick<Contribution, 'steps' | 'whenDone'> {
  const next = steps.find(({ done }) => !done);
  return {
    ...(next === undefined ? whenDone : progressing(next.name, `${next.name}: ${next.waits}.`)),
    steps,
    whenDone,
  };
}

/** The same on the way out: what is still to be done before nothing is left of it. */
export function leaving(steps: readonly Step[]): Progress & { readonly steps: readonly Step[] } {
  const next = steps.find(({ done }) => !done);
  return next === undefined
    ? { ...ABSENT, steps }
    : { state: 'Leaving', reason: next.name, message: `${next.name}: ${next.waits}.`, steps };
}
