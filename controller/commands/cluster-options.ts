/** Which cluster a command talks to: named by the user, never the current context by itself. */
import type { Kube, KubeOptions } from '../runtime/kube.ts';
import { loadKube } from '../runtime/kube.ts';
import { asUsageError } from './cluster-errors.ts';

export const CLUSTER_OPTIONS = {
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
  namespace: { type: 'string', short: 'n' },
} as const;

export const CLUSTER_HELP = `  --kubeconfig FILE      the cluster, by a file of its own
  --context NAME         the cluster, by a context of your kubeconfig; the
                         current context is never taken by itself`;

/** Like `loadKube`; that no cluster was named, or one that is not there, is the user's mistake. */
export async function connect(options: KubeOptions): Promise<Kube> {
  try {
    return await loadKube(options);
  } catch (error) {
    throw asUsageError(error);
  }
}
