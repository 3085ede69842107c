/**
 * KEDA, the peer of the bench, as two local processes on a control plane of ours: its operator, and its metrics adapter
 * behind an APIService. Everything at its defaults, but for addresses and certificates.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ensureTools, type ToolSet } from './builder.ts';
import type { ControlPlane } from './control-plane.ts';
import { kubectl } from './kubectl.ts';
import { copyFromModule, pinnedVersion, versionIn } from './module-files.ts';
import { ensureDebianCommand } from './packages.ts';
import { freePort } from './ports.ts';
import { type ManagedProcess, startProcess, waitUntilReady } from './processes.ts';
import { type Log, logToStderr } from './progress.ts';

const run = promisify(execFile);

const MODULE = 'github.com/kedacore/keda/v2';
const NAMESPACE = 'keda';
const FRONT_PROXY = 'front-proxy-client';

const kedaTools: ToolSet = {
  what: 'KEDA',
  tools: [
    { file: 'keda-operator', module: 'keda', package: `${MODULE}/cmd/operator` },
    { file: 'keda-adapter', module: 'keda', package: `${MODULE}/cmd/adapter` },
  ],
  duration: 'about ten minutes on two cores',
  instead: 'Install Go 1.26 or later (https://go.dev/dl), or leave the peer out: --peer none.',
  defines: { keda: (mod) => [`${MODULE}/version.Version=${versionIn(mod, MODULE)}`] },
};

export interface KedaBinaries {
  readonly version: string;
  readonly operator: string;
  readonly adapter: string;
  /** A folder of manifests. */
  readonly definitions: string;
}

/**
 * KEDA's executables, built once into the cache, and its CRDs beside them.
 * @throws TestbedUnavailable when they are not there and Go is missing.
 */
export async function obtainKeda(log: Log = logToStderr): Promise<KedaBinaries> {
  const path = await ensureTools(kedaTools, kedaTools.tools, log);
  const definitions = path('keda-crds');
  await copyFromModule(kedaTools, 'keda', MODULE, ['config', 'crd', 'bases'], definitions);
  const version = await pinnedVersion('keda', MODULE);
  return { version, operator: path('keda-operator'), adapter: path('keda-adapter'), definitions };
}

export interface KedaCertificates {
  readonly folder: string;
  /** Arguments of an API server that is to let the adapter answer for it. */
  readonly apiServerArgs: readonly string[];
}

/** One certificate authority and one certificate, for the adapter, the operator's gRPC, and the front proxy. */
export async function makeKedaCertificates(folder: string, log: Log): Promise<KedaCertificates> {
  const openssl = await ensureDebianCommand('openssl', 'openssl', log);
  const extensions = join(folder, 'extensions');
  const names = ['keda-operator.keda.svc', 'keda-metrics-apiserver.keda.svc', 'localhost'];
  await writeFile(
    extensions,
    `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')},IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n`,
  );
  const at = (file: string) => join(folder, file);
  const key = ['-newkey', 'rsa:2048', '-noenc'];
  const steps = [
    [
      'req',
      '-x509',
      ...key,
      '-days',
      '7',
      '-subj',
      '/CN=bench',
      '-keyout',
      at('ca.key'),
      '-out',
      at('ca.crt'),
    ],
    ['req', ...key, '-subj', `/CN=${FRONT_PROXY}`, '-keyout', at('tls.key'), '-out', at('tls.csr')],
    [
      'x509',
      '-req',
      '-in',
      at('tls.csr'),
      '-CA',
      at('ca.crt'),
      '-CAkey',
      at('ca.key'),
      '-CAcreateserial',
      '-days',
      '7',
      '-extfile',
      extensions,
      '-out',
      at('tls.crt'),
    ],
  ];
  for (const step of steps) await run(openssl, step);
  return {
    folder,
    apiServerArgs: [
      `--requestheader-client-ca-file=${at('ca.crt')}`,
      `--requestheader-allowed-names=${FRONT_PROXY}`,
      '--requestheader-username-headers=X-Remote-User',
      '--requestheader-group-headers=X-Remote-Group',
      '--requestheader-extra-headers-prefix=X-Remote-Extra-',
      `--proxy-client-cert-file=${at('tls.crt')}`,
      `--proxy-client-key-file=${at('tls.key')}`,
    ],
  };
}

export interface Keda {
  readonly operator: ManagedProcess;
  readonly adapter: ManagedProcess;
  stop(): Promise<void>;
}

/** Starts both on a control plane that was started with `certificates`; back when the metrics API is available. */
export async function startKeda(
  controlPlane: ControlPlane,
  binaries: KedaBinaries,
  certificates: KedaCertificates,
): Promise<Keda> {
  const { folder } = certificates;
  await kubectl(controlPlane, ['create', '--filename', binaries.definitions]);
  await kubectl(controlPlane, ['create', 'namespace', NAMESPACE]);
  const [grpc, secure, metrics, probe, adapterMetrics] = await Promise.all(
    Array.from({ length: 5 }, () => freePort()),
  );
  const env = {
    ...process.env,
    KUBECONFIG: controlPlane.kubeconfigPath,
    POD_NAMESPACE: NAMESPACE,
    KEDA_CLUSTER_OBJECT_NAMESPACE: NAMESPACE,
    WATCH_NAMESPACE: '',
    HOME: folder,
  };
  const started: ManagedProcess[] = [];
  const stop = async () => void (await Promise.all(started.map((one) => one.stop(5_000))));
  try {
    const operator = await startProcess({
      name: 'keda-operator',
      command: binaries.operator,
      args: [
        '--leader-elect',
        '--zap-log-level=info',
        '--zap-encoder=console',
        `--cert-dir=${folder}`,
        `--metrics-bind-address=127.0.0.1:${metrics}`,
        `--health-probe-bind-address=127.0.0.1:${probe}`,
        `--metrics-service-bind-address=127.0.0.1:${grpc}`,
      ],
      env,
      logFile: join(folder, 'keda-operator.log'),
    });
    started.push(operator);
    await waitUntilReady(
      'the operator of KEDA is ready',
      [operator],
      async () => (await fetch(`http://127.0.0.1:${probe}/readyz`)).ok,
      120_000,
    );
    const adapter = await startProcess({
      name: 'keda-adapter',
      command: binaries.adapter,
      args: [
        `--secure-port=${secure}`,
        '--bind-address=127.0.0.1',
        `--port=${adapterMetrics}`,
        '--zap-log-level=error',
        `--kubeconfig=${controlPlane.kubeconfigPath}`,
        `--lister-kubeconfig=${controlPlane.kubeconfigPath}`,
        `--authentication-kubeconfig=${controlPlane.kubeconfigPath}`,
        `--authorization-kubeconfig=${controlPlane.kubeconfigPath}`,
        `--tls-cert-file=${join(folder, 'tls.crt')}`,
        `--tls-private-key-file=${join(folder, 'tls.key')}`,
        `--cert-dir=${folder}`,
        `--metrics-service-address=127.0.0.1:${grpc}`,
        '--metrics-service-grpc-authority=localhost',
      ],
      env,
      logFile: join(folder, 'keda-adapter.log'),
    });
    started.push(adapter);
    await kubectl(controlPlane, ['create', '--filename=-'], {
      input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: metricsApi(Number(secure)) }),
    });
    await waitUntilReady(
      'the metrics API of KEDA is available',
      started,
      async () => {
        await kubectl(controlPlane, ['get', '--raw=/apis/external.metrics.k8s.io/v1beta1']);
        return true;
      },
      120_000,
    );
    return { operator, adapter, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The API server reaches the adapter by a Service that is a name for this machine. */
const metricsApi = (port: number): object[] => [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'keda-metrics-apiserver', namespace: NAMESPACE },
    spec: { type: 'ExternalName', externalName: 'localhost', ports: [{ name: 'https', port }] },
  },
  {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: 'v1beta1.external.metrics.k8s.io' },
    spec: {
      service: { name: 'keda-metrics-apiserver', namespace: NAMESPACE, port },
      group: 'external.metrics.k8s.io',
      version: 'v1beta1',
      groupPriorityMinimum: 100,
      versionPriority: 100,
      insecureSkipTLSVerify: true,
    },
  },
];
