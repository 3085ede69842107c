import { randomBytes } from 'node:crypto';
import { describe, inject } from 'vitest';
import type { KubeObject } from '../../controller/runtime/resources.ts';
import { kubectl } from '../../testbed/kubectl.ts';
import { objectsOf } from '../../testbed/objects.ts';
import { timed } from '../../testbed/work-times.ts';
import { connectRealCluster, type RemoteRealCluster } from '../../testbed/real/remote.ts';

/** A suite on the cluster with real pods; skipped, with the reason in its name, where there is none. */
export function describeOnRealPods(name: string, suite: (cluster: RemoteRealCluster) => void): void {
  const provided = inject('realCluster');
  if (provided.available) {
    describe(name, () => suite(connectRealCluster(provided.coordinates)));
  } else {
    describe.skip(`${name} (${provided.reason})`, () => suite(undefined as unknown as RemoteRealCluster));
  }
}

export type PodObject = KubeObject & { status?: { containerStatuses?: { restartCount: number }[] } };

/** One that is there. */
export interface Namespace {
  name: string;
  /** kubectl in this namespace. */
  kubectl(args: readonly string[], options?: { input?: string; timeoutMs?: number }): Promise<string>;
  /** An object in it, without a process for each look: what polls asks this. */
  find<T extends KubeObject = KubeObject>(kind: string, name: string): Promise<T | undefined>;
  list<T extends KubeObject = KubeObject>(
    kind: string,
    selectors?: { labelSelector?: string; fieldSelector?: string },
  ): Promise<T[]>;
}

export interface TestNamespace extends Namespace {
  remove(): Promise<void>;
}

/** A namespace of one test file. `remove` waits until its pods are gone, so that the next file has their room. */
export async function testNamespace(cluster: RemoteRealCluster, name: string): Promise<TestNamespace> {
  const full = `${name}-${randomBytes(3).toString('hex')}`;
  await kubectl(cluster, ['create', 'namespace', full]);
  return {
    ...namespaceOf(cluster, full),
    remove: async () => {
      const args = ['delete', 'namespace', full, '--timeout=120s'];
      const remove = () => kubectl(cluster, args, { timeoutMs: 150_000 });
      await timed('a namespace goes, with the grace of its containers', remove);
    },
  };
}

/** One that is there, and stays. */
export function namespaceOf(cluster: RemoteRealCluster, name: string): Namespace {
  const objects = objectsOf(cluster);
  return {
    name,
    kubectl: (args, options) => kubectl(cluster, [`--namespace=${name}`, ...args], options),
    find: (kind, object) => objects.find(kind, object, name),
    list: (kind, selectors) => objects.list(kind, { namespace: name, ...selectors }),
  };
}
