import { writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { TemporaryFolder } from '../../../testbed/folders.ts';
import { temporaryFolder } from '../../../testbed/folders.ts';
import type { KubeClient, RequestSample } from '../../../controller/runtime/client.ts';
import type { Kube, KubeOptions } from '../../../controller/runtime/kube.ts';
import { loadKube } from '../../../controller/runtime/kube.ts';
import { readTarget } from '../../../controller/runtime/kubeconfig.ts';
import type { Logger } from '../../../controller/runtime/logger.ts';
import type { KubeObject } from '../../../controller/runtime/resources.ts';
import { Resources, resourceType } from '../../../controller/runtime/resources.ts';
import { createNamespace, kubectl, testbed } from '../support.ts';
import { type TcpProxy, startTcpProxy } from './tcp-proxy.ts';

export interface ConfigMap extends KubeObject {
  data?: Record<string, string>;
}

export const CONFIG_MAPS = resourceType<ConfigMap>({
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
});

export const configMap = (namespace: string, name: string, data: Record<string, string> = {}): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace, name },
  data,
});

export interface Connection {
  kube: Kube;
  client: KubeClient;
  resources: Resources;
  /** Every request so far. */
  samples: RequestSample[];
  writes(): number;
}

/** A connection to the shared cluster that ends with the test. */
export async function connection(options: KubeOptions = {}): Promise<Connection> {
  const kube = await loadKube({ kubeconfig: testbed().cluster.kubeconfigPath, ...options });
  onTestFinished(() => kube.close());
  const samples: RequestSample[] = [];
  const client = kube.client({ onRequest: (sample) => samples.push(sample) });
  return {
    kube,
    client,
    resources: new Resources(client),
    samples,
    writes: () => samples.filter(({ method }) => method !== 'GET').length,
  };
}

/** A folder that goes with the test. */
export async function testFolder(): Promise<TemporaryFolder> {
  const folder = await temporaryFolder('runtime-test');
  onTestFinished(() => folder.remove());
  return folder;
}

/** A kubeconfig that differs from `base`, the shared cluster's, in these fields of its cluster and in its user. */
export async function kubeconfigWith(
  change: { cluster?: object; user?: object },
  base = testbed().cluster.kubeconfigPath,
): Promise<string> {
  const { cluster, user } = readTarget([base], undefined);
  const folder = await testFolder();
  const file = join(folder.path, 'kubeconfig');
  const content = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'one', cluster: { ...cluster, ...change.cluster } }],
    users: [{ name: 'one', user: change.user ?? user }],
    contexts: [{ name: 'one', context: { cluster: 'one', user: 'one' } }],
    'current-context': 'one',
  };
  await writeFile(file, JSON.stringify(content), { mode: 0o600 });
  return file;
}

/** A cluster, the shared one if none is named, behind a wire that can be watched and cut. */
export async function proxiedKubeconfig(
  base = testbed().cluster.kubeconfigPath,
): Promise<{ proxy: TcpProxy; kubeconfig: string }> {
  const { server } = readTarget([base], undefined).cluster;
  const { hostname, port } = new URL(server);
  const proxy = await startTcpProxy(hostname, Number(port === '' ? 443 : port));
  onTestFinished(() => proxy.stop());
  const kubeconfig = await kubeconfigWith(
    {
      cluster: {
        server: `https://127.0.0.1:${proxy.port}`,
        ...(isIP(hostname) === 0 && { 'tls-server-name': hostname }),
      },
    },
    base,
  );
  return { proxy, kubeconfig };
}

/** A logger that remembers. */
export function memoryLogger(): Logger & { lines: { level: string; message: string; fields: object }[] } {
  const lines: { level: string; message: string; fields: object }[] = [];
  const at = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, message, fields });
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** A token of a service account made for it, and the name that the API server knows it by. */
export async function serviceAccountToken(): Promise<{ token: string; username: string }> {
  const namespace = await createNamespace();
  await kubectl(['create', 'serviceaccount', 'reader', `--namespace=${namespace}`]);
  const token = await kubectl(['create', 'token', 'reader', `--namespace=${namespace}`]);
  return { token: token.trim(), username: `system:serviceaccount:${namespace}:reader` };
}
