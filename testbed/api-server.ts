import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Binaries } from './binaries.ts';
import { kubectl } from './kubectl.ts';
import { freePort } from './ports.ts';
import { type ManagedProcess, startProcess, waitUntilReady } from './processes.ts';

interface ApiServerOptions {
  binaries: Binaries;
  folder: string;
  etcdUrl: string;
  auditLog?: string;
  /** More arguments than ours. */
  args?: readonly string[];
  /** Where it listens; loopback when left out. */
  address?: string;
  /** Users beside the administrator. */
  users?: readonly ApiUser[];
}

/** Somebody with a token and a kubeconfig; what they may do is a matter of RBAC. */
export interface ApiUser {
  name: string;
  groups: readonly string[];
}

/** An API server that can be stopped and started again with the same port, certificate, token and data. */
export interface ApiServer {
  server: string;
  caPath: string;
  token: string;
  kubeconfigPath: string;
  /** Kubeconfig of one of the users beside the administrator. */
  kubeconfigPathOf(user: string): string;
  /** Private key that signs the tokens of ServiceAccounts. */
  serviceAccountKeyPath: string;
  /** Back when it is ready; fails at once when it, or one of `needs`, has ended. */
  start(needs?: readonly ManagedProcess[]): Promise<void>;
  stop(how?: 'orderly' | 'SIGKILL'): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  processes(): ManagedProcess[];
}

/** Makes keys, token and kubeconfig in `folder`; starts nothing yet. */
export async function prepareApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { folder, binaries } = options;
  const { address = '127.0.0.1', users = [] } = options;
  const port = await freePort();
  const server = `https://${address}:${port}`;
  const token = randomBytes(24).toString('hex');
  const paths = {
    // The API server makes a certificate authority and a certificate of its own here, and finds them again on a
    // restart. The file holds the chain, and so is what a client verifies against: no openssl is needed.
    ca: join(folder, 'pki', 'apiserver.crt'),
    tokens: join(folder, 'tokens.csv'),
    serviceAccountKey: join(folder, 'service-accounts.key'),
    kubeconfig: join(folder, 'kubeconfig'),
    auditPolicy: join(folder, 'audit-policy.json'),
    log: join(folder, 'kube-apiserver.log'),
  };
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  await writeSecret(paths.serviceAccountKey, privateKey);
  const tokens = [`${token},leadplatform-admin,leadplatform-admin,"system:masters"`];
  await writeSecret(paths.kubeconfig, kubeconfig(server, paths.ca, token));
  const kubeconfigs = new Map<string, string>();
  for (const { name, groups } of users) {
    const own = randomBytes(24).toString('hex');
    const path = join(folder, `kubeconfig-${name.replaceAll(':', '-')}`);
    tokens.push(`${own},${name},${name},"${groups.join(',')}"`);
    await writeSecret(path, kubeconfig(server, paths.ca, own));
    kubeconfigs.set(name, path);
  }
  await writeSecret(paths.tokens, `${tokens.join('\n')}\n`);
  await writeSecret(paths.auditPolicy, auditPolicy());

  const args = [
    `--etcd-servers=${options.etcdUrl}`,
    `--bind-address=${address}`,
    `--advertise-address=${address}`,
    `--secure-port=${port}`,
    `--cert-dir=${join(folder, 'pki')}`,
    `--token-auth-file=${paths.tokens}`,
    '--authorization-mode=Node,RBAC',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${paths.serviceAccountKey}`,
    `--service-account-signing-key-file=${paths.serviceAccountKey}`,
    '--service-cluster-ip-range=10.96.0.0/12',
    // Endpoints on loopback are refused, and nobody who comes by loopback looks for the `kubernetes` Service.
    `--endpoint-reconciler-type=${address === '127.0.0.1' ? 'none' : 'lease'}`,
    // 1,000 platforms with a handful of children each come at once: what is measured is our operator, not a queue here.
    '--max-requests-inflight=2000',
    '--max-mutating-requests-inflight=1000',
    '--profiling=false',
    ...(options.args ?? []),
  ];
  if (binaries.controllers === undefined) {
    // Nobody makes the default ServiceAccount, and without it this plugin refuses every pod.
    args.push('--disable-admission-plugins=ServiceAccount');
  }
  if (options.auditLog !== undefined) {
    args.push(`--audit-policy-file=${paths.auditPolicy}`, `--audit-log-path=${options.auditLog}`);
  }

  let process: ManagedProcess | undefined;
  return {
    server,
    token,
    caPath: paths.ca,
    kubeconfigPath: paths.kubeconfig,
    kubeconfigPathOf: (user) => {
      const path = kubeconfigs.get(user);
      if (path === undefined) throw new Error(`the API server was prepared without a user "${user}"`);
      return path;
    },
    serviceAccountKeyPath: paths.serviceAccountKey,
    start: async (needs = []) => {
      if (process !== undefined && process.end() === undefined) throw new Error('the API server is running');
      process = await startProcess({
        name: 'kube-apiserver',
        command: binaries.kubeApiserver,
        args,
        // Memory is there; a core that collects garbage for a tenth of its time is missed by everybody else.
        env: { ...globalThis.process.env, GOGC: '400' },
        logFile: paths.log,
      });
      const target = { kubectlPath: binaries.kubectl, kubeconfigPath: paths.kubeconfig };
      await waitUntilReady('the API server is ready', [process, ...needs], async () => {
        await kubectl(target, ['get', '--raw=/readyz', '--request-timeout=5s']);
        return true;
      });
    },
    stop: async (how = 'orderly') => {
      if (how === 'SIGKILL') process?.signal('SIGKILL');
      // Left alone, it waits for its watchers to leave, which they never do.
      await process?.stop(2_000);
    },
    signal: (signal) => process?.signal(signal),
    processes: () => (process === undefined ? [] : [process]),
  };
}

async function writeSecret(path: string, content: string): Promise<void> {
  await writeFile(path, content, { mode: 0o600 });
}

/** JSON is YAML too, and needs no library. */
function kubeconfig(server: string, caPath: string, token: string): string {
  const name = 'leadplatform-testbed';
  return JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name, cluster: { server, 'certificate-authority': caPath } }],
      users: [{ name, user: { token } }],
      contexts: [{ name, context: { cluster: name, user: name, namespace: 'default' } }],
      'current-context': name,
    },
    undefined,
    2,
  );
}

/** Who did what to which object, once a request: enough to count the writes of one client. */
export function auditPolicy(): string {
  return JSON.stringify({
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived'],
    omitManagedFields: true,
    rules: [{ level: 'Metadata' }],
  });
}
