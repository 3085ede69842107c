/**
 * The port behind which every source stands. A source reads a few signals together, at its own interval, and never
 * throws: what goes wrong is a reading that is unknown, with a reason. The instant that a query asks about is an argument.
 */
import type { OptionalRead } from '../model/optional-read.ts';
import type { Instant } from '../model/reading.ts';
import type { Readings } from '../model/readings.ts';

/** What one poll of a source found. Absent keys are signals that it does not read. */
export type Observation = Partial<Readings>;

export interface Source {
  /** For logs and metrics: `postgres:leadsPerDay`, `redis:queues`. */
  readonly name: string;
  /** Milliseconds between two polls. */
  readonly interval: number;
  /** The signals that a poll answers for, whether it finds them or not. */
  readonly reads: readonly SignalKey[];
  /** With `queues` among `reads`: their names, as the application writes them. */
  readonly queues?: readonly string[];
  /** Reads once. Ends early, with unknown readings, when the signal aborts. */
  poll(now: Instant, signal: AbortSignal): Promise<Observation>;
  /** Gives back what it holds of shared connections. A poll afterwards finds nothing. */
  close?(): void;
}

export type SignalKey = keyof Observation;

/** Reads a Secret of the platform's own namespace: key → value. `undefined` when there is none. */
export type ReadSecret = (
  name: string,
  signal: AbortSignal,
) => Promise<Readonly<Record<string, string>> | undefined>;

/** CPU and memory of one container of a platform, in cores and bytes, beside its limit and request. */
export interface ContainerUsage {
  readonly pod: string;
  readonly container: string;
  readonly at: Instant;
  readonly cpu: { readonly used: number; readonly limit?: number; readonly request?: number };
  readonly memory: { readonly used: number; readonly limit?: number; readonly request?: number };
}

/** Reads the metrics API for the pods of a platform. */
export type ReadUsage = (signal: AbortSignal) => Promise<OptionalRead<readonly ContainerUsage[]>>;
