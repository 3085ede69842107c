/** What is made, against the ResourceQuotas of the namespace. */
import { quantityValue } from '../../api/kubernetes-quantity.ts';
import { own } from '../../api/own.ts';
import type { Headroom } from '../../cluster/headroom.ts';
import { type ContainerDefaults, withDefaults } from '../../kube/limit-range.ts';
import type { KubeObject } from '../../kube/object.ts';
import { askedReplicas, containersOf } from '../../kube/workload.ts';
import type { PreflightCheck } from './check.ts';

export const quotas: PreflightCheck = ({ objects, observed }) =>
  quotaShortfall(objects, observed.snapshot.headroom);

/** What a quota has too little of for these objects, as the middle of a sentence. */
export function quotaShortfall(
  objects: readonly KubeObject[],
  headroom: Pick<Headroom, 'quotas' | 'defaults'> | undefined,
): string | undefined {
  const { quotas: all = [], defaults = [] } = headroom ?? {};
  const needs = new Map<string, number>();
  for (const object of objects) addNeeds(object, defaults, needs);
  const ranges = defaults.map(({ name }) => name).join(', ');
  const also = ranges === '' ? '' : `, with what the LimitRange ${ranges} gives containers that say nothing`;
  for (const { name, hard, used } of all) {
    for (const [resource, most] of Object.entries(hard)) {
      const need = needs.get(own(ALIASES, resource) ?? resource) ?? 0;
      const [limit, taken] = [quantityValue(most), quantityValue(own(used, resource) ?? 0)];
      if (need === 0 || limit === undefined || taken === undefined) continue;
      // To a billionth: sums of tenths of a core are not exact.
      if (taken + need > limit * (1 + 1e-9)) {
        return `the quota ${name} has room for ${amount(resource, Math.max(0, limit - taken))} more of ${resource}, and ${amount(resource, need)} are needed${also}; raise it, or lower what is asked for`;
      }
    }
  }
  return undefined;
}

/** Other names of the same. */
const ALIASES: Readonly<Record<string, string>> = {
  cpu: 'requests.cpu',
  memory: 'requests.memory',
  'ephemeral-storage': 'requests.ephemeral-storage',
  'count/pods': 'pods',
  'count/persistentvolumeclaims': 'persistentvolumeclaims',
  services: 'count/services',
};
const COUNTS: Readonly<Record<string, string>> = {
  Deployment: 'count/deployments.apps',
  StatefulSet: 'count/statefulsets.apps',
  Job: 'count/jobs.batch',
  Service: 'count/services',
};

interface StatefulSetSpec {
  readonly template?: object;
  readonly volumeClaimTemplates?: readonly {
    readonly spec?: { readonly resources?: { readonly requests?: Readonly<Record<string, unknown>> } };
  }[];
}

/** What nobody says in numbers here (pods of other operators) is not counted. */
function addNeeds(
  object: KubeObject,
  defaults: readonly ContainerDefaults[],
  needs: Map<string, number>,
): void {
  const add = (resource: string, value: number) =>
    void needs.set(resource, (needs.get(resource) ?? 0) + value);
  const counted = COUNTS[object.kind];
  if (counted !== undefined) add(counted, 1);
  const { template, volumeClaimTemplates = [] } = (object['spec'] ?? {}) as StatefulSetSpec;
  if (template === undefined) return;
  const replicas = askedReplicas(object);
  add('pods', replicas);
  for (const { resources } of containersOf(object)) {
    const { requests, limits } = withDefaults(resources, defaults);
    for (const [resource, value] of Object.entries(requests))
      add(`requests.${resource}`, replicas * (quantityValue(value) ?? 0));
    for (const [resource, value] of Object.entries(limits))
      add(`limits.${resource}`, replicas * (quantityValue(value) ?? 0));
  }
  for (const { spec: claim } of volumeClaimTemplates) {
    add('persistentvolumeclaims', replicas);
    add('requests.storage', replicas * (quantityValue(claim?.resources?.requests?.['storage'] ?? 0) ?? 0));
  }
}

function amount(resource: string, value: number): string {
  const isBytes = /memory|storage/.test(resource);
  return isBytes ? `${Math.round(value / 2 ** 20)}Mi` : String(Number(value.toFixed(3)));
}
