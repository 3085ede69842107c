/** That of kind itself. */
export const serviceRange = '10.96.0.0/16';

/**
 * kind's configuration: one node, in which the folder has the path that it has here, and an API server that writes an
 * audit log there.
 */
export function kindConfiguration(options: {
  folder: string;
  /** In the folder, as is the policy. */
  auditLog: string;
  auditPolicy: string;
}): object {
  const { folder, auditLog, auditPolicy } = options;
  const args = { 'audit-policy-file': auditPolicy, 'audit-log-path': auditLog };
  const extraVolumes = [{ name: 'testbed', hostPath: folder, mountPath: folder, pathType: 'Directory' }];
  // kubeadm changed how arguments are written; kind takes the patch whose version it uses, by that of Kubernetes.
  const extraArgs = {
    v1beta3: args,
    v1beta4: Object.entries(args).map(([name, value]) => ({ name, value })),
  };
  return {
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    kind: 'Cluster',
    networking: { serviceSubnet: serviceRange },
    nodes: [{ role: 'control-plane', extraMounts: [{ hostPath: folder, containerPath: folder }] }],
    kubeadmConfigPatches: Object.entries(extraArgs).map(([version, own]) =>
      JSON.stringify({
        apiVersion: `kubeadm.k8s.io/${version}`,
        kind: 'ClusterConfiguration',
        apiServer: { extraArgs: own, extraVolumes },
      }),
    ),
  };
}
