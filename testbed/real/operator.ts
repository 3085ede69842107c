import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { obtainHelm } from '../chart-tools.ts';
import { projectFolder } from '../folders.ts';
import { kubectl } from '../kubectl.ts';
import { timed } from '../work-times.ts';
import type { RemoteRealCluster } from './remote.ts';
import { operatorImage } from './project-images.ts';

const release = 'leadplatform-operator';
/** Where the operator of a whole cluster runs; its name is also that of the Deployment and of the ServiceAccount. */
export const operatorNamespace = 'leadplatform-system';
export const operatorName = release;

export interface InstallOptions {
  /**
   * The one namespace that it watches, from a namespace of its own, `<watch>-operator`, with the rights of Roles. Left out: the
   * whole cluster, from `leadplatform-system`, with those of a ClusterRole.
   */
  watch?: string;
  /** Values of the chart over our own. */
  values?: object;
}

export interface InstalledOperator {
  /** Where its Deployment, its Lease and its ServiceAccount are. */
  namespace: string;
  /** `helm test`: rejects with what it printed where it fails. */
  test(): Promise<string>;
  /** `helm uninstall`; back when its pods are gone. Whoever needs it next has it installed again. */
  uninstall(): Promise<void>;
  /** Uninstalls it, and its namespace where that is its own; the pods go in their own time. */
  remove(): Promise<void>;
}

/**
 * The operator, by Helm, with the rights of the chart and two replicas; back when both are ready. Where it is there already
 * this changes nothing and takes a second or two.
 */
export async function installOperator(
  cluster: RemoteRealCluster,
  options: InstallOptions = {},
): Promise<InstalledOperator> {
  const { watch } = options;
  const namespace = watch === undefined ? operatorNamespace : `${watch}-operator`;
  const values = {
    image: { ...operatorImage, pullPolicy: 'Never' },
    // One release of a cluster has its definition and the roles of its people.
    ...(watch === undefined
      ? { watch: { clusterWide: true } }
      : {
          watch: { namespaces: [watch] },
          preflight: { nodes: true },
          crds: { install: false },
          userRoles: { create: false },
        }),
    // The sum of all requests must fit into a small machine.
    resources: { requests: { cpu: '10m', memory: '64Mi' } },
    ...options.values,
  };
  const helm = await helmOf(cluster, namespace);
  const chart = join(projectFolder, 'charts', 'leadplatform-operator');
  // The definition may be there before the release.
  const args = ['--create-namespace', '--take-ownership', '--wait', '--timeout=120s', '--values=-'];
  const install = () => helm(['upgrade', '--install', release, chart, ...args], JSON.stringify(values));
  await timed('a release is installed by Helm until its pods are Ready', install);
  return {
    namespace,
    test: () => helm(['test', release, '--timeout=120s']),
    uninstall: async () => {
      await helm(['uninstall', release, '--wait', '--timeout=120s']);
      const pods = ['wait', 'pod', '--all', '--for=delete', '--timeout=90s'];
      await kubectl(cluster, [`--namespace=${namespace}`, ...pods], { timeoutMs: 100_000 });
    },
    remove: async () => {
      await helm(['uninstall', release, '--ignore-not-found']);
      if (watch !== undefined)
        await kubectl(cluster, ['delete', 'namespace', namespace, '--wait=false', '--ignore-not-found']);
    },
  };
}

type Helm = (args: readonly string[], input?: string) => Promise<string>;

async function helmOf(cluster: RemoteRealCluster, namespace: string): Promise<Helm> {
  const path = await obtainHelm();
  const own = [`--kubeconfig=${cluster.kubeconfigPath}`, `--namespace=${namespace}`];
  return async (args, input = '') => {
    const running = promisify(execFile)(path, [...own, ...args]);
    running.child.stdin?.end(input);
    return (await running).stdout;
  };
}
