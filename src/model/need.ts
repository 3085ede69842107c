/** What components need, and since when that has been more than the ceilings of a tier carry. Data only. */
import type { Instant } from './reading.ts';

/** What one component needs, by its queue or by the leads that come. A response time that is too high is no need: it is a health signal. */
export interface Need {
  /** `ingest`, `sync` or `queue-<name>`, whichever way the platform is cut. */
  readonly name: string;
  /** Replicas that its objective takes, jobs that wait among them. */
  readonly replicas: number;
  /** Replicas that what comes keeps busy, whatever waits. */
  readonly load: number;
}

/** The needs of one look. Who has no source is in neither list. */
export interface Needs {
  readonly known: readonly Need[];
  /** Components whose signal did not answer. */
  readonly silent: readonly string[];
}

/** In place of a component: all workers together. */
export const ALL_WORKERS = 'workers';

/** A need that was more than the ceilings of a tier carry. */
export interface AboveTier {
  /** The component that needed more, or `ALL_WORKERS`. */
  readonly of: string;
  /** When it was last seen to, within a minute. */
  readonly until: Instant;
  /** Since when without a break; absent once the tier carries it again. */
  readonly since?: Instant;
  /** Since when what comes is more by itself, whatever waits. */
  readonly loadSince?: Instant;
}

/** The earlier of two that are equal, so that what follows from it need not be worked out again. */
export function earlierIfEqual(before: Needs | undefined, after: Needs): Needs {
  if (before === undefined) return after;
  const { known, silent } = after;
  const isEqual =
    known.length === before.known.length &&
    silent.length === before.silent.length &&
    silent.every((name, index) => name === before.silent[index]) &&
    known.every(({ name, replicas, load }, index) => {
      const one = before.known[index]!;
      return one.name === name && one.replicas === replicas && one.load === load;
    });
  return isEqual ? before : after;
}
