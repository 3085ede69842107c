/**
 * The parts of a platform by name. On the lowest tiers there is one, `all-in-one`; once queue workers are separate there
 * are `ingest`, `sync`, and `queue-<name>` for each other queue.
 */
import type { Ingest, Queue, Sync } from './schema/components.ts';
import { queueSlug } from './schema/primitives.ts';
import type { Service } from './schema/capabilities/microservices.ts';
import type { LeadPlatformSpec } from './schema/leadplatform.ts';

export interface AllInOneComponent {
  readonly role: 'all-in-one';
  readonly name: 'all-in-one';
  readonly ingest: Ingest;
  readonly workers: readonly WorkerComponent[];
}

export interface IngestComponent {
  readonly role: 'ingest';
  readonly name: 'ingest';
  readonly ingest: Ingest;
}

/** Workers of one queue. Sync is the workers whose jobs talk to Vici. */
export interface WorkerComponent {
  readonly role: 'sync' | 'queue';
  readonly name: string;
  readonly queue: string;
  /** Only for sync: calls to the API of Vici that one job makes. */
  readonly apiCallsPerJob?: number;
  readonly settings: Omit<Queue, 'name'>;
}

export type Component = AllInOneComponent | IngestComponent | WorkerComponent;

/** A service that is split off. No part of the platform: a capability adds it, and sizes it after the web side. */
export interface ServiceComponent {
  readonly role: 'service';
  /** `service-<name>`. */
  readonly name: string;
  readonly service: Service;
  /** The component whose variables it gets too: the web side, whose code it runs. */
  readonly like: string;
}

/** `sync`, with what an entry of `queues` of the same name says about its queue. */
function syncComponent(sync: Sync, queues: readonly Queue[]): WorkerComponent {
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
export function workerComponents({ components }: LeadPlatformSpec): readonly WorkerComponent[] {
  const { sync, queues } = components;
  return [
    syncComponent(sync, queues),
    ...queues
      .filter(({ name }) => name !== sync.queue)
      .map((queue): WorkerComponent => ({
        role: 'queue',
        name: `queue-${queueSlug(queue.name)}`,
        queue: queue.name,
        settings: queue,
      })),
  ];
}

/** The components that run: one pod with everything, or each by itself. */
export function componentsOf(spec: LeadPlatformSpec, separate: boolean): readonly Component[] {
  const workers = workerComponents(spec);
  const { ingest } = spec.components;
  return separate
    ? [{ role: 'ingest', name: 'ingest', ingest }, ...workers]
    : [{ role: 'all-in-one', name: 'all-in-one', ingest, workers }];
}
