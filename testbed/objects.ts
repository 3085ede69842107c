/**
 * Objects of a cluster, read over HTTP. What polls reads this way: each call of kubectl is a process that costs 0.1 s of
 * CPU, and a dozen tests that wait side by side would spend both cores on that alone.
 */
import {
  CHILD_TYPES,
  LEAD_PLATFORMS,
  NODES,
  PODS,
  RESOURCE_QUOTAS,
} from '../controller/leadplatform/kinds.ts';
import { loadKube } from '../controller/runtime/kube.ts';
import type { ListOptions, ResourceType } from '../controller/runtime/resources.ts';
import { type KubeObject, Resources, resourceType } from '../controller/runtime/resources.ts';
import type { KubectlTarget } from './kubectl.ts';

const TYPES: readonly ResourceType[] = [
  ...Object.values(CHILD_TYPES),
  ...[LEAD_PLATFORMS, NODES, PODS, RESOURCE_QUOTAS],
  resourceType({ group: '', version: 'v1', kind: 'Event', plural: 'events' }),
  resourceType({ group: 'coordination.k8s.io', version: 'v1', kind: 'Lease', plural: 'leases' }),
  resourceType({ group: 'argoproj.io', version: 'v1alpha1', kind: 'Application', plural: 'applications' }),
];
/** By the names that kubectl takes: `deployment`, `deployments`, `clusters.postgresql.cnpg.io`. */
const BY_NAME = new Map(
  TYPES.flatMap((type) =>
    [type.kind.toLowerCase(), type.plural, `${type.plural}.${type.group}`].map(
      (name) => [name, type] as const,
    ),
  ),
);

export interface ObjectReader {
  /** Undefined where there is no object of that name. `kind` as kubectl takes it, singular or plural. */
  find<T extends KubeObject = KubeObject>(
    kind: string,
    name: string,
    namespace?: string,
  ): Promise<T | undefined>;
  /** Of one kind, or of several with commas between them. */
  list<T extends KubeObject = KubeObject>(kinds: string, options?: ListOptions): Promise<T[]>;
}

const readers = new Map<string, Promise<Resources>>();

/** The reader of a cluster; all of one process share its connections, which end with the process. */
export function objectsOf({ kubeconfigPath }: Pick<KubectlTarget, 'kubeconfigPath'>): ObjectReader {
  const resources = () => {
    const found = readers.get(kubeconfigPath) ?? connect(kubeconfigPath);
    readers.set(kubeconfigPath, found);
    return found;
  };
  return {
    find: async <T extends KubeObject>(kind: string, name: string, namespace?: string) =>
      (await resources()).find(typeOf<T>(kind), { name, namespace }),
    list: async <T extends KubeObject>(kinds: string, options: ListOptions = {}) => {
      const found: T[] = [];
      for (const name of kinds.split(',')) {
        const type = typeOf<T>(name);
        const { items } = await (await resources()).list(type, options);
        // The API server leaves it out in a list.
        found.push(...items.map((item) => ({ ...item, kind: type.kind })));
      }
      return found;
    },
  };
}

async function connect(kubeconfig: string): Promise<Resources> {
  return new Resources((await loadKube({ kubeconfig })).client());
}

function typeOf<T extends KubeObject>(name: string): ResourceType<T> {
  const type = BY_NAME.get(name);
  if (type === undefined)
    throw new Error(`unknown kind "${name}"; known are: ${[...BY_NAME.keys()].join(', ')}`);
  return type as ResourceType<T>;
}
