import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { obtainHelm } from '../chart-tools.ts';
import { projectFolder } from '../folders.ts';
import { kubectl } from '../kubectl.ts';
import type { RemoteRealCluster } from './remote.ts';
import { operatorImage } from './project-images.ts';

const release = 'leadplatform-operator';
/** Where the operator of tests and demo runs; its name is also that of the Deployment and of the ServiceAccount. */
export const operatorNamespace = 'leadplatform-system';
export const operatorName = release;

export interface InstallOptions {
  /** Values of the chart over our own: the image that was built here, and all namespaces watched. */
  values?: object;
}

export interface InstalledOperator {
  /** Where its Deployment, its Lease and its ServiceAccount are. */
  namespace: string;
  /** `helm test`: rejects with what it printed where it fails. */
  test(): Promise<string>;
  /** `helm uninstall`; back when its pods are gone. Whoever needs it next has it installed again. */
  uninstall(): Promise<void>;
}

/**
 * The operator, by Helm, with the rights of the chart and two replicas; back when both are ready. One serves all test
 * files: where it is there already this changes nothing and takes a second or two.
 */
export async function installOperator(
  cluster: RemoteRealCluster,
  options: InstallOptions = {},
): Promise<InstalledOperator> {
  const values = {
    image: { ...operatorImage, pullPolicy: 'Never' },
    watch: { clusterWide: true },
    // The sum of all requests must fit into a small machine.
    resources: { requests: { cpu: '10m', memory: '64Mi' } },
    ...options.values,
  };
  const helm = await helmOf(cluster);
  const chart = join(projectFolder, 'charts', 'leadplatform-operator');
  await helm(
    ['upgrade', '--install', release, chart, '--create-namespace', '--wait', '--timeout=120s', '--values=-'],
    JSON.stringify(values),
  );
  return {
    namespace: operatorNamespace,
    test: () => helm(['test', release, '--timeout=120s']),
    uninstall: async () => {
      await helm(['uninstall', release, '--wait', '--timeout=120s']);
      const pods = ['wait', 'pod', '--all', '--for=delete', '--timeout=90s'];
      await kubectl(cluster, [`--namespace=${operatorNamespace}`, ...pods], { timeoutMs: 100_000 });
    },
  };
}

type Helm = (args: readonly string[], input?: string) => Promise<string>;

async function helmOf(cluster: RemoteRealCluster): Promise<Helm> {
  const path = await obtainHelm();
  const own = [`--kubeconfig=${cluster.kubeconfigPath}`, `--namespace=${operatorNamespace}`];
  return async (args, input = '') => {
    const running = promisify(execFile)(path, [...own, ...args]);
    running.child.stdin?.end(input);
    return (await running).stdout;
  };
}
