/** The parts of a spec, worked out once: a spec does not change after it was parsed, and it is asked at every decision. */
import { partsOf, workerParts, type Part, type WorkerPart } from '../api/parts.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import { connectionsPerReplica } from './connections.ts';

/** Whether a part is the workers of one queue, sync among them. */
export function isWorkers(part: Part): part is WorkerPart {
  return part.role === 'sync' || part.role === 'queue';
}

export interface ComponentSets {
  readonly workers: readonly WorkerPart[];
  /** Ingest, sync, and the workers of each other queue. */
  readonly apart: readonly Part[];
  /** The one pod that does it all. */
  readonly together: readonly Part[];
  /** Database connections that one replica of each part may hold, whichever way the platform is cut. */
  readonly connectionsByComponent: ReadonlyMap<string, number>;
}

const casts = new WeakMap<LeadPlatformSpec, ComponentSets>();

export function componentSetsOf(spec: LeadPlatformSpec): ComponentSets {
  let cast = casts.get(spec);
  if (cast === undefined) {
    const apart = partsOf(spec, true);
    const together = partsOf(spec, false);
    const every = [...apart, ...together];
    cast = {
      workers: workerParts(spec),
      apart,
      together,
      connectionsByComponent: new Map(every.map((part) => [part.name, connectionsPerReplica(part)])),
    };
    casts.set(spec, cast);
  }
  return cast;
}
