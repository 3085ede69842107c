/** What is told of Pods that no Node has room for. It holds nothing up: where an autoscaler adds Nodes there is never room before. */
import { type ContainerDefaults, withDefaults } from '../../kube/limit-range.ts';
import { nodesShortfall, runsPods } from '../../cluster/node-headroom.ts';
import type { Observed } from '../../cluster/observed.ts';
import { componentOfName } from '../../kube/names.ts';
import { childKey, type KubeObject } from '../../kube/object.ts';
import { askedReplicas, containersOf, podTemplateOf, replicaCounts } from '../../kube/workload.ts';

/**
 * What of the pods of the new side, or of a capability, no node has room for. Told for as long as they are waited for and
 * the look counts. Once pods tell themselves why they do not come up, they know better.
 */
export function crowdedOut(
  { snapshot: { platform, headroom, troubles }, own }: Observed,
  objects: readonly KubeObject[],
): string | undefined {
  if (headroom?.nodes === undefined) return undefined;
  const isTold = ({ metadata: { name } }: KubeObject) =>
    Object.hasOwn(troubles, componentOfName(platform.name, name));
  const isThere = (object: KubeObject) => {
    const live = own.get(childKey(object))?.object;
    return (live === undefined ? 0 : replicaCounts(live).ready) >= askedReplicas(object);
  };
  const running = objects.filter(runsPods);
  if (running.some(isTold) || running.every(isThere)) return undefined;
  return nodesShortfall(
    running.map((object) => asMade(object, headroom.defaults ?? [])),
    headroom.nodes,
  );
}

/** With what its containers have once its pods are made. */
function asMade(object: KubeObject, defaults: readonly ContainerDefaults[]): KubeObject {
  const template = podTemplateOf(object);
  if (defaults.length === 0 || template.spec === undefined) return object;
  const containers = containersOf(object).map((container) => ({
    ...container,
    resources: withDefaults(container.resources, defaults),
  }));
  const spec = { ...template.spec, containers };
  return { ...object, spec: { ...(object['spec'] as object), template: { ...template, spec } } };
}
