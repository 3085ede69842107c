/** What a decision is made from, and what it says. Data only: no clock, no cluster. */
import type { CapabilityName } from '../api/names.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import type { ScalingLimit } from './scaling-limit.ts';
import type { Learned } from './learned.ts';
import type { DueNeed, QueueNeed } from './need.ts';
import type { PodStarts, QueueFlow } from './queue-history.ts';
import type { DayCounts, LeadFlow, QueueWitness } from './witness.ts';
import type { Instant, UnknownReason } from './reading.ts';
import type { Readings } from './readings.ts';

/** A component as it runs now. */
export interface ObservedComponent {
  /** `all-in-one`, `ingest`, `sync` or `queue-<name>`. */
  readonly name: string;
  /** Replicas that its Deployment asks for now. */
  readonly desiredReplicas: number;
  readonly readyReplicas: number;
  /** An autoscaler of somebody else that drives it, like `HorizontalPodAutoscaler/brain-ingest`. */
  readonly drivenBy?: string;
  /** Its pods of the new template do not come up, and those of the one before serve: why, as the middle of a sentence. */
  readonly stuck?: string;
}

/** A tier that the platform is held on: the way to another one did not come off, or something comes before it. */
export interface TierLock {
  readonly tier: string;
  /** Whether queue workers run apart from the web side; a tier of the same shape is not held up then. */
  readonly separate?: boolean;
  /** Since when it has been on that tier: going to another one and coming back does not count. */
  readonly since?: Instant;
  /** The tier that it was going to. */
  readonly due: string;
  /** When it is tried again. Left out: nothing failed, and it goes on once what comes before it is done. */
  readonly until?: Instant;
  /** What is waited for where nothing failed. Default: a hook. */
  readonly rule?: Extract<TierRule, 'WaitingForHook' | 'WaitingForData'>;
  /** What did not come up, or is waited for, as the middle of a sentence. */
  readonly why: string;
}

/** Everything that one decision looks at. */
export interface DecideInput {
  readonly spec: LeadPlatformSpec;
  readonly readings: Readings;
  /** Components that exist; a component that has no Deployment yet is missing. */
  readonly components: readonly ObservedComponent[];
  /** Names of components that another autoscaler is for, whether they exist now or not. */
  readonly autoscaled?: readonly string[];
  /** Capabilities that a person confirmed by annotation. */
  readonly confirmed: ReadonlySet<string>;
  /** Capabilities that are in place already. */
  readonly inPlace?: ReadonlySet<string>;
  /** A transition that was taken back and is not tried again yet. */
  readonly hold?: TierLock | undefined;
  /** The times in the history are made up, as for a rehearsal: no sentence names one of them. */
  readonly isRehearsed?: boolean;
}

/** The lowest and highest leads/day that was observed during `[start, until]`. */
export interface LoadSlot {
  readonly start: Instant;
  readonly until: Instant;
  readonly low: number;
  readonly high: number;
}

/** The most replicas that were wanted during `[start, until]`. */
export interface WantedSlot {
  readonly start: Instant;
  readonly until: Instant;
  readonly most: number;
}

/**
 * What the last decision knew and the next one needs. It never grows beyond its bounds. `load`, `sizes`, `tier`,
 * `tierSince`, `raisedOver`, `dataUpTo`, `required`, `connections`, needs that lasted and what was learned outlive the process (see `persistedHistory`); the rest starts again, and
 * holds until its window is full.
 */
export interface History {
  readonly tier?: string;
  /** When the platform came onto its tier. */
  readonly tierSince?: Instant;
  /** The tier that leads/day asked for when a red signal or a need raised the platform above it, as long as it still does. */
  readonly raisedOver?: string | undefined;
  /** The tier up to which there is what holds data, since a need raised the platform above it; until it climbs by anything else. */
  readonly dataUpTo?: string | undefined;
  /** What the jobs that come need, by the name of their queue. */
  readonly needs?: Readonly<Record<string, QueueNeed>> | undefined;
  /** A need that waits for a window. */
  readonly needDue?: DueNeed | undefined;
  /** Leads/day, oldest first, over the look-back of a descent. */
  readonly load: readonly LoadSlot[];
  /** Since when each signal has been red without a break. By signal name. */
  readonly redSince: Readonly<Record<string, Instant>>;
  /** Capabilities that were brought ahead of their tier because the load requires them. */
  readonly required: readonly CapabilityName[];
  /** The size of the database, at most one a day, for its projection. */
  readonly sizes: readonly { readonly at: Instant; readonly value: number }[];
  /** What others than our replicas hold of the database's connections, and what it allows, when both were last known. */
  readonly connections?: { readonly others: number; readonly allowed: number; readonly at: Instant };
  /** Replicas that were wanted, by component, over the scale-down window. */
  readonly wanted: Readonly<Record<string, readonly WantedSlot[]>>;
  /** What is known of the flow through each queue, by its name. */
  readonly queues: Readonly<Record<string, QueueFlow>>;
  /** What an earlier process had learned, for whatever this one has not seen yet. */
  readonly learned?: Learned;
  /** The Pods of each component that are not ready yet, and how long they take, by its name. */
  readonly starts: Readonly<Record<string, PodStarts>>;
  /** What the looks at each queue are held against, by its name. */
  readonly witnesses: Readonly<Record<string, QueueWitness>>;
  /** How many leads come, as leads/minute tells; absent until it did. */
  readonly leads?: LeadFlow | undefined;
  /** The last counts of leads/day; absent until there was one. */
  readonly dayCounts?: DayCounts | undefined;
  /** Since when the web side has had all of its replicas ready, so that its signals speak of that many. */
  readonly stable?: { readonly component: string; readonly replicas: number; readonly since: Instant };
  /** What limited each component last, and when, by component; forgotten a scale-down window after it last did. */
  readonly limits?:
    Readonly<Record<string, { readonly limit: ScalingLimit; readonly at: Instant }>> | undefined;
  /** Since when the web side has been under pressure without a break, all of its replicas being ready. */
  readonly overloadedSince?: Instant;
}

export type Band = 'green' | 'yellow' | 'red';

/** A signal as it goes into a decision and out to a person. */
export interface SignalView {
  readonly name: string;
  readonly unit: 'count' | 'ms' | 's' | 'B' | '%';
  readonly value?: number;
  readonly at?: Instant;
  readonly band?: Band;
  readonly unknown?: UnknownReason;
  readonly message?: string;
}

/** Why the tier is what it is. Fixed words, one for every outcome. */
export type TierRule =
  | 'FirstTier'
  | 'Pinned'
  | 'Paused'
  | 'LoadSustained'
  | 'HealthRed'
  | 'NeedSustained'
  | 'NeedRemembered'
  | 'QuietLongEnough'
  | 'AtTarget'
  | 'NotSustainedYet'
  | 'WaitingBetweenTiers'
  | 'BusyDayRemembered'
  | 'HistoryTooShort'
  | 'LoadUnknown'
  | 'OutsideWindow'
  | 'RolledBack'
  | 'WaitingForHook'
  | 'WaitingForData'
  | 'Bounded';

export interface TierDecision {
  readonly from: string;
  /** The tier to stand on now. */
  readonly to: string;
  /** Where sustained load points, before windows and one-tier-at-a-time. */
  readonly target: string;
  readonly rule: TierRule;
}

/** Why a component has its size. Fixed words, one for every outcome. */
export type ScaleRule =
  | 'ArrivalRate'
  | 'Backlog'
  | 'PredictedWait'
  | 'LeadsPerMinute'
  | 'ResponseTime'
  | 'Cpu'
  | 'BusyWorkers'
  | 'Ceiling'
  | 'Floor'
  | 'SignalUnknown'
  | 'ScaleDownWindow'
  | 'WindowNotSeen'
  | 'RolloutStuck'
  | 'Pinned'
  | 'DrivenByOther'
  | 'Steady';

export interface ComponentDecision {
  readonly name: string;
  /** Replicas to write. */
  readonly replicas: number;
  /** Replicas that the signals ask for, before any bound. */
  readonly wanted: number;
  /** Replicas that its floor keeps beyond those that the signals ask for: what the floor costs. Absent where it keeps none. */
  readonly beyondNeed?: number;
  /** What keeps it from the replicas that the signals ask for, now or within the scale-down window. */
  readonly limit?: ScalingLimit;
  readonly rule: ScaleRule;
  /** What bounded it, in sentences. */
  readonly clamps: readonly string[];
  /** One sentence with its numbers, and what changed. */
  readonly reason: string;
  /** The same without what changed: true for as long as the size holds. */
  readonly standing: string;
}

/** A capability that the tier, or the load by itself, calls for. */
export interface CapabilityDecision {
  readonly name: CapabilityName;
  /** The load breaks the platform without it. */
  readonly required: boolean;
  /** Whether it may be put in place now, or who is to say so. */
  readonly consent: 'Given' | 'Awaited' | 'Declined';
}

/** The whole of one decision. */
export interface Decision {
  readonly at: Instant;
  readonly tier: TierDecision;
  /** Whether queue workers run apart from the web side. */
  readonly separate: boolean;
  readonly capabilities: readonly CapabilityDecision[];
  readonly components: readonly ComponentDecision[];
  readonly signals: readonly SignalView[];
  /** Why, in sentences, the most important first; also why nothing changed. */
  readonly reasons: readonly string[];
  readonly clamps: readonly string[];
  /** What the next decision needs. */
  readonly history: History;
  /** When waiting alone could change the outcome; absent when only a new reading can. */
  readonly requeueAt?: Instant;
}
