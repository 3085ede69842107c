import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { kubebuilderBinaries, pinnedBinaries, pinnedTool, type Binaries } from './binaries.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { isTestbedUnavailable } from './errors.ts';
import { temporaryFolder, type TemporaryFolder } from './folders.ts';
import { createKindCluster, hasKind, type KindCluster } from './kind.ts';
import { kubectl, type KubectlTarget } from './kubectl.ts';
import { addFakeNodes, startKwok } from './kwok.ts';
import { findCommand } from './packages.ts';
import type { ManagedProcess } from './processes.ts';
import { type Log, logToStderr } from './progress.ts';

const run = promisify(execFile);

/** How a cluster came about, in the order in which they are tried. */
export type ClusterKind = 'explicit' | 'kind' | 'kubebuilder-assets' | 'pinned';

export interface ClusterOptions {
  /** A context of the kubeconfig. The current context is used only of a kubeconfig that is given. */
  context?: string;
  /** A kubeconfig; that of KUBECONFIG or the home folder when left out and a context is given. */
  kubeconfig?: string;
  /** Simulated nodes of a control plane of our own; 1 when left out. */
  nodes?: number;
  /** Audit log of a control plane of our own, see `startControlPlane`. */
  auditLog?: string;
  /** Takes this kind and looks for no other. */
  only?: Exclude<ClusterKind, 'explicit'>;
  log?: Log;
}

export interface Cluster {
  kind: ClusterKind;
  /** The choice and its reason in one sentence. */
  description: string;
  /** A kubeconfig of our own, with this cluster alone in it. */
  kubeconfigPath: string;
  kubectlPath: string;
  /** True when Deployments get pods. */
  hasControllers: boolean;
  /** True when pods become Ready without containers (kwok): an image may be any name. */
  hasSimulatedPods: boolean;
  /** The control plane, where it is ours: it can be stopped, frozen and started again. */
  controlPlane?: ControlPlane;
  /** Ends what was started; a cluster that was there before stays as it is. */
  stop(): Promise<void>;
}

/**
 * A cluster to run on: the one that is named; else a new `kind` cluster where Docker runs; else KUBEBUILDER_ASSETS;
 * else the pinned control plane.
 */
export async function obtainCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const log = options.log ?? logToStderr;
  const cluster = await choose(options, log);
  log(cluster.description);
  return cluster;
}

async function choose(options: ClusterOptions, log: Log): Promise<Cluster> {
  const { only } = options;
  if (options.context !== undefined || options.kubeconfig !== undefined) return explicitCluster(options, log);
  if (only === 'kind' || (only === undefined && (await hasKind()))) return kindCluster(options, log);
  const assets = process.env['KUBEBUILDER_ASSETS'] ?? '';
  if (only === 'kubebuilder-assets' || (only === undefined && assets !== '')) {
    const description = `control plane of KUBEBUILDER_ASSETS (${assets}): without controllers, so that no Deployment gets a pod`;
    return ownCluster('kubebuilder-assets', description, await kubebuilderBinaries(assets), options, log);
  }
  const reason = only === undefined ? ', since there is no kind with a running Docker' : '';
  return ownCluster(
    'pinned',
    `pinned control plane with simulated nodes${reason}`,
    await pinnedBinaries(log),
    options,
    log,
  );
}

async function ownCluster(
  kind: ClusterKind,
  description: string,
  binaries: Binaries,
  options: ClusterOptions,
  log: Log,
): Promise<Cluster> {
  const { nodes, auditLog } = options;
  const controlPlane = await startControlPlane({
    binaries,
    log,
    ...(nodes === undefined ? {} : { nodes }),
    ...(auditLog === undefined ? {} : { auditLog }),
  });
  return {
    kind,
    description: `${description}: ${controlPlane.server}`,
    kubeconfigPath: controlPlane.kubeconfigPath,
    kubectlPath: controlPlane.kubectlPath,
    hasControllers: controlPlane.hasControllers,
    hasSimulatedPods: controlPlane.hasControllers,
    controlPlane,
    stop: controlPlane.stop,
  };
}

async function explicitCluster(options: ClusterOptions, log: Log): Promise<Cluster> {
  const kubectlPath = await anyKubectl(log);
  const folder = await temporaryFolder('cluster');
  try {
    const { stdout } = await run(kubectlPath, [
      'config',
      'view',
      '--minify',
      '--flatten',
      '--raw',
      ...(options.kubeconfig === undefined ? [] : [`--kubeconfig=${options.kubeconfig}`]),
      ...(options.context === undefined ? [] : [`--context=${options.context}`]),
    ]);
    const kubeconfigPath = await saveKubeconfig(folder, stdout);
    const named = options.context === undefined ? options.kubeconfig : `context "${options.context}"`;
    return {
      kind: 'explicit',
      description: `the cluster of ${named}, as asked for`,
      kubeconfigPath,
      kubectlPath,
      hasControllers: true,
      hasSimulatedPods: false,
      stop: () => folder.remove(),
    };
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

async function kindCluster(options: ClusterOptions, log: Log): Promise<Cluster> {
  const kubectlPath = await anyKubectl(log);
  const folder = await temporaryFolder('cluster');
  let kind: KindCluster | undefined;
  let kwok: ManagedProcess | undefined;
  const stop = async () => {
    await kwok?.stop();
    await kind?.remove();
    await folder.remove();
  };
  try {
    kind = await createKindCluster({ folder: folder.path, log });
    const { kubeconfigPath } = kind;
    kwok = await simulateNodes({ kubectlPath, kubeconfigPath }, folder.path, options.nodes ?? 1, log);
    return {
      kind: 'kind',
      description: `kind cluster ${kind.name}, since Docker runs and kind is installed`,
      kubeconfigPath,
      kubectlPath,
      hasControllers: true,
      hasSimulatedPods: kwok !== undefined,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * Adds simulated nodes to a kind cluster and keeps other pods than its own off the real one, so that an image may be
 * any name there too. Nothing happens without kwok and a Go to build it with.
 */
async function simulateNodes(
  target: KubectlTarget,
  folder: string,
  nodes: number,
  log: Log,
): Promise<ManagedProcess | undefined> {
  let binary: string;
  try {
    binary = (await findCommand('kwok')) ?? (await pinnedTool('kwok', log));
  } catch (error) {
    if (!isTestbedUnavailable(error)) throw error;
    log('no kwok, and no Go to build it with: pods in the kind cluster need images that can be pulled');
    return undefined;
  }
  // The taint that kubeadm gives to control-plane nodes, which kind's own pods tolerate.
  const taint = 'node-role.kubernetes.io/control-plane=:NoSchedule';
  await kubectl(target, ['taint', 'nodes', '--all', '--overwrite', taint]);
  const kwok = await startKwok(binary, folder, target.kubeconfigPath);
  await addFakeNodes(target, nodes, [kwok]);
  return kwok;
}

/** That of the machine, or else the pinned one. */
export async function anyKubectl(log: Log): Promise<string> {
  return (await findCommand('kubectl')) ?? pinnedTool('kubectl', log);
}

async function saveKubeconfig(folder: TemporaryFolder, content: string): Promise<string> {
  const path = join(folder.path, 'kubeconfig');
  await writeFile(path, content, { mode: 0o600 });
  return path;
}
