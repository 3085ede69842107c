import { join } from 'node:path';
import type { ApiServer } from './api-server.ts';
import type { Binaries } from './binaries.ts';
import { type KubectlTarget } from './kubectl.ts';
import { addFakeNodes, startKwok } from './kwok.ts';
import { type ManagedProcess, startProcess } from './processes.ts';

interface ControllerOptions {
  binaries: NonNullable<Binaries['controllers']>;
  folder: string;
  target: KubectlTarget;
  apiServer: ApiServer;
  nodes: number;
  pace: Pace;
  /** More arguments of kube-controller-manager. */
  managerArgs?: readonly string[] | undefined;
}

/** How often controllers and scheduler may ask the API server: as much as they can, or as Kubernetes has it by default. */
export type Pace = 'hasty' | 'default';

/**
 * Starts kube-controller-manager, kube-scheduler and, unless there are to be no simulated nodes, kwok. Back when the
 * nodes are Ready.
 */
export async function startControllers(options: ControllerOptions): Promise<ManagedProcess[]> {
  const { binaries, folder, target } = options;
  const started: ManagedProcess[] = [];
  try {
    started.push(...(await startPacedControllers(options, options.pace)));
    if (options.nodes === 0) return started;
    started.push(await startKwok(binaries.kwok, folder, target.kubeconfigPath));
    await addFakeNodes(target, options.nodes, started);
    return started;
  } catch (error) {
    await Promise.all(started.map((one) => one.stop(1_000)));
    throw error;
  }
}

/** Those whose haste can be chosen: kube-controller-manager and kube-scheduler. */
export async function startPacedControllers(
  { binaries, folder, target, apiServer, managerArgs = [] }: Omit<ControllerOptions, 'nodes' | 'pace'>,
  pace: Pace,
): Promise<ManagedProcess[]> {
  const started: ManagedProcess[] = [];
  const common = [
    `--kubeconfig=${target.kubeconfigPath}`,
    // One of each, and no port of theirs that anybody asks.
    '--leader-elect=false',
    '--secure-port=0',
    // The defaults (20 and 50 requests a second) are for a fleet: thousands of pods would wait for minutes.
    ...(pace === 'hasty' ? ['--kube-api-qps=1000', '--kube-api-burst=2000'] : []),
  ];
  try {
    started.push(
      await startProcess({
        name: 'kube-controller-manager',
        command: binaries.kubeControllerManager,
        args: [
          ...common,
          `--root-ca-file=${apiServer.caPath}`,
          `--service-account-private-key-file=${apiServer.serviceAccountKeyPath}`,
          '--concurrent-deployment-syncs=20',
          '--concurrent-replicaset-syncs=20',
          '--concurrent-service-endpoint-syncs=20',
          ...managerArgs,
        ],
        logFile: join(folder, 'kube-controller-manager.log'),
      }),
      await startProcess({
        name: 'kube-scheduler',
        command: binaries.kubeScheduler,
        args: common,
        logFile: join(folder, 'kube-scheduler.log'),
      }),
    );
    return started;
  } catch (error) {
    await Promise.all(started.map((one) => one.stop(1_000)));
    throw error;
  }
}
