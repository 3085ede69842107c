import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ManagedProcess, startProcess } from '../processes.ts';
import { nodeAddress } from './network.ts';
import type { NodeTools } from './tools.ts';

/** Starts the kubelet of the one node. */
export async function startKubelet(options: {
  tools: NodeTools;
  folder: string;
  nodeName: string;
  kubeconfigPath: string;
  containerdEndpoint: string;
  cgroup: string;
  /** Address of the DNS server of the pods. */
  clusterDns: string;
}): Promise<ManagedProcess> {
  const { tools, folder } = options;
  const root = join(folder, 'kubelet');
  const configuration = join(folder, 'kubelet.json');
  await mkdir(root, { recursive: true });
  await writeFile(configuration, JSON.stringify(kubeletConfiguration(options), undefined, 2));
  return startProcess({
    name: 'kubelet',
    command: tools.kubelet,
    args: [
      `--config=${configuration}`,
      `--kubeconfig=${options.kubeconfigPath}`,
      `--hostname-override=${options.nodeName}`,
      `--node-ip=${nodeAddress}`,
      `--root-dir=${root}`,
    ],
    logFile: join(folder, 'kubelet.log'),
  });
}

function kubeletConfiguration(options: {
  folder: string;
  containerdEndpoint: string;
  cgroup: string;
  clusterDns: string;
}): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: nodeAddress,
    containerRuntimeEndpoint: options.containerdEndpoint,
    clusterDomain: 'cluster.local',
    clusterDNS: [options.clusterDns],
    // Nothing outside can be reached, so the machine's name servers are of no use to a pod.
    resolvConf: '',
    cgroupRoot: `/${options.cgroup}`,
    cgroupDriver: 'cgroupfs',
    failCgroupV1: false,
    failSwapOn: false,
    enforceNodeAllocatable: [],
    // Forgives what a root without all capabilities may not do: kernel settings, its own out-of-memory score.
    featureGates: { KubeletInUserNamespace: true },
    // Only processes in the room reach this port.
    authentication: { anonymous: { enabled: true }, webhook: { enabled: false }, x509: {} },
    authorization: { mode: 'AlwaysAllow' },
    readOnlyPort: 0,
    healthzPort: 0,
    podLogsDir: join(options.folder, 'pod-logs'),
    // The disk is the developer's: how full it is says nothing about a test.
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    serializeImagePulls: false,
    // The default of a minute makes a test wait for a changed Secret.
    syncFrequency: '10s',
    nodeStatusUpdateFrequency: '5s',
  };
}
