/**
 * Which cluster, and as whom.
 *
 *     const kube = await loadKube({ kubeconfig: '/path/to/config', context: 'staging' });
 *     const client = kube.client();
 *     …
 *     await kube.close();
 *
 * The only place that loads @kubernetes/client-node, and only for a user who needs a helper program or a cloud's or
 * OIDC's login: it costs half a second and 55 MB, and files and tokens need none of it.
 */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { KubeClient } from './client.ts';
import type { ClientOptions } from './client.ts';
import type { Clock } from './clock.ts';
import { KubeConfigError } from './kubeconfig-error.ts';
import type { Target } from './kubeconfig.ts';
import { silentLogger } from './logger.ts';
import type { Logger } from './logger.ts';
import { Transport } from './transport.ts';
import type { Credentials } from './transport.ts';

export { KubeConfigError } from './kubeconfig-error.ts';

export interface KubeOptions {
  /** Path of a kubeconfig. */
  readonly kubeconfig?: string | undefined;
  /**
   * The context to use. With `kubeconfig` its current context is the default, as the file itself was named; without,
   * the context is looked for where kubectl looks: $KUBECONFIG, then ~/.kube/config. Neither is given: the cluster
   * that this pod is in, and nothing else.
   */
  readonly context?: string | undefined;
  /** Requests in flight at once, each on a connection of its own; watches do not count. Default 16. */
  readonly maxConnections?: number;
  readonly logger?: Logger;
  readonly clock?: Clock;
  /** Default `process.env`. */
  readonly env?: NodeJS.ProcessEnv;
}

export interface BearerToken {
  readonly token: string;
  /** A helper program or a login of a cloud or an OIDC provider gave it. It may be good for more than this cluster. */
  readonly isFromHelper: boolean;
}

export interface Kube {
  /** For people: where the cluster is. */
  readonly server: string;
  /** The context in use; `in-cluster` inside a pod. */
  readonly context: string;
  /** The namespace that the context, or the pod, is in. */
  readonly namespace: string;
  /** For people: the options by which kubectl finds this cluster; empty inside a pod. */
  readonly kubectlOptions: string;
  /**
   * The bearer token by which the API server knows the user now; undefined where that is a certificate, which counts before a
   * token, or a password, or where the user acts as another one, whose token this is not. Rejects with `KubeConfigError`.
   */
  bearerToken(): Promise<BearerToken | undefined>;
  /** Clients are cheap; all of one `Kube` share its connections. */
  client(options?: ClientOptions): KubeClient;
  /** Breaks off whatever is under way. */
  close(): Promise<void>;
}

const DEFAULT_MAX_CONNECTIONS = 16;
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Rejects with `KubeConfigError`. Connects to nothing yet. */
export async function loadKube(options: KubeOptions = {}): Promise<Kube> {
  const load = (): Promise<Target> => targetOf(options);
  let target = await load();
  checkServer(target.context, target.cluster);
  const proxy = target.cluster['proxy-url'];
  if (proxy !== undefined && !/^https?:/.test(proxy)) {
    throw new KubeConfigError(`The proxy of context "${target.context}" must be http or https`);
  }
  let helper = needsHelper(target) ? await helperOf(target) : undefined;
  const transport = new Transport({
    server: target.cluster.server,
    proxy,
    maxConnections: options.maxConnections ?? DEFAULT_MAX_CONNECTIONS,
    logger: options.logger ?? silentLogger,
    ...(options.clock && { clock: options.clock }),
    loadCredentials: async (rejected) => {
      if (rejected) {
        // Some tools rewrite the token in the kubeconfig itself; and what a helper gave last is no good any more.
        target = await load();
        helper = needsHelper(target) ? await helperOf(target) : undefined;
      }
      return helper === undefined ? credentialsOf(target) : helper();
    },
  });
  return {
    server: target.cluster.server,
    context: target.context,
    namespace: target.namespace,
    kubectlOptions: kubectlOptions(options),
    bearerToken: async () => {
      const token = tokenIn(await transport.credentials());
      if (token === undefined || hasCertificate(target)) return undefined;
      return { token, isFromHelper: helper !== undefined };
    },
    client: (clientOptions) => new KubeClient(transport, clientOptions),
    close: () => transport.close(),
  };
}

/** What is there and empty is as good as none, as with kubectl. */
const hasCertificate = ({ user }: Target): boolean =>
  Boolean(user['client-certificate-data'] || user['client-certificate']);

function tokenIn(headers: Credentials['headers']): string | undefined {
  if ('impersonate-user' in headers) return undefined;
  return /^Bearer (.+)$/.exec(headers['authorization'] ?? '')?.[1];
}

/** The file is a user's: it may leave out what the type has. */
function checkServer(context: string, { server = '' }: { readonly server?: string }): void {
  if (/^https?:\/\//.test(server) && URL.canParse(server)) return;
  throw new KubeConfigError(
    `The server of context "${context}" is "${server}"; write an address like https://127.0.0.1:6443`,
  );
}

const kubectlOptions = ({ kubeconfig, context }: KubeOptions): string =>
  [kubeconfig && `--kubeconfig ${kubeconfig}`, context && `--context ${context}`].filter(Boolean).join(' ');

async function targetOf({ kubeconfig, context, env = process.env }: KubeOptions): Promise<Target> {
  if (kubeconfig !== undefined || context !== undefined) {
    // Loaded where it is needed: a pod has no kubeconfig, and so no use for a parser of YAML.
    const { readTarget, usualFiles } = await import('./kubeconfig.ts');
    return readTarget(kubeconfig === undefined ? usualFiles(env) : [kubeconfig], context);
  }
  const host = env['KUBERNETES_SERVICE_HOST'];
  if (!host) {
    throw new KubeConfigError(
      'No cluster was named: give a kubeconfig or a context. Only inside a pod can both be left out.',
    );
  }
  const authority = `${host.includes(':') ? `[${host}]` : host}:${env['KUBERNETES_SERVICE_PORT'] ?? '443'}`;
  return {
    context: 'in-cluster',
    namespace: ownNamespace(),
    cluster: { server: `https://${authority}`, 'certificate-authority': `${SERVICE_ACCOUNT}/ca.crt` },
    user: { tokenFile: `${SERVICE_ACCOUNT}/token` },
  };
}

function ownNamespace(): string {
  try {
    return readFileSync(`${SERVICE_ACCOUNT}/namespace`, 'utf8').trim();
  } catch {
    throw new KubeConfigError(
      `This pod has no token of a ServiceAccount (${SERVICE_ACCOUNT} cannot be read): set automountServiceAccountToken, or name a kubeconfig`,
    );
  }
}

/** Reads the files that are named; what is given as data wins, and what is empty counts for nothing, as with kubectl. */
async function credentialsOf({ cluster, user }: Target): Promise<Credentials> {
  const headers: Record<string, string> = {};
  const token =
    user.token || (user.tokenFile ? (await namedFile(user.tokenFile)).toString('utf8') : undefined);
  if (token) headers['authorization'] = `Bearer ${token.trim()}`;
  else if (user.username) {
    headers['authorization'] =
      `Basic ${Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')}`;
  }
  if (user.as) headers['impersonate-user'] = user.as;
  const [ca, cert, key] = await Promise.all([
    bytesOf(cluster['certificate-authority-data'], cluster['certificate-authority']),
    bytesOf(user['client-certificate-data'], user['client-certificate']),
    bytesOf(user['client-key-data'], user['client-key']),
  ]);
  return { headers, tls: { ca, cert, key, ...serverChecks(cluster) } };
}

async function bytesOf(data: string | undefined, file: string | undefined): Promise<Buffer | undefined> {
  if (data) return Buffer.from(data, 'base64');
  return file ? namedFile(file) : undefined;
}

/** A file that a kubeconfig names. */
async function namedFile(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new KubeConfigError(`The kubeconfig names the file ${file}, which cannot be read (${code})`);
  }
}

const serverChecks = (cluster: Target['cluster']) => ({
  servername: cluster['tls-server-name'],
  ...(cluster['insecure-skip-tls-verify'] === true && { rejectUnauthorized: false }),
});

const needsHelper = ({ user }: Target): boolean =>
  user.exec !== undefined || user['auth-provider'] !== undefined;

/** Logs in as the kubeconfig says; runs the helper program again when what it gave has expired. */
async function helperOf({ cluster, user }: Target): Promise<() => Promise<Credentials>> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  config.loadFromString(
    // JSON is YAML.
    JSON.stringify({
      clusters: [{ name: 'cluster', cluster }],
      users: [{ name: 'user', user }],
      contexts: [{ name: 'context', context: { cluster: 'cluster', user: 'user' } }],
      'current-context': 'context',
    }),
  );
  return async () => {
    const options: { ca?: Buffer; cert?: Buffer; key?: Buffer; headers?: Record<string, string> } = {};
    try {
      await config.applyToHTTPSOptions(options);
    } catch (error) {
      throw helperFailed(user, error);
    }
    const headers = Object.entries(options.headers ?? {}).map(([name, value]) => [
      name.toLowerCase(),
      value.trim(),
    ]);
    const { ca, cert, key } = options;
    return { headers: Object.fromEntries(headers), tls: { ca, cert, key, ...serverChecks(cluster) } };
  };
}

/** Without the words of the helper: what it was about to say may be a secret. */
function helperFailed({ exec }: Target['user'], error: unknown): KubeConfigError {
  const { command } = (exec ?? {}) as { readonly command?: string };
  const { code } = error as { readonly code?: unknown };
  const what =
    command === undefined
      ? 'The login that the kubeconfig names'
      : `The helper program "${command}" of the kubeconfig`;
  return new KubeConfigError(
    `${what} failed${typeof code === 'string' ? ` (${code})` : ''}; run it by hand, or log in again`,
  );
}
