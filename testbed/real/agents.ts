import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ManagedProcess, startProcess } from '../processes.ts';
import { nodeAddress, podRange, serviceRange } from './network.ts';
import type { NodeTools } from './tools.ts';

interface AgentOptions {
  tools: NodeTools;
  folder: string;
  nodeName: string;
  kubeconfigPath: string;
}

/** Starts kube-proxy, which has the addresses of Services answered, from pods and from processes in the room. */
export async function startKubeProxy(options: AgentOptions): Promise<ManagedProcess> {
  const configuration = join(options.folder, 'kube-proxy.json');
  await writeFile(
    configuration,
    JSON.stringify({
      apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
      kind: 'KubeProxyConfiguration',
      mode: 'iptables',
      clientConnection: { kubeconfig: options.kubeconfigPath },
      hostnameOverride: options.nodeName,
      bindAddress: nodeAddress,
      clusterCIDR: podRange,
      healthzBindAddress: '',
      metricsBindAddress: `${nodeAddress}:10249`,
      oomScoreAdj: 0,
      // A change is there at once: few Services, and tests that wait for them.
      iptables: { minSyncPeriod: '0s', syncPeriod: '30s', localhostNodePorts: false },
      // Zero leaves them: they belong to the whole machine.
      conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
    }),
  );
  return startProcess({
    name: 'kube-proxy',
    command: options.tools.kubeProxy,
    args: [`--config=${configuration}`],
    logFile: join(options.folder, 'kube-proxy.log'),
  });
}

/** Starts kube-router as what enforces NetworkPolicies, and as nothing else. */
export async function startPolicyAgent(options: AgentOptions): Promise<ManagedProcess> {
  return startProcess({
    name: 'kube-router',
    command: options.tools.kubeRouter,
    args: [
      `--kubeconfig=${options.kubeconfigPath}`,
      `--hostname-override=${options.nodeName}`,
      '--run-firewall=true',
      '--run-router=false',
      '--run-service-proxy=false',
      `--service-cluster-ip-range=${serviceRange}`,
      '--iptables-sync-period=10s',
      '--health-port=0',
      '--enable-pprof=false',
    ],
    logFile: join(options.folder, 'kube-router.log'),
  });
}
