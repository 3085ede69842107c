/** Which cluster a command talks to: named by the user, never the current context by itself. */

export const CLUSTER_OPTIONS = {
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
  namespace: { type: 'string', short: 'n' },
} as const;

export const CLUSTER_HELP = `  --kubeconfig FILE      the cluster, by a file of its own
  --context NAME         the cluster, by a context of your kubeconfig; the
                         current context is never taken by itself`;
