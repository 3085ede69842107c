import { randomBytes } from 'node:crypto';
import { describe, inject } from 'vitest';
import { kubectl } from '../../testbed/kubectl.ts';
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

export interface TestNamespace {
  name: string;
  /** kubectl in this namespace. */
  kubectl(args: readonly string[], options?: { input?: string; timeoutMs?: number }): Promise<string>;
  remove(): Promise<void>;
}

/** A namespace of one test file. `remove` waits until its pods are gone, so that the next file has their room. */
export async function testNamespace(cluster: RemoteRealCluster, name: string): Promise<TestNamespace> {
  const full = `${name}-${randomBytes(3).toString('hex')}`;
  await kubectl(cluster, ['create', 'namespace', full]);
  return {
    ...namespaceOf(cluster, full),
    remove: async () => {
      await kubectl(cluster, ['delete', 'namespace', full, '--timeout=120s'], { timeoutMs: 150_000 });
    },
  };
}

/** One that is there, and stays. */
export function namespaceOf(cluster: RemoteRealCluster, name: string): Omit<TestNamespace, 'remove'> {
  return { name, kubectl: (args, options) => kubectl(cluster, [`--namespace=${name}`, ...args], options) };
}
