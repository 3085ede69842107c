import { expect, it } from 'vitest';
import { kindConfiguration } from '../../../testbed/real/kind-config.ts';

interface Patch {
  apiVersion: string;
  apiServer: { extraArgs: unknown; extraVolumes: { hostPath: string; mountPath: string }[] };
}

it('gives the API server its audit policy and log by the same paths as here, through both mounts, for either kubeadm', () => {
  const folder = '/somewhere/kind';
  const files = { auditLog: `${folder}/audit.log`, auditPolicy: `${folder}/policy.json` };
  const config = kindConfiguration({ folder, ...files }) as {
    nodes: object[];
    kubeadmConfigPatches: string[];
  };
  expect(config.nodes).toEqual([
    { role: 'control-plane', extraMounts: [{ hostPath: folder, containerPath: folder }] },
  ]);
  const patches = config.kubeadmConfigPatches.map((text) => JSON.parse(text) as Patch);
  expect(patches.map(({ apiVersion, apiServer }) => [apiVersion, apiServer.extraArgs])).toEqual([
    ['kubeadm.k8s.io/v1beta3', { 'audit-policy-file': files.auditPolicy, 'audit-log-path': files.auditLog }],
    [
      'kubeadm.k8s.io/v1beta4',
      [
        { name: 'audit-policy-file', value: files.auditPolicy },
        { name: 'audit-log-path', value: files.auditLog },
      ],
    ],
  ]);
  for (const { apiServer } of patches) {
    expect(apiServer.extraVolumes).toMatchObject([{ hostPath: folder, mountPath: folder }]);
  }
});
