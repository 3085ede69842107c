/**
 * The database's connections as a budget: never more replicas than it can take, however deep a queue is.
 *
 *     Σ replicas × connectionsPerReplica  ≤  share × allowed − others,   others = used − Σ ready × connectionsPerReplica
 */
import type { Component } from '../api/components.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import type { History, ObservedComponent } from '../model/decision.ts';
import { CLOCK_SKEW_MS } from '../signals/fresh.ts';
import { isKnown, type Reading } from '../model/reading.ts';
import type { ConnectionsReading } from '../model/readings.ts';

/** What one replica of a component may hold; an all-in-one pod holds what all of its processes may. */
export function connectionsPerReplica(component: Component): number {
  if (component.role === 'ingest') return component.ingest.connectionsPerReplica;
  if (component.role !== 'all-in-one') return component.settings.connectionsPerReplica;
  return component.workers.reduce(
    (sum, { settings }) => sum + settings.connectionsPerReplica,
    component.ingest.connectionsPerReplica,
  );
}

/** Connections of a component by its name, whichever way the platform is cut. */
export type ConnectionsByComponent = ReadonlyMap<string, number>;

/** What others than our replicas hold, as of a new reading; what was last known otherwise. */
export function observeConnections(
  last: History['connections'],
  reading: Reading<ConnectionsReading>,
  observed: readonly ObservedComponent[],
  connectionsByComponent: ConnectionsByComponent,
): History['connections'] {
  if (!isKnown(reading)) return last;
  // From before the last one; further back than clocks differ it is the last one that cannot be right.
  if (last !== undefined && reading.at <= last.at && last.at - reading.at <= CLOCK_SKEW_MS) return last;
  const { used, allowed } = reading.value;
  let ours = 0;
  for (const { name, readyReplicas } of observed)
    ours += readyReplicas * (connectionsByComponent.get(name) ?? 0);
  return { others: Math.max(0, used - ours), allowed, at: reading.at };
}

export interface ConnectionBudget {
  /** Connections that our replicas may hold together; infinite where nobody measures. */
  readonly ours: number;
  /** A clause with its numbers. */
  readonly why: string;
}

/** What is ours to use. A source that is configured and never answered leaves nothing to grow on. */
export function connectionBudget(
  { budgets }: LeadPlatformSpec,
  reading: Reading<ConnectionsReading>,
  known: History['connections'],
): ConnectionBudget {
  if (known !== undefined) {
    const share = budgets.databaseConnections;
    const ours = Math.max(0, Math.floor((known.allowed * share) / 100) - known.others);
    return {
      ours,
      why: `the database allows ${known.allowed} connections, of which ${share} % may be used and others hold ${known.others}: ${ours} are left for all replicas`,
    };
  }
  if (!isKnown(reading) && reading.unknown === 'NotConfigured') return { ours: Infinity, why: '' };
  return { ours: 0, why: 'it is not known yet how many connections the database can take' };
}
