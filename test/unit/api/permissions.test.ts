import { expect, it } from 'vitest';
import { admit, describeProblem } from '../../../src/api/admit.ts';
import { type AuthorPermissions, NOTHING_MORE } from '../../../src/api/permissions.ts';
import { manifest } from '../../fixtures/manifests.ts';

const asked = (podTemplate: object) => manifest('brain', { spec: { podTemplate } });

it.each<[keyof AuthorPermissions, object, string]>([
  [
    'privileged',
    { containerSecurityContext: { privileged: true } },
    'spec.podTemplate.containerSecurityContext.privileged: asks for privileged containers, which this operator does not allow; leave it out, or have it run with --allow-privileged (chart: authors.allowPrivileged=true)',
  ],
  [
    'privileged',
    { containerSecurityContext: { capabilities: { add: ['CHOWN', 'SYS_ADMIN', 'NET_RAW'] } } },
    'spec.podTemplate.containerSecurityContext.capabilities.add: asks for SYS_ADMIN, NET_RAW, beyond the Pod Security level baseline, which this operator does not allow; leave that out, or have it run with --allow-privileged (chart: authors.allowPrivileged=true)',
  ],
  [
    'privileged',
    { annotations: { 'container.apparmor.security.beta.kubernetes.io/ingest': 'unconfined' } },
    'spec.podTemplate.annotations: takes AppArmor off (container.apparmor.security.beta.kubernetes.io/…), beyond the Pod Security level baseline, which this operator does not allow; leave that out, or have it run with --allow-privileged (chart: authors.allowPrivileged=true)',
  ],
  [
    'privileged',
    { jobAnnotations: { 'container.apparmor.security.beta.kubernetes.io/hook': 'unconfined' } },
    'spec.podTemplate.jobAnnotations: takes AppArmor off (container.apparmor.security.beta.kubernetes.io/…), beyond the Pod Security level baseline, which this operator does not allow; leave that out, or have it run with --allow-privileged (chart: authors.allowPrivileged=true)',
  ],
  [
    'hostPath',
    {
      volumes: [
        { name: 'tmp', emptyDir: {} },
        { name: 'node', hostPath: { path: '/var/run' } },
      ],
    },
    'spec.podTemplate.volumes[1].hostPath: is a folder of the node, which this operator does not allow; use another kind of volume, or have it run with --allow-host-path (chart: authors.allowHostPaths=true)',
  ],
  [
    'serviceAccount',
    { serviceAccountName: 'admin' },
    'spec.podTemplate.serviceAccountName: names a ServiceAccount of its own, which this operator does not allow; leave it out, or have it run with --allow-service-account (chart: authors.allowServiceAccounts=true)',
  ],
])(
  'refuses what needs leave for %s, names the switch, and takes it where it is on',
  (what, use, sentence) => {
    const refusal = admit(asked(use), NOTHING_MORE);
    expect(refusal).toMatchObject({ ok: false, reason: 'NotPermitted' });
    expect(refusal.ok ? [] : refusal.problems.map(describeProblem)).toEqual([sentence]);
    // Only that very switch.
    const others = { privileged: true, hostPath: true, serviceAccount: true, [what]: false };
    expect(admit(asked(use), others)).toMatchObject({ ok: false, reason: 'NotPermitted' });
    expect(admit(asked(use), { ...NOTHING_MORE, [what]: true })).toMatchObject({ ok: true });
  },
);

it('needs no leave for what stays within the pod', () => {
  const harmless = {
    annotations: {
      'example.com/team': 'unconfined',
      'container.apparmor.security.beta.kubernetes.io/ingest': 'runtime/default',
      'container.apparmor.security.beta.kubernetes.io/sync': 'localhost/php',
    },
    securityContext: { runAsUser: 1000, runAsNonRoot: true, fsGroup: 1000 },
    containerSecurityContext: {
      privileged: false,
      readOnlyRootFilesystem: true,
      capabilities: { add: ['NET_BIND_SERVICE'] },
    },
    volumes: [
      { name: 'tmp', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
      { name: 'uploads', persistentVolumeClaim: { claimName: 'uploads' } },
      { name: 'keys', secret: { secretName: 'keys', items: [{ key: 'oauth', path: 'oauth.key' }] } },
      { name: 'ini', configMap: { name: 'php', optional: true } },
    ],
    volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
  };
  expect(admit(asked(harmless), NOTHING_MORE)).toMatchObject({ ok: true });
});

it('calls a manifest wrong rather than not permitted when it is both', () => {
  const both = manifest('brain', { spec: { podTemplate: { serviceAccountName: 'admin' }, tpyo: 1 } });
  expect(admit(both, NOTHING_MORE)).toMatchObject({ ok: false, reason: 'InvalidSpec' });
});
