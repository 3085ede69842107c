/** What is told of Pods that no Node has room for. It holds nothing up: where an autoscaler adds Nodes there is never room before. */
import { type ContainerDefaults, type ContainerResources, withDefaults } from '../../kube/limit-range.ts';
import { nodesShortfall, runsPods } from '../../cluster/node-headroom.ts';
import type { Observed } from '../../cluster/observed.ts';
import { componentOfName } from '../../kube/names.ts';
import { childKey, type KubeObject } from '../../kube/object.ts';

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
    const { replicas = 1 } = (object['spec'] ?? {}) as { replicas?: number };
    const { readyReplicas = 0 } = (own.get(childKey(object))?.object['status'] ?? {}) as {
      readyReplicas?: number;
    };
    return readyReplicas >= replicas;
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
  const { template, ...rest } = (object['spec'] ?? {}) as Workload;
  if (defaults.length === 0 || template?.spec === undefined) return object;
  const containers = (template.spec.containers ?? []).map((container) => ({
    ...container,
    resources: withDefaults(container.resources, defaults),
  }));
  return { ...object, spec: { ...rest, template: { ...template, spec: { ...template.spec, containers } } } };
}

interface Workload {
  readonly template?: {
    readonly spec?: { readonly containers?: readonly { readonly resources?: ContainerResources }[] };
  };
}
