/**
 * Argo CD as two local processes on a control plane of ours: its repo-server and its application controller, which is
 * all of it that compares, syncs and judges. It has no API server of its own here and no user interface: an Application
 * is applied with kubectl.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { ensureTools, type ToolSet } from './builder.ts';
import { obtainHelm } from './chart-tools.ts';
import type { ControlPlane } from './control-plane.ts';
import { temporaryFolder } from './folders.ts';
import { definitionsServed } from './definitions.ts';
import { kubectl } from './kubectl.ts';
import { copyFromModule, versionIn } from './module-files.ts';
import { ensureDebianCommand } from './packages.ts';
import { freePort } from './ports.ts';
import { type ManagedProcess, startProcess, waitUntilReady } from './processes.ts';
import { type Log, logToStderr } from './progress.ts';

const MODULE = 'github.com/argoproj/argo-cd/v3';
const CONTROLLER = 'argocd-application-controller';

/** Where Argo CD and its Applications live. */
export const ARGOCD_NAMESPACE = 'argocd';

const argocdTools: ToolSet = {
  what: 'Argo CD',
  tools: [{ file: 'argocd', module: 'argocd', package: `${MODULE}/cmd` }],
  duration: 'about four minutes on two cores',
  instead: 'Install Go 1.26 or later (https://go.dev/dl).',
  defines: { argocd: (mod) => [`${MODULE}/common.version=${versionIn(mod, MODULE)}`] },
};

export interface ArgocdBinaries {
  /** Every component in one, which is told by ARGOCD_BINARY_NAME; under its own name it is the command line. */
  readonly argocd: string;
  /** A folder of manifests. */
  readonly definitions: string;
  readonly helm: string;
  readonly git: string;
}

/**
 * Argo CD's executable, built once into the cache with its CRDs beside it, and what it calls.
 * @throws TestbedUnavailable when something is missing and cannot be built or installed.
 */
export async function obtainArgocd(log: Log = logToStderr): Promise<ArgocdBinaries> {
  const git = await ensureDebianCommand('git', 'git', log);
  const helm = await obtainHelm(log);
  const path = await ensureTools(argocdTools, argocdTools.tools, log);
  const definitions = path('argocd-crds');
  await copyFromModule(argocdTools, 'argocd', MODULE, ['manifests', 'crds'], definitions);
  return { argocd: path('argocd'), definitions, helm, git };
}

/** A ConfigMap `argocd-cm` with these settings and the label by which Argo CD finds it. */
export function argocdSettings(data: Readonly<Record<string, string>>) {
  return configuration('ConfigMap', 'argocd-cm', { data });
}

export interface ArgocdOptions {
  readonly controlPlane: ControlPlane;
  readonly binaries: ArgocdBinaries;
  readonly redis: { readonly host: string; readonly port: number };
  /** What `argocd-cm` holds beside the interval at which git is asked. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface Argocd {
  /** Its user, as an audit log names it. */
  readonly user: string;
  /** Replaces what `argocd-cm` holds beside the interval. */
  configure(settings: Readonly<Record<string, string>>): Promise<void>;
  /** The last lines of both logs. */
  logTail(lines?: number): Promise<string>;
  stop(): Promise<void>;
}

/** Starts both; back when they are healthy. Git is asked every ten seconds. */
export async function startArgocd(options: ArgocdOptions): Promise<Argocd> {
  const { controlPlane, binaries, redis } = options;
  const folder = await temporaryFolder('argocd');
  const started: ManagedProcess[] = [];
  const stop = async () => {
    await Promise.all(started.map((one) => one.stop()));
    await folder.remove();
  };
  const configure = (settings: Readonly<Record<string, string>>) =>
    apply(controlPlane, [argocdSettings({ 'timeout.reconciliation': '10s', ...settings })]);
  try {
    await install(controlPlane, binaries);
    await configure(options.settings ?? {});
    const kubeconfig = await writeKubeconfig(controlPlane, folder.path);
    const env = await environment(folder.path, binaries, kubeconfig);
    const [repoPort, repoMetrics, controllerMetrics] = [await freePort(), await freePort(), await freePort()];
    const start = async (name: string, args: readonly string[]) => {
      const one = await startProcess({
        name,
        command: binaries.argocd,
        args: [...args, '--loglevel=info', `--redis=${redis.host}:${redis.port}`],
        env: { ...env, ARGOCD_BINARY_NAME: name },
        cwd: folder.path,
        logFile: join(folder.path, `${name}.log`),
      });
      started.push(one);
    };
    await start('argocd-repo-server', [
      '--address=127.0.0.1',
      `--port=${repoPort}`,
      '--metrics-address=127.0.0.1',
      `--metrics-port=${repoMetrics}`,
      '--disable-tls',
    ]);
    await start(CONTROLLER, [
      `--namespace=${ARGOCD_NAMESPACE}`,
      `--kubeconfig=${kubeconfig}`,
      `--repo-server=127.0.0.1:${repoPort}`,
      '--repo-server-plaintext',
      '--app-resync=10',
      '--app-resync-jitter=0',
      // Of all that is here, the one port that it opens on every interface: it has no setting for that.
      `--metrics-port=${controllerMetrics}`,
      '--status-processors=2',
      '--operation-processors=2',
    ]);
    for (const port of [repoMetrics, controllerMetrics]) {
      await waitUntilReady('Argo CD is healthy', started, async () => {
        return (await fetch(`http://127.0.0.1:${port}/healthz`)).ok;
      });
    }
    return {
      user: `system:serviceaccount:${ARGOCD_NAMESPACE}:${CONTROLLER}`,
      configure,
      logTail: async (lines) => (await Promise.all(started.map((one) => one.logTail(lines)))).join('\n'),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function install(controlPlane: ControlPlane, { definitions }: ArgocdBinaries): Promise<void> {
  const files = ['application-crd.yaml', 'appproject-crd.yaml'].map((file) => join(definitions, file));
  const names = files.map((file) => `--filename=${file}`);
  // Too large for the annotation that a client-side apply leaves.
  await kubectl(controlPlane, ['apply', '--server-side', ...names]);
  await definitionsServed(controlPlane, names);
  await kubectl(controlPlane, ['create', 'namespace', ARGOCD_NAMESPACE]);
  const metadata = { name: CONTROLLER, namespace: ARGOCD_NAMESPACE };
  await apply(controlPlane, [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: CONTROLLER },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', ...metadata }],
    },
    configuration('ConfigMap', 'argocd-rbac-cm', {}),
    // Signs the sessions of an API server that is not here; without it nothing starts.
    configuration('Secret', 'argocd-secret', { stringData: { 'server.secretkey': 'unused' } }),
    {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AppProject',
      metadata: { name: 'default', namespace: ARGOCD_NAMESPACE },
      spec: {
        sourceRepos: ['*'],
        destinations: [{ namespace: '*', server: '*' }],
        clusterResourceWhitelist: [{ group: '*', kind: '*' }],
      },
    },
  ]);
}

function configuration(kind: 'ConfigMap' | 'Secret', name: string, content: object) {
  const labels = { 'app.kubernetes.io/part-of': 'argocd' };
  return { apiVersion: 'v1', kind, metadata: { name, namespace: ARGOCD_NAMESPACE, labels }, ...content };
}

async function apply(controlPlane: ControlPlane, items: readonly object[]): Promise<void> {
  await kubectl(controlPlane, ['apply', '--server-side', '--force-conflicts', '--filename=-'], {
    input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
  });
}

/** An identity of its own, so that what it does can be told from what everybody else does. */
async function writeKubeconfig(controlPlane: ControlPlane, folder: string): Promise<string> {
  const token = await kubectl(controlPlane, [
    'create',
    'token',
    CONTROLLER,
    `--namespace=${ARGOCD_NAMESPACE}`,
    '--duration=24h',
  ]);
  const path = join(folder, 'kubeconfig');
  const name = 'argocd';
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name, cluster: { server: controlPlane.server, 'certificate-authority': controlPlane.caPath } },
    ],
    users: [{ name, user: { token: token.trim() } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  };
  await writeFile(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}

async function environment(folder: string, { helm, git }: ArgocdBinaries, kubeconfig: string) {
  const at = async (name: string) => {
    const path = join(folder, name);
    await mkdir(path);
    return path;
  };
  const system = (process.env['PATH'] ?? '').split(delimiter);
  return {
    PATH: [dirname(helm), dirname(git), ...system].join(delimiter),
    HOME: await at('home'),
    // Clones are made here.
    TMPDIR: await at('tmp'),
    KUBECONFIG: kubeconfig,
    // The cluster of the kubeconfig is the one that Applications call https://kubernetes.default.svc.
    ARGOCD_FAKE_IN_CLUSTER: 'true',
    ARGOCD_GPG_ENABLED: 'false',
    ARGOCD_TLS_DATA_PATH: await at('tls'),
    ARGOCD_SSH_DATA_PATH: await at('ssh'),
    ARGOCD_GNUPGHOME: await at('gnupg'),
    // Also how long the repo-server remembers what a branch points at.
    ARGOCD_RECONCILIATION_TIMEOUT: '10s',
  };
}
