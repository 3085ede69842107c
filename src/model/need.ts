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
  /** When it was last seen to. */
  readonly until: Instant;
  /** Since when without a break; absent once the tier carries it again. */
  readonly since?: Instant;
  /** Since when what comes is more by itself, whatever waits. */
  readonly loadSince?: Instant;
}
