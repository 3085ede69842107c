/** What is measured: a spec, with where its queues are once they have moved. */
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import type { Signals } from '../api/schema/signals.ts';
import type { QueueStore } from '../capabilities/contract/contribution.ts';

export type MeasuredSpec = LeadPlatformSpec & { readonly stores: { readonly queues?: QueueStore } };

/** The kinds of sources that read queues. */
type QueueKind = keyof Signals['queueDepth'];

/**
 * Queues are in one place: where the platform has moved them, else where the spec says. What it says of Redis is also how
 * the application writes its queues there, so any other kind goes before it.
 */
export function queuesAreIn({ stores, signals }: MeasuredSpec): QueueKind {
  const places: Readonly<Partial<Record<QueueKind, unknown>>> = stores.queues ?? signals.queueDepth;
  const kinds = Object.keys(places) as QueueKind[];
  return kinds.find((kind) => kind !== 'redis' && places[kind] !== undefined) ?? 'redis';
}
