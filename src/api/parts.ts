/**
 * The parts of a platform by name. On the lowest tiers there is one, `all-in-one`; once queue workers are separate there
 * are `ingest`, `sync`, and `queue-<name>` for each other queue.
 */
import type { Ingest, Queue, Sync } from './schema/components.ts';
import { queueSlug } from './schema/primitives.ts';
import type { Service } from './schema/capabilities/microservices.ts';
import type { LeadPlatformSpec } from './schema/leadplatform.ts';

export interface AllInOnePart {
  readonly role: 'all-in-one';
  readonly name: 'all-in-one';
  readonly ingest: Ingest;
  readonly workers: readonly WorkerPart[];
}

export interface IngestPart {
  readonly role: 'ingest';
  readonly name: 'ingest';
  readonly ingest: Ingest;
}

/** Workers of one queue. Sync is the workers whose jobs talk to Vici. */
export interface WorkerPart {
  readonly role: 'sync' | 'queue';
  readonly name: string;
  readonly queue: string;
  /** Only for sync: calls to the API of Vici that one job makes. */
  readonly apiCallsPerJob?: number;
  readonly settings: Omit<Queue, 'name'>;
}

export type Part = AllInOnePart | IngestPart | WorkerPart;

/** A service that is split off. No part of the platform: a capability adds it, and sizes it after the web side. */
export interface ServicePart {
  readonly role: 'service';
  /** `service-<name>`. */
  readonly name: string;
  readonly service: Service;
  /** The part whose variables it gets too: the web side, whose code it runs. */
  readonly like: string;
}

/** `sync`, with what an entry of `queues` of the same name says about its queue. */
function syncPart(sync: Sync, queues: readonly Queue[]): WorkerPart {
  const { queue, capacity, ...settings } = sync;
  const tuned = queues.find(({ name }) => name === queue);
  return {
    role: 'sync',
    name: 'sync',
    queue,
    apiCallsPerJob: capacity.apiCallsPerJob,
    settings: tuned ?? { ...settings, capacity: { jobsPerMinute: capacity.jobsPerMinute } },
  };
}

/** The workers of every queue: sync first, then the others in the order of the spec. */
export function workerParts({ components }: LeadPlatformSpec): readonly WorkerPart[] {
  const { sync, queues } = components;
  return [
    syncPart(sync, queues),
    ...queues
      .filter(({ name }) => name !== sync.queue)
      .map((queue): WorkerPart => ({
        role: 'queue',
        name: `queue-${queueSlug(queue.name)}`,
        queue: queue.name,
        settings: queue,
      })),
  ];
}

/** The parts that run: one pod with everything, or each by itself. */
export function partsOf(spec: LeadPlatformSpec, separate: boolean): readonly Part[] {
  const workers = workerParts(spec);
  const { ingest } = spec.components;
  return separate
    ? [{ role: 'ingest', name: 'ingest', ingest }, ...workers]
    : [{ role: 'all-in-one', name: 'all-in-one', ingest, workers }];
}
