import { join } from 'node:path';
import { ensureTools, isExecutable, type Tool, type ToolSet } from './builder.ts';
import { TestbedUnavailable } from './errors.ts';
import { type Log, logToStderr } from './progress.ts';

/** Where the executables of a control plane are. */
export interface Binaries {
  /** `pinned`: built from `testbed/tools`. `kubebuilder-assets`: from the folder of KUBEBUILDER_ASSETS. */
  source: 'pinned' | 'kubebuilder-assets';
  etcd: string;
  kubeApiserver: string;
  kubectl: string;
  /** Absent from KUBEBUILDER_ASSETS: objects can be stored and read, but no Deployment gets a pod. */
  controllers?: { kubeControllerManager: string; kubeScheduler: string; kwok: string };
}

/** The short ones first: what is wrong with a machine shows after seconds, not after minutes. */
const tools: readonly Tool[] = [
  { file: 'etcd', module: 'etcd', package: 'go.etcd.io/etcd/server/v3' },
  { file: 'kubectl', module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kubectl' },
  { file: 'kube-apiserver', module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kube-apiserver' },
  {
    file: 'kube-controller-manager',
    module: 'kubernetes',
    package: 'k8s.io/kubernetes/cmd/kube-controller-manager',
  },
  { file: 'kube-scheduler', module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kube-scheduler' },
  { file: 'kwok', module: 'kwok', package: 'sigs.k8s.io/kwok/cmd/kwok' },
];

const controlPlane: ToolSet = {
  what: 'The pinned control plane',
  tools,
  duration: 'about ten minutes on two cores',
  instead:
    'Install Go 1.26 or later (https://go.dev/dl), or let KUBEBUILDER_ASSETS name a folder with etcd, kube-apiserver and kubectl.',
  defines: { kubernetes: kubernetesVersion },
};

/** For the linker: without these a component calls itself v0.0.0-master, and clients refuse to compare versions. */
export function kubernetesVersion(mod: string): string[] {
  const [, version, major, minor] = /^\s*k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\S+)/m.exec(mod) ?? [];
  if (version === undefined) throw new Error('this go.mod requires no k8s.io/kubernetes');
  const base = 'k8s.io/component-base/version';
  return [`${base}.gitVersion=${version}`, `${base}.gitMajor=${major}`, `${base}.gitMinor=${minor}`];
}

/** The binaries of `KUBEBUILDER_ASSETS` where that is set, else the pinned ones, which are built when missing. */
export async function obtainBinaries(log: Log = logToStderr): Promise<Binaries> {
  const assets = process.env['KUBEBUILDER_ASSETS'];
  return assets === undefined || assets === '' ? pinnedBinaries(log) : kubebuilderBinaries(assets);
}

/** etcd, kube-apiserver and kubectl of a folder made by `setup-envtest`. */
export async function kubebuilderBinaries(folder: string): Promise<Binaries> {
  const path = async (file: string) => {
    const found = join(folder, file);
    if (await isExecutable(found)) return found;
    throw new TestbedUnavailable(
      `KUBEBUILDER_ASSETS is "${folder}", and there is no executable ${file} in it.`,
      'Let it name a folder with etcd, kube-apiserver and kubectl, or unset it.',
    );
  };
  return {
    source: 'kubebuilder-assets',
    etcd: await path('etcd'),
    kubeApiserver: await path('kube-apiserver'),
    kubectl: await path('kubectl'),
  };
}

/**
 * The pinned binaries, built once into `~/.cache/leadplatform-operator/bin/<key>`: about ten minutes on two cores from
 * nothing.
 * @throws TestbedUnavailable when they are not there and Go is missing.
 */
export async function pinnedBinaries(log: Log = logToStderr): Promise<Binaries> {
  const path = await ensureTools(controlPlane, tools, log);
  return {
    source: 'pinned',
    etcd: path('etcd'),
    kubeApiserver: path('kube-apiserver'),
    kubectl: path('kubectl'),
    controllers: {
      kubeControllerManager: path('kube-controller-manager'),
      kubeScheduler: path('kube-scheduler'),
      kwok: path('kwok'),
    },
  };
}

/** One of the pinned tools alone, for a cluster that is not ours; throws as {@link pinnedBinaries} does. */
export async function pinnedTool(file: 'kubectl' | 'kwok', log: Log = logToStderr): Promise<string> {
  const path = await ensureTools(
    controlPlane,
    tools.filter((tool) => tool.file === file),
    log,
  );
  return path(file);
}
