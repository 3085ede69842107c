/**
 * Before the first step of a transition: is there room for what is going to be made? A quota that is full shows only when
 * the first half is there, and connections only when workers fail. Pure; what is known is `Snapshot.room`.
 *
 * | asked for                                   | against                                                        |
 * |---------------------------------------------|----------------------------------------------------------------|
 * | pods, objects, volume claims, CPU, memory   | every ResourceQuota of the namespace that is for all pods      |
 * | what a LimitRange gives containers          | the same: it is filled in when a Pod is made                   |
 * | connections of both sides, at their most    | what the database allows, less what others hold                |
 *
 * Room on nodes holds nothing up, and is looked at in `src/cluster/node-headroom.ts`.
 */
import { componentsOf, type Component } from '../../api/components.ts';
import type { Decision } from '../../model/decision.ts';
import { connectionsPerReplica } from '../../scaling/connections.ts';
import { type ContainerDefaults, type ContainerResources, withDefaults } from '../../kube/limit-range.ts';
import type { Headroom } from '../../cluster/headroom.ts';
import { nodesShortfall, runsPods } from '../../cluster/node-headroom.ts';
import { componentOfName } from '../../kube/names.ts';
import type { Observed } from '../../cluster/observed.ts';
import { quantityValue } from '../../api/kubernetes-quantity.ts';
import type { TransitionState } from '../../transition/transition.ts';
import { childKey, type KubeObject } from '../../kube/object.ts';
import { own } from '../../api/own.ts';

/** How long a look counts; then it is looked again. */
export const PREFLIGHT_AGAIN_MS = 30_000;

/** Why the sides cannot be changed now, as the middle of a sentence; undefined where nothing is known against it. */
export function topologyShortfall(
  { snapshot: { spec, headroom } }: Observed,
  { wanted, old }: TransitionState,
  { separate, history }: Decision,
  made: readonly KubeObject[],
): string | undefined {
  const short = quotaShortfall(made, headroom);
  if (short !== undefined || history.connections === undefined) return short;
  const { allowed, others } = history.connections;
  const before = new Map(
    componentsOf(spec, !separate).map((component): [string, Component] => [component.name, component]),
  );
  const asked =
    sum(wanted.map(({ component, wanted: size }) => size * connectionsPerReplica(component))) +
    sum(
      old.map(({ name, asked: size }) => {
        const component = before.get(name);
        return component === undefined ? 0 : size * connectionsPerReplica(component);
      }),
    );
  const left = Math.max(0, allowed - others);
  if (asked <= left) return undefined;
  return `both sides together may hold ${asked} connections to the database for a while, and of the ${allowed} that it allows others hold ${others}; allow more, or lower connectionsPerReplica or the replicas`;
}

/**
 * What of the pods of the new side, or of a capability, no node has room for. Told for as long as they are waited for and
 * the look counts. Once pods tell themselves why they do not come up, they know better.
 */
export function crowdedOut(
  { snapshot: { platform, headroom, troubles = {} }, own }: Observed,
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

/** What a quota has too little of for these objects, as the middle of a sentence. */
export function quotaShortfall(
  objects: readonly KubeObject[],
  headroom: Pick<Headroom, 'quotas' | 'defaults'> | undefined,
): string | undefined {
  const { quotas = [], defaults = [] } = headroom ?? {};
  const needs = new Map<string, number>();
  for (const object of objects) addNeeds(object, defaults, needs);
  const ranges = defaults.map(({ name }) => name).join(', ');
  const also = ranges === '' ? '' : `, with what the LimitRange ${ranges} gives containers that say nothing`;
  for (const { name, hard, used } of quotas) {
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

interface Container {
  readonly resources?: ContainerResources;
}
interface Workload {
  readonly replicas?: number;
  readonly template?: { readonly spec?: { readonly containers?: readonly Container[] } };
  readonly volumeClaimTemplates?: readonly {
    readonly spec?: { readonly resources?: { readonly requests?: Readonly<Record<string, unknown>> } };
  }[];
}

/** What nobody says in numbers here (pods of other operators) is not counted. */
function addNeeds(
  { kind, spec }: KubeObject,
  defaults: readonly ContainerDefaults[],
  needs: Map<string, number>,
): void {
  const add = (resource: string, value: number) =>
    void needs.set(resource, (needs.get(resource) ?? 0) + value);
  const counted = COUNTS[kind];
  if (counted !== undefined) add(counted, 1);
  const { replicas = 1, template, volumeClaimTemplates = [] } = (spec ?? {}) as Workload;
  if (template === undefined) return;
  add('pods', replicas);
  for (const { resources } of template.spec?.containers ?? []) {
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

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function amount(resource: string, value: number): string {
  const isBytes = /memory|storage/.test(resource);
  return isBytes ? `${Math.round(value / 2 ** 20)}Mi` : String(Number(value.toFixed(3)));
}
