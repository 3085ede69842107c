/** All that was measured of one platform at one moment. */
import type { Reading } from './reading.ts';
import type { ScalarName } from '../api/signals.ts';

/** One queue, as Laravel keeps it. `size()` is what `Queue::size` counts; workers are sized on `ready`. */
export interface QueueReading {
  /** Jobs that a worker could take now: listed, due, or expired. */
  readonly ready: number;
  /** Jobs that a worker holds. */
  readonly inFlight: number;
  /** Jobs that are not due yet. */
  readonly delayed: number;
  /** Seconds that the oldest ready job has waited; absent when the payload does not tell. */
  readonly oldestAgeSeconds?: number;
  /** Seconds for which the first ready job has been the first, at least: no job was picked up meanwhile. Absent when nobody tells. */
  readonly firstForSeconds?: number;
  /** Seconds after which the application gives a job that is worked on to another worker, at most; absent until it was seen. */
  readonly retryAfterSeconds?: number;
}

export interface ConnectionsReading {
  /** Client connections in use, by everybody. */
  readonly used: number;
  /** Connections that the server allows to ordinary roles. */
  readonly allowed: number;
}

export function queueSize({ ready, inFlight, delayed }: QueueReading): number {
  return ready + inFlight + delayed;
}

/** Base units: counts, milliseconds, bytes, per cent. */
export interface Readings extends Readonly<Record<ScalarName, Reading>> {
  readonly databaseConnections: Reading<ConnectionsReading>;
  /** By queue name, as the application writes it. */
  readonly queues: Readonly<Record<string, Reading<QueueReading>>>;
}
