/** How far each capability is once a decision has been carried out, in a world where every pod becomes Ready. */
import { askedReplicas } from '../kube/workload.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import type { LeadPlatformStatus } from '../api/schema/status.ts';
import type { Decision } from '../model/decision.ts';
import { plan } from '../plan/plan.ts';
import { childKey } from '../kube/object.ts';
import type { Action } from '../plan/types.ts';
import type { KubeObject } from '../kube/object.ts';
import { NOTHING_AROUND, type ObservedChild, type Snapshot } from '../cluster/snapshot.ts';
import type { Instant } from '../model/reading.ts';
import type { Platform } from './manifest.ts';

/** Without the times at which it came about: nothing of it has. */
export type CapabilityView = Omit<
  NonNullable<LeadPlatformStatus['capabilities']>[number],
  'since' | 'inPlaceSince'
>;

/** Passes after which the plan of a new platform has nothing left to write; a transition takes a few. */
const MOST_PASSES = 20;

/** A Deployment whose pods are all there and Ready. */
function alive(object: KubeObject): KubeObject {
  if (object.kind !== 'Deployment') return object;
  const replicas = askedReplicas(object);
  return {
    ...object,
    metadata: { ...object.metadata, generation: 1 },
    status: {
      observedGeneration: 1,
      replicas,
      readyReplicas: replicas,
      updatedReplicas: replicas,
      availableReplicas: replicas,
    },
  };
}

/** Does to the children what the action says. @param grown What becomes of an object once it is written. */
export function carryOut(
  children: Map<string, ObservedChild>,
  action: Action,
  grown: (object: KubeObject) => KubeObject = alive,
): void {
  // What is somebody else's is not there offline.
  if (action.do === 'adjust') return;
  const key = childKey(action.object);
  if (action.do === 'delete') children.delete(key);
  else {
    const metadata = { ...action.object.metadata, uid: `uid-${key}` };
    children.set(key, { object: grown({ ...action.object, metadata }), replicasOwnedByOther: false });
  }
}

/** With a Redis to ask, the depth of each queue is known on a cluster, whatever was set here. */
function withSources(decision: Decision, { stores, signals }: LeadPlatformSpec): Decision {
  if (stores.redis === undefined && signals.queueDepth.redis === undefined) return decision;
  const answered = decision.signals.map((signal) =>
    signal.value === undefined && signal.name.startsWith('queueDepth.')
      ? { name: signal.name, unit: signal.unit, value: 0 }
      : signal,
  );
  return { ...decision, signals: answered };
}

/** What status would say of the capabilities in the end. */
export function capabilitiesInTheEnd(
  platform: Platform,
  decision: Decision,
  now: Instant,
): readonly CapabilityView[] {
  const answered = withSources(decision, platform.spec);
  const children = new Map<string, ObservedChild>();
  let status: LeadPlatformStatus = {};
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    const snapshot: Snapshot = {
      platform: {
        name: platform.name,
        namespace: platform.namespace ?? 'default',
        uid: 'uid-platform',
        generation: 1,
        annotations: {},
      },
      // Recommend and Paused write nothing; what would come of it is the same.
      spec: { ...platform.spec, mode: 'Auto' },
      status,
      children: [...children.values()],
      ...NOTHING_AROUND,
    };
    const planned = plan({ snapshot, decision: answered, now });
    ({ status } = planned);
    if (planned.actions.length === 0) break;
    for (const action of planned.actions) carryOut(children, action);
  }
  return (status.capabilities ?? []).map(({ since: _since, inPlaceSince: _inPlaceSince, ...view }) => view);
}
