import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pinnedBinaries } from '../binaries.ts';
import { type ControlPlane, startControlPlane } from '../control-plane.ts';
import { TestbedUnavailable } from '../errors.ts';
import { kubectl } from '../kubectl.ts';
import { type ManagedProcess, waitUntilReady } from '../processes.ts';
import { type Log, logToStderr } from '../progress.ts';
import { timed } from '../work-times.ts';
import { startKubeProxy, startPolicyAgent } from './agents.ts';
import { type Containerd, startContainerd } from './containerd.ts';
import { startKubelet } from './kubelet.ts';
import { forgetConnections, nodeAddress, prepareNetwork, writeCniConfiguration } from './network.ts';
import { currentRoom } from './room.ts';
import { writeScratchImage } from './scratch-image.ts';
import { type NodeTools, obtainNodeTools } from './tools.ts';

export interface RealClusterOptions {
  /** Part of the name of its folder; `real-cluster` when left out. */
  name?: string;
  /** File to which the API server writes one line of JSON for each request (audit level Metadata). */
  auditLog?: string;
  /** More arguments of the API server. */
  apiServerArgs?: readonly string[];
  log?: Log;
}

/** A cluster of one node whose pods are real: in a room, or of kind's. */
export interface RealCluster {
  kind: 'room' | 'kind';
  kubeconfigPath: string;
  kubectlPath: string;
  /** Base URL of the API server, by its own address and port. */
  server: string;
  /**
   * Where a server of a test has to listen for pods to reach it. Under a NetworkPolicy it counts as an address of the
   * node.
   */
  nodeAddress: string;
  /** Brings in the images of a `docker-archive` under the names that it gives them. */
  importImage(archive: string): Promise<void>;
  /** Ends the API server and keeps its port, certificate and data; `SIGKILL` when it is to be abrupt. */
  stopApiServer(how?: 'orderly' | 'SIGKILL'): Promise<void>;
  /** Starts it again where it was; back when it is ready. */
  startApiServer(): Promise<void>;
  /** Ends etcd and keeps its port and data. */
  stopEtcd(how?: 'orderly' | 'SIGKILL'): Promise<void>;
  /** Starts it again where it was. */
  startEtcd(): Promise<void>;
  /**
   * Has the kernel forget the TCP connections to a port on which a server listens, also those by way of a Service, so that each next packet is judged like a first one. A new
   * NetworkPolicy alone leaves connections that are open; what waits for it to cut one off, such as a pool's, has to call
   * this once the policy is enforced.
   */
  forgetConnections(port: number): Promise<void>;
  /** Ends everything. What is left of containers goes with the room. */
  stop(): Promise<void>;
}

const nodeName = 'node-1';
const sandboxImage = 'localhost/sandbox:pinned';
const clusterDns = '10.96.0.10';
const users = [
  { name: `system:node:${nodeName}`, groups: ['system:nodes'] },
  { name: 'system:kube-proxy', groups: [] },
  { name: 'testbed-network-policies', groups: ['system:masters'] },
];

/**
 * Starts it, in a room (see {@link makeRoom}), once. Back when the node is Ready and CoreDNS answers.
 * @throws TestbedUnavailable outside of a room, or when a tool is missing.
 */
export function startRealCluster(options: RealClusterOptions = {}): Promise<RealCluster> {
  return timed('a cluster with real pods starts', () => start(options));
}

async function start(options: RealClusterOptions): Promise<RealCluster> {
  const log = options.log ?? logToStderr;
  const room = currentRoom();
  if (room === undefined) {
    throw new TestbedUnavailable(
      'A cluster with real pods runs only in namespaces of its own, and this process is not in any.',
      'Start it through `npm test` or `npm run demo -- --real-pods`.',
    );
  }
  const tools = await obtainNodeTools(log);
  const binaries = await pinnedBinaries(log);
  const folder = join(room.folder, 'node');
  await mkdir(folder);
  await prepareNetwork();
  const processes: ManagedProcess[] = [];
  let controlPlane: ControlPlane | undefined;
  const stop = async () => {
    // The kubelet first: it would start again what it finds gone. Containers end with the room, not one by one.
    await Promise.all(processes.toReversed().map((one) => one.stop(1_000)));
    await controlPlane?.stop();
  };
  try {
    const [containerd, server] = await Promise.all([
      startRuntime(tools, folder, processes),
      startControlPlane({
        name: options.name ?? 'real-cluster',
        binaries,
        log,
        nodes: 0,
        address: nodeAddress,
        users,
        ...(options.auditLog === undefined ? {} : { auditLog: options.auditLog }),
        apiServerArgs: ['--kubelet-preferred-address-types=InternalIP', ...(options.apiServerArgs ?? [])],
      }).then((started) => (controlPlane = started)),
    ]);
    await startNode({ tools, folder, containerd, controlPlane: server, cgroup: room.cgroup, processes });
    const { kubeconfigPath, kubectlPath } = server;
    log(`a cluster with real pods: ${server.server}`);
    return {
      kind: 'room',
      kubeconfigPath,
      kubectlPath,
      server: server.server,
      nodeAddress,
      importImage: containerd.importImage,
      stopApiServer: server.stopApiServer,
      startApiServer: server.startApiServer,
      stopEtcd: server.stopEtcd,
      startEtcd: server.startEtcd,
      forgetConnections: (port) => forgetConnections(port),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** containerd, and the two images that the cluster itself needs. */
async function startRuntime(
  tools: NodeTools,
  folder: string,
  processes: ManagedProcess[],
): Promise<Containerd> {
  const containerd = await startContainerd({
    tools,
    folder,
    cniConfiguration: await writeCniConfiguration(folder),
    sandboxImage,
  });
  processes.push(containerd.process);
  const images = [
    { tag: sandboxImage, executable: tools.busybox, entrypoint: ['/busybox', 'sleep', 'infinity'] },
    { tag: 'localhost/coredns:pinned', executable: tools.coredns, entrypoint: ['/coredns'] },
  ];
  for (const [index, image] of images.entries()) {
    const archive = join(folder, `image-${index}.tar`);
    await writeScratchImage({ ...image, archive });
    await containerd.importImage(archive);
  }
  return containerd;
}

async function startNode(options: {
  tools: NodeTools;
  folder: string;
  containerd: Containerd;
  controlPlane: ControlPlane;
  cgroup: string;
  processes: ManagedProcess[];
}): Promise<void> {
  const { tools, folder, containerd, controlPlane, cgroup, processes } = options;
  const as = (user: string) => ({
    tools,
    folder,
    nodeName,
    kubeconfigPath: controlPlane.kubeconfigPathOf(user),
  });
  processes.push(
    await startKubelet({
      ...as(`system:node:${nodeName}`),
      containerdEndpoint: containerd.endpoint,
      cgroup,
      clusterDns,
    }),
  );
  processes.push(await startKubeProxy(as('system:kube-proxy')));
  await waitUntilReady('the node has registered', processes, async () => {
    await kubectl(controlPlane, ['get', 'node', nodeName]);
    return true;
  });
  processes.push(await startPolicyAgent(as('testbed-network-policies')));
  const dns = fileURLToPath(new URL('dns.yaml', import.meta.url));
  await kubectl(controlPlane, ['apply', '--server-side', `--filename=${dns}`]);
  await waitUntilReady('the node is Ready and CoreDNS answers', processes, async () => {
    await kubectl(controlPlane, ['wait', '--for=condition=Ready', `node/${nodeName}`, '--timeout=5s']);
    const wait = ['wait', '--for=condition=Available', 'deployment/coredns', '--timeout=5s'];
    await kubectl(controlPlane, [...wait, '--namespace=kube-system']);
    return true;
  });
}
