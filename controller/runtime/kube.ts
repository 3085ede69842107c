/**
 * Which cluster, and as whom. The only place that loads @kubernetes/client-node, and only when a cluster is really
 * asked for: its import takes most of a second.
 *
 *     const kube = await loadKube({ kubeconfig: '/path/to/config', context: 'staging' });
 *     const client = kube.client();
 *     …
 *     await kube.close();
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { KubeClient } from './client.ts';
import type { ClientOptions } from './client.ts';
import type { Clock } from './clock.ts';
import { silentLogger } from './logger.ts';
import type { Logger } from './logger.ts';
import { Transport } from './transport.ts';
import type { Credentials } from './transport.ts';

export interface KubeOptions {
  /** Path of a kubeconfig. */
  readonly kubeconfig?: string | undefined;
  /**
   * The context to use. With `kubeconfig` its current context is the default, as the file itself was named; without,
   * the context is looked for where kubectl looks: $KUBECONFIG, then ~/.kube/config.
   */
  readonly context?: string | undefined;
  /** Requests in flight at once, each on a connection of its own; watches do not count. Default 16. */
  readonly maxConnections?: number;
  readonly logger?: Logger;
  readonly clock?: Clock;
  /** Default `process.env`. */
  readonly env?: NodeJS.ProcessEnv;
}

/** No cluster was named, or the one that was named is not there. Says what would be right. */
export class KubeConfigError extends Error {
  override readonly name = 'KubeConfigError';
}

export interface Kube {
  /** For people: where the cluster is. */
  readonly server: string;
  /** The context in use; `in-cluster` inside a pod. */
  readonly context: string;
  /** The namespace that the context, or the pod, is in. */
  readonly namespace: string;
  /** Clients are cheap; all of one `Kube` share its connections. */
  client(options?: ClientOptions): KubeClient;
  /** Breaks off whatever is under way. */
  close(): Promise<void>;
}

const DEFAULT_MAX_CONNECTIONS = 16;

export async function loadKube(options: KubeOptions = {}): Promise<Kube> {
  const env = options.env ?? process.env;
  const { KubeConfig } = await import('@kubernetes/client-node');
  const load = (): KubeConfig => loadConfig(new KubeConfig(), options, env);
  let config = load();
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    throw new KubeConfigError(
      `The context "${config.getCurrentContext()}" names a cluster that the kubeconfig lacks`,
    );
  }
  if (cluster.proxyUrl !== undefined && !/^https?:/.test(cluster.proxyUrl)) {
    throw new KubeConfigError(`The proxy of cluster "${cluster.name}" must be http or https`);
  }
  const transport = new Transport({
    server: cluster.server,
    proxy: cluster.proxyUrl,
    maxConnections: options.maxConnections ?? DEFAULT_MAX_CONNECTIONS,
    logger: options.logger ?? silentLogger,
    ...(options.clock && { clock: options.clock }),
    loadCredentials: (rejected) => {
      // Some tools rewrite the token in the kubeconfig itself, and a helper program's answer is kept until it expires.
      if (rejected) config = load();
      return credentialsOf(config);
    },
  });
  return {
    server: cluster.server,
    context: config.getCurrentContext(),
    namespace: config.getContextObject(config.getCurrentContext())?.namespace ?? 'default',
    client: (clientOptions) => new KubeClient(transport, clientOptions),
    close: () => transport.close(),
  };
}

/** Fills `config`, and leaves exactly the asked-for context current. */
function loadConfig(config: KubeConfig, options: KubeOptions, env: NodeJS.ProcessEnv): KubeConfig {
  const { kubeconfig, context } = options;
  if (kubeconfig === undefined && context === undefined) {
    if (!env['KUBERNETES_SERVICE_HOST']) {
      throw new KubeConfigError(
        'No cluster was named: give a kubeconfig or a context. Only inside a pod can both be left out.',
      );
    }
    config.loadFromCluster();
    return config;
  }
  if (kubeconfig === undefined) {
    config.loadFromDefault();
  } else {
    config.loadFromFile(kubeconfig);
    followTokenFiles(config, kubeconfig);
  }
  if (context !== undefined) {
    const names = config.getContexts().map((c) => c.name);
    if (!names.includes(context)) {
      throw new KubeConfigError(`There is no context "${context}"; there are: ${names.join(', ') || 'none'}`);
    }
    config.setCurrentContext(context);
  } else if (!config.getContextObject(config.getCurrentContext() ?? '')) {
    throw new KubeConfigError(`${kubeconfig} sets no current context: name the context to use`);
  }
  return config;
}

/** `tokenFile` of a user, which the library knows only under another name and reads only once. */
function followTokenFiles(config: KubeConfig, file: string): void {
  const raw = parse(readFileSync(file, 'utf8')) as {
    users?: { name: string; user?: { tokenFile?: unknown; token?: unknown } }[];
  } | null;
  config.users = config.users.map((user) => {
    const settings = raw?.users?.find((u) => u.name === user.name)?.user;
    if (typeof settings?.tokenFile !== 'string' || settings.token != null) return user;
    const tokenFile = resolve(dirname(file), settings.tokenFile);
    return { ...user, authProvider: { name: 'tokenFile', config: { tokenFile } } };
  });
}

/** Files are read on every call; a helper program runs when what it gave last has expired. */
async function credentialsOf(config: KubeConfig): Promise<Credentials> {
  const options: {
    ca?: Buffer;
    cert?: Buffer | string;
    key?: Buffer | string;
    servername?: string;
    rejectUnauthorized?: boolean;
    auth?: string;
    headers?: Record<string, string>;
  } = {};
  await config.applyToHTTPSOptions(options);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {}))
    headers[name.toLowerCase()] = value.trim();
  if (options.auth) headers['authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  const { ca, cert, key, servername, rejectUnauthorized } = options;
  return { headers, tls: { ca, cert, key, servername, rejectUnauthorized } };
}
