import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { KubeConfigError } from './kubeconfig-error.ts';

/** The fields of a kubeconfig that are looked at; files are absolute paths. */
export interface ClusterEntry {
  readonly server: string;
  readonly 'certificate-authority'?: string;
  readonly 'certificate-authority-data'?: string;
  readonly 'insecure-skip-tls-verify'?: boolean;
  readonly 'tls-server-name'?: string;
  readonly 'proxy-url'?: string;
}

export interface UserEntry {
  readonly 'client-certificate'?: string;
  readonly 'client-certificate-data'?: string;
  readonly 'client-key'?: string;
  readonly 'client-key-data'?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly username?: string;
  readonly password?: string;
  readonly as?: string;
  readonly exec?: object;
  readonly 'auth-provider'?: object;
}

/** Where to and as whom: one context, resolved. */
export interface Target {
  readonly context: string;
  readonly namespace: string;
  readonly cluster: ClusterEntry;
  readonly user: UserEntry;
}

interface ContextEntry {
  readonly cluster?: string;
  readonly user?: string;
  readonly namespace?: string;
}

interface Kubeconfig {
  readonly 'current-context'?: string;
  readonly contexts?: readonly { readonly name: string; readonly context: ContextEntry }[];
  readonly clusters?: readonly { readonly name: string; readonly cluster: ClusterEntry }[];
  readonly users?: readonly { readonly name: string; readonly user: UserEntry }[];
}

const FILE_FIELDS = ['certificate-authority', 'client-certificate', 'client-key', 'tokenFile'];

/** Where kubectl looks for kubeconfigs. */
export function usualFiles(env: NodeJS.ProcessEnv): string[] {
  const named = (env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '');
  return named.length > 0 ? named : [join(homedir(), '.kube', 'config')];
}

/** Resolves `context`, or the first file's current one. As with kubectl, of equal names the first file's counts. */
export function readTarget(files: readonly string[], context: string | undefined): Target {
  const configs = files.map(readFile);
  const all = <K extends 'contexts' | 'clusters' | 'users'>(kind: K) =>
    configs.flatMap((config) => [...(config[kind] ?? [])]) as NonNullable<Kubeconfig[K]>[number][];
  const name = context ?? configs.map((config) => config['current-context']).find((current) => !!current);
  if (name === undefined) {
    throw new KubeConfigError(`${files.join(', ')} sets no current context: name the context to use`);
  }
  const chosen = all('contexts').find((entry) => entry.name === name)?.context;
  if (chosen === undefined) {
    const names = all('contexts').map((entry) => entry.name);
    throw new KubeConfigError(`There is no context "${name}"; there are: ${names.join(', ') || 'none'}`);
  }
  const cluster = all('clusters').find((entry) => entry.name === chosen.cluster)?.cluster;
  if (cluster === undefined) {
    throw new KubeConfigError(
      `The context "${name}" names the cluster "${chosen.cluster}", which is not there`,
    );
  }
  const user = all('users').find((entry) => entry.name === chosen.user)?.user;
  if (chosen.user && user === undefined) {
    throw new KubeConfigError(`The context "${name}" names the user "${chosen.user}", who is not there`);
  }
  return { context: name, namespace: chosen.namespace ?? 'default', cluster, user: user ?? {} };
}

function readFile(file: string): Kubeconfig {
  let config: Kubeconfig | null;
  try {
    config = parse(readFileSync(file, 'utf8')) as Kubeconfig | null;
  } catch (error) {
    // Only the code: the words of a YAML error quote the file, and the file has secrets.
    const why = (error as { code?: unknown }).code === 'ENOENT' ? 'does not exist' : 'cannot be read as YAML';
    throw new KubeConfigError(`The kubeconfig ${file} ${why}`);
  }
  const folder = dirname(file);
  return {
    ...config,
    clusters: (config?.clusters ?? []).map((entry) => ({
      ...entry,
      cluster: absolute(entry.cluster, folder),
    })),
    users: (config?.users ?? []).map((entry) => ({ ...entry, user: absolute(entry.user, folder) })),
  };
}

/** Paths in a kubeconfig are relative to its folder. */
function absolute<T extends object>(entry: T, folder: string): T {
  const files = Object.entries(entry ?? {}).filter(([field, file]) => FILE_FIELDS.includes(field) && file);
  return {
    ...entry,
    ...Object.fromEntries(files.map(([field, file]) => [field, resolve(folder, String(file))])),
  };
}
