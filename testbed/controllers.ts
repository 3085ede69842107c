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
  /** Requests a second that controllers and scheduler may make, each. */
  qps: number;
}

/** Starts kube-controller-manager, kube-scheduler and kwok, and adds the nodes; back when the nodes are Ready. */
export async function startControllers(options: ControllerOptions): Promise<ManagedProcess[]> {
  const { binaries, folder, target, apiServer } = options;
  const started: ManagedProcess[] = [];
  const common = [
    `--kubeconfig=${target.kubeconfigPath}`,
    // One of each, and no port of theirs that anybody asks.
    '--leader-elect=false',
    '--secure-port=0',
    `--kube-api-qps=${options.qps}`,
    `--kube-api-burst=${2 * options.qps}`,
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
        ],
        logFile: join(folder, 'kube-controller-manager.log'),
      }),
      await startProcess({
        name: 'kube-scheduler',
        command: binaries.kubeScheduler,
        args: common,
        logFile: join(folder, 'kube-scheduler.log'),
      }),
      await startKwok(binaries.kwok, folder, target.kubeconfigPath),
    );
    await addFakeNodes(target, options.nodes, started);
    return started;
  } catch (error) {
    await Promise.all(started.map((one) => one.stop(1_000)));
    throw error;
  }
}
