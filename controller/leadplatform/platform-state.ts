/** What the operator keeps of each platform between two passes. Forgotten with the platform. */
import type { LeadPlatformSpec } from '../../src/api/schema/leadplatform.ts';
import type { Admission } from '../../src/api/admit.ts';
import type { SignalStores } from '../../src/capabilities/contract/contribution.ts';
import type { Decision, History } from '../../src/model/decision.ts';
import type { LastWrite, WriteFailure } from '../../src/cluster/snapshot.ts';
import type { Headroom } from '../../src/cluster/headroom.ts';
import type { MeasuredSpec } from '../../src/sources/index.ts';
import type { JobEndsState } from './job-ends.ts';
import type { PodDiagnosesState } from './pod-diagnosis.ts';

export interface PlatformState {
  readonly uid: string;
  /** The spec as admitted, for the generation that it was admitted from. */
  admission: { readonly generation: number; readonly result: Admission } | undefined;
  /** Undefined until what was known before has been read. */
  history: History | undefined;
  /** The source of leads/day whose past has been read, or is being read. */
  pastReadFrom: string | undefined;
  /** The last decision, with the live numbers. */
  decision: Decision | undefined;
  /** The last write of each child that went through, by `childKey`. */
  lastWrites: ReadonlyMap<string, LastWrite>;
  /** Writes that were refused, and stand refused. */
  failures: readonly WriteFailure[];
  /** When a refused write is tried again, by `childKey`. */
  held: Readonly<Record<string, HeldWrite>>;
  /** What the containers of its Jobs came to; undefined until the first look. */
  jobEnds: JobEndsState | undefined;
  /** What its pods said; undefined until the first look. */
  troubles: PodDiagnosesState | undefined;
  /** What there was room for when a transition was about to begin. */
  headroom: Headroom | undefined;
  /** The spec with the stores that the platform has moved to, as it was last measured; with the spec that it came from. */
  measured:
    | {
        readonly from: LeadPlatformSpec;
        readonly text: string;
        readonly stores: SignalStores;
        readonly spec: MeasuredSpec;
      }
    | undefined;
  /** When a status was last written, in ms since the epoch. */
  statusWrittenAt: number | undefined;
  /** Since when all that its status lacks is a signal that waits to be compared. */
  statusSettlingSince: number | undefined;
  /** When the history was last kept, or refused, and what. */
  kept:
    | {
        readonly at: number;
        readonly text: string;
        /** See `History`. */
        readonly dataUpTo: string | undefined;
        readonly refusal?: WriteFailure;
      }
    | undefined;
  /** Failures of passes that were logged, so that each is logged once, also where several take turns. */
  loggedFailures: ReadonlySet<string>;
  /** The last failure to read the past that was logged. */
  lastPastFailure: string | undefined;
}

/** A write that was refused, so many times in a row. */
export interface HeldWrite {
  readonly fingerprint: string;
  readonly attempt: number;
  readonly until: number;
}

/** Everything that is refused: children, and the history. */
export function refusals({
  failures,
  kept,
}: Pick<PlatformState, 'failures' | 'kept'>): readonly WriteFailure[] {
  return kept?.refusal === undefined ? failures : [...failures, kept.refusal];
}

/** Nothing has failed, or it is over. */
export const NONE_LOGGED: ReadonlySet<string> = new Set();

export class PlatformStates {
  readonly #byKey = new Map<string, PlatformState>();

  /** The memory of this very object; a new one of the same name starts empty. */
  of(key: string, uid: string): PlatformState {
    const state = this.#byKey.get(key);
    if (state?.uid === uid) return state;
    const empty: PlatformState = {
      uid,
      admission: undefined,
      history: undefined,
      pastReadFrom: undefined,
      decision: undefined,
      lastWrites: new Map(),
      failures: [],
      held: {},
      jobEnds: undefined,
      troubles: undefined,
      headroom: undefined,
      measured: undefined,
      statusWrittenAt: undefined,
      statusSettlingSince: undefined,
      kept: undefined,
      loggedFailures: NONE_LOGGED,
      lastPastFailure: undefined,
    };
    this.#byKey.set(key, empty);
    return empty;
  }

  get(key: string): PlatformState | undefined {
    return this.#byKey.get(key);
  }

  forget(key: string): void {
    this.#byKey.delete(key);
  }

  entries(): IterableIterator<[string, PlatformState]> {
    return this.#byKey.entries();
  }
}
