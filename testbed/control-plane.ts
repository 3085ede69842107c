import { type ApiServer, type ApiUser, prepareApiServer } from './api-server.ts';
import { type Binaries, obtainBinaries } from './binaries.ts';
import { type Pace, startControllers, startPacedControllers } from './controllers.ts';
import { type Etcd, prepareEtcd } from './etcd.ts';
import { temporaryFolder } from './folders.ts';
import { kubectl } from './kubectl.ts';
import { type ManagedProcess, waitUntilReady } from './processes.ts';
import { type Log, logToStderr } from './progress.ts';
import { timed } from './work-times.ts';

export interface ControlPlaneOptions {
  /** Part of the name of its folder, for the one who looks at processes; `control-plane` when left out. */
  name?: string;
  /** Simulated nodes (kwok), each with room for 20,000 pods; 1 when left out, and 0 for a cluster with real ones. */
  nodes?: number;
  /** File to which the API server writes one line of JSON for each request (audit level Metadata). */
  auditLog?: string;
  /** More arguments of the API server, such as those of an aggregated one. */
  apiServerArgs?: readonly string[];
  /** More arguments of kube-controller-manager, such as how often it looks at what it scales. */
  managerArgs?: readonly string[];
  /** Where the API server listens; loopback when left out. */
  address?: string;
  /** Users of the API server beside the administrator, see {@link ControlPlane.kubeconfigPathOf}. */
  users?: readonly ApiUser[];
  /** How often controllers and scheduler may ask the API server; `hasty` when left out. */
  pace?: Pace;
  log?: Log;
  /** Executables to run; those of {@link obtainBinaries} when left out. */
  binaries?: Binaries;
}

/** A Kubernetes control plane of our own on loopback. Its user is a member of system:masters. */
export interface ControlPlane {
  /** A kubeconfig that verifies the server's certificate. */
  kubeconfigPath: string;
  /** Base URL of the API server. */
  server: string;
  /** The certificate authority of the API server, PEM. */
  caPath: string;
  kubectlPath: string;
  /** Bearer token of the administrator. */
  token: string;
  /** Kubeconfig of one of the further users that were asked for. */
  kubeconfigPathOf(user: string): string;
  /** False where only etcd and an API server run (KUBEBUILDER_ASSETS): no Deployment gets a pod. */
  hasControllers: boolean;
  /** Its data, logs and credentials. */
  folder: string;
  /** Ends the API server and keeps its port, certificate and data; `SIGKILL` when it is to be abrupt. */
  stopApiServer(how?: 'orderly' | 'SIGKILL'): Promise<void>;
  /** Starts it again where it was; back when it is ready. */
  startApiServer(): Promise<void>;
  /** Freezes the API server: connections stay open and nothing answers. */
  pauseApiServer(): void;
  resumeApiServer(): void;
  /** Ends etcd and keeps its port and data; `SIGKILL` when it is to be abrupt. */
  stopEtcd(how?: 'orderly' | 'SIGKILL'): Promise<void>;
  /** Starts it again where it was; back when it runs. */
  startEtcd(): Promise<void>;
  /** Starts controllers and scheduler anew, at another pace. */
  changePace(pace: Pace): Promise<void>;
  /** Process ids of all that runs, in the order in which it was started. */
  pids(): number[];
  /** Ends everything and removes the folder. */
  stop(): Promise<void>;
}

/**
 * Starts etcd, an API server and, where there are binaries for them, the controllers, the scheduler and kwok. Back when
 * the API server is ready, the default ServiceAccount exists and the nodes are Ready.
 * @throws TestbedUnavailable when there are no binaries and no way to build them.
 */
export function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  return timed('a control plane starts', () => start(options));
}

async function start(options: ControlPlaneOptions): Promise<ControlPlane> {
  const log = options.log ?? logToStderr;
  const binaries = options.binaries ?? (await obtainBinaries(log));
  const folder = await temporaryFolder(options.name ?? 'control-plane');
  const started: ManagedProcess[] = [];
  let etcd: Etcd | undefined;
  let apiServer: ApiServer | undefined;

  const running = () => [...(etcd?.processes() ?? []), ...(apiServer?.processes() ?? []), ...started];
  const stop = async () => {
    // All at once: the data goes away, so that no part has anything to save for another.
    await Promise.all(running().map((one) => one.stop(1_000)));
    await folder.remove();
  };

  try {
    etcd = await prepareEtcd(binaries.etcd, folder.path);
    await etcd.start();
    apiServer = await prepareApiServer({
      binaries,
      folder: folder.path,
      etcdUrl: etcd.url,
      ...(options.address === undefined ? {} : { address: options.address }),
      ...(options.users === undefined ? {} : { users: options.users }),
      ...(options.auditLog === undefined ? {} : { auditLog: options.auditLog }),
      ...(options.apiServerArgs === undefined ? {} : { args: options.apiServerArgs }),
    });
    await apiServer.start(etcd.processes());
    const target = { kubectlPath: binaries.kubectl, kubeconfigPath: apiServer.kubeconfigPath };
    if (binaries.controllers !== undefined) {
      started.push(
        ...(await startControllers({
          binaries: binaries.controllers,
          folder: folder.path,
          target,
          apiServer,
          nodes: options.nodes ?? 1,
          pace: options.pace ?? 'hasty',
          managerArgs: options.managerArgs,
        })),
      );
      await waitUntilReady('the default ServiceAccount exists', running(), async () => {
        await kubectl(target, ['get', 'serviceaccount', 'default', '--namespace=default']);
        return true;
      });
    }
    const [server, store] = [apiServer, etcd];
    const { start: startServer, stop: stopApiServer, signal } = server;
    return {
      ...target,
      server: apiServer.server,
      caPath: apiServer.caPath,
      token: apiServer.token,
      kubeconfigPathOf: apiServer.kubeconfigPathOf,
      hasControllers: binaries.controllers !== undefined,
      folder: folder.path,
      stopApiServer,
      startApiServer: () => startServer(store.processes()),
      pauseApiServer: () => signal('SIGSTOP'),
      resumeApiServer: () => signal('SIGCONT'),
      stopEtcd: store.stop,
      startEtcd: store.start,
      changePace: async (pace) => {
        if (binaries.controllers === undefined) return;
        // The first two that were started.
        await Promise.all(started.slice(0, 2).map((one) => one.stop(1_000)));
        const { managerArgs } = options;
        const again = { binaries: binaries.controllers, folder: folder.path, target, apiServer: server };
        started.splice(0, 2, ...(await startPacedControllers({ ...again, managerArgs }, pace)));
      },
      pids: () => running().map((one) => one.pid),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
