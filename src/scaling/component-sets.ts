/**
 * The components of a spec, worked out once: a spec does not change after it was parsed, and it is asked at every decision. All
 * platforms that say the same of their components and budgets have one answer.
 */
import { componentsOf, workerComponents, type Component, type WorkerComponent } from '../api/components.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import { connectionsPerReplica } from './connections.ts';

/** Whether a component is the workers of one queue, sync among them. */
export function isWorkers(component: Component): component is WorkerComponent {
  return component.role === 'sync' || component.role === 'queue';
}

export interface ComponentSets {
  readonly workers: readonly WorkerComponent[];
  /** Ingest, sync, and the workers of each other queue. */
  readonly apart: readonly Component[];
  /** The one pod that does it all. */
  readonly together: readonly Component[];
  /** Database connections that one replica of each component may hold, whichever way the platform is cut. */
  readonly connectionsByComponent: ReadonlyMap<string, number>;
}

/** By budgets as well: what bounds the components is worked out once for each of these sets, and looks at both. */
const known = new WeakMap<
  LeadPlatformSpec['components'],
  WeakMap<LeadPlatformSpec['budgets'], ComponentSets>
>();

export function componentSetsOf(spec: LeadPlatformSpec): ComponentSets {
  let byBudgets = known.get(spec.components);
  if (byBudgets === undefined) known.set(spec.components, (byBudgets = new WeakMap()));
  let sets = byBudgets.get(spec.budgets);
  if (sets === undefined) {
    const apart = componentsOf(spec, true);
    const together = componentsOf(spec, false);
    const every = [...apart, ...together];
    sets = {
      workers: workerComponents(spec),
      apart,
      together,
      connectionsByComponent: new Map(
        every.map((component) => [component.name, connectionsPerReplica(component)]),
      ),
    };
    byBudgets.set(spec.budgets, sets);
  }
  return sets;
}
