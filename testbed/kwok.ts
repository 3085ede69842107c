import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { kubectl, type KubectlTarget } from './kubectl.ts';
import { type ManagedProcess, startProcess, waitUntilReady } from './processes.ts';

/** Starts kwok, which plays the kubelet of every node that carries its annotation. */
export async function startKwok(
  binary: string,
  folder: string,
  kubeconfigPath: string,
): Promise<ManagedProcess> {
  return startProcess({
    name: 'kwok',
    command: binary,
    args: [
      `--kubeconfig=${kubeconfigPath}`,
      `--config=${fileURLToPath(new URL('kwok/stages.yaml', import.meta.url))}`,
    ],
    // Otherwise it reads ~/.kwok too.
    env: { ...process.env, HOME: folder },
    logFile: join(folder, 'kwok.log'),
  });
}

/** Adds the nodes `kwok-0`, `kwok-1`, … and waits until they are Ready. */
export async function addFakeNodes(
  target: KubectlTarget,
  count: number,
  needs: readonly ManagedProcess[],
): Promise<void> {
  const names = Array.from({ length: count }, (_, index) => `kwok-${index}`);
  const items = names.map((name) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      annotations: { 'kwok.x-k8s.io/node': 'fake' },
      labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', type: 'kwok' },
    },
  }));
  if (items.length === 0) return;
  await kubectl(target, ['create', '--filename=-'], {
    input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
  });
  await waitUntilReady(`${count} simulated nodes are Ready`, needs, async () => {
    const answer = await kubectl(target, ['get', 'nodes', '--selector=type=kwok', '--output=json']);
    return (JSON.parse(answer) as NodeList).items.every(isSchedulable);
  });
}

interface NodeList {
  items: {
    spec?: { taints?: { key: string }[] };
    status?: { conditions?: { type: string; status: string }[] };
  }[];
}

/** Ready alone is not enough: until the taint of a new node is gone, no pod lands on it. */
function isSchedulable(node: NodeList['items'][number]): boolean {
  const ready = node.status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True');
  return ready === true && !node.spec?.taints?.some((one) => one.key === 'node.kubernetes.io/not-ready');
}
