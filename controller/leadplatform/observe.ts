/** One frozen look at a platform: everything that deciding and planning will use, gathered once. */
import { replicaCounts } from '../../src/kube/workload.ts';
import { inTodaysNames } from '../../src/api/earlier-names.ts';
import type { LeadPlatformSpec } from '../../src/api/schema/leadplatform.ts';
import { componentsOf } from '../../src/api/components.ts';
import type { ObservedComponent } from '../../src/model/decision.ts';
import { stuckRollout } from '../../src/cluster/observed.ts';
import type { Snapshot } from '../../src/cluster/snapshot.ts';
import type { LeadPlatformObject } from './kinds.ts';
import { historyName } from './history-store.ts';
import { refusals } from './platform-state.ts';
import type { PlatformState } from './platform-state.ts';
import type { ClusterCache } from './cluster-cache.ts';

export function observe(
  cache: ClusterCache,
  platform: LeadPlatformObject,
  spec: LeadPlatformSpec,
  state: Pick<PlatformState, 'lastWrites' | 'failures' | 'kept' | 'troubles'>,
  probeResults: Snapshot['probeResults'] = {},
): Snapshot {
  const { name, namespace = '', uid = '', generation = 0, annotations = {} } = platform.metadata;
  const children = cache
    .childrenOf(uid, `${namespace}/${name}`)
    // The operator's own memory, not a part of the platform.
    .filter(({ object }) => object.metadata.name !== historyName(name));
  const deployments = children
    .filter(({ object }) => object.kind === 'Deployment')
    .map(({ object }) => `${namespace}/${object.metadata.name}`);
  return {
    platform: { name, namespace, uid, generation, annotations },
    spec,
    status: inTodaysNames(platform.status ?? {}),
    children,
    autoscalers: cache.autoscalersOf(deployments),
    budgets: cache.budgetsOfOthers(namespace),
    lastWrites: state.lastWrites,
    failures: refusals(state),
    troubles: state.troubles?.found ?? {},
    serves: cache.served(),
    others: othersOf(cache, namespace, spec),
    probeResults,
    operatorImage: undefined,
    headroom: undefined,
  };
}

/** Objects of others that the spec names. */
function othersOf(
  cache: ClusterCache,
  namespace: string,
  { capabilities }: LeadPlatformSpec,
): Snapshot['others'] {
  const { cluster } = capabilities.readReplica;
  const found = cluster === undefined ? undefined : cache.child('Cluster', `${namespace}/${cluster}`);
  return found === undefined ? [] : [found];
}

/** Capabilities that are in place, and were not taken away since. */
export function capabilitiesInPlace({
  status: { capabilities = [] },
}: Pick<Snapshot, 'status'>): ReadonlySet<string> {
  const there = capabilities.filter(({ inPlaceSince }) => inPlaceSince !== undefined);
  return new Set(there.map(({ name }) => name));
}

/** Components that another autoscaler is for. Those of the shape that the platform does not have now count, too. */
export function autoscaledComponents({ platform, spec, autoscalers }: Snapshot): readonly string[] {
  if (autoscalers.length === 0) return [];
  const targets = new Set(autoscalers.map(({ target }) => target));
  return [...componentsOf(spec, false), ...componentsOf(spec, true)]
    .map(({ name }) => name)
    .filter((name) => targets.has(`${platform.name}-${name}`));
}

/**
 * The components that have a Deployment, as deciding sees them. The size of a component is the one that was last decided: what a
 * Deployment was changed to by hand is drift to repair, not a size to hold. After a restart, and for a component that an
 * autoscaler of somebody else drives, it is what the Deployment says.
 */
export function observedComponents(
  snapshot: Snapshot,
  { decision }: Pick<PlatformState, 'decision'>,
): ObservedComponent[] {
  const { platform, spec, children, autoscalers } = snapshot;
  const names = [...componentsOf(spec, false), ...componentsOf(spec, true)].map(
    (component) => component.name,
  );
  return names.flatMap((component) => {
    const deployment = `${platform.name}-${component}`;
    const child = children.find(
      ({ object }) => object.kind === 'Deployment' && object.metadata.name === deployment,
    );
    if (child === undefined) return [];
    const stuck = stuckRollout(snapshot, child);
    const driver = autoscalers.find(({ target }) => target === deployment);
    // Where nothing is written, what was decided before is no size that anything has.
    const decided =
      spec.mode === 'Auto'
        ? decision?.components.find(({ name }) => name === component)?.replicas
        : undefined;
    const { asked: live, ready } = replicaCounts(child.object);
    return {
      name: component,
      desiredReplicas: driver === undefined ? (decided ?? live) : live,
      readyReplicas: ready,
      ...(driver && { drivenBy: `${driver.kind}/${driver.name}` }),
      ...(stuck !== undefined && { stuck }),
    };
  });
}
