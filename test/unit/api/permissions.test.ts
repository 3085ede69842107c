import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { admit, describeProblem } from '../../../src/api/admit.ts';
import { type AuthorPermissions, EVERYTHING, NOTHING_MORE } from '../../../src/api/permissions.ts';
import { manifest } from '../../fixtures/manifests.ts';

const asked = (podTemplate: object) => manifest('brain', { spec: { podTemplate } });
const capabilities = (settings: object) => manifest('brain', { spec: { capabilities: settings } });
const entry = (loadBalancer: object) => capabilities({ loadBalancer });
/** What is said of a manifest; nothing where it may be acted on. */
function said(object: object, permissions: Partial<AuthorPermissions> = {}): readonly string[] {
  const admission = admit(object, { ...NOTHING_MORE, ...permissions });
  if (admission.ok) return [];
  expect(admission.reason).toBe('NotPermitted');
  return admission.problems.map(describeProblem);
}

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
    expect(said(asked(use))).toEqual([sentence]);
    // Only that very switch.
    expect(said(asked(use), { ...EVERYTHING, [what]: false })).toHaveLength(1);
    expect(said(asked(use), { [what]: true })).toEqual([]);
  },
);

it('refuses an image that another operator runs with rights, and takes it where other accounts are allowed', () => {
  const own = capabilities({ messageQueue: { image: 'registry.example/mine:1' } });
  expect(said(own)).toEqual([
    "spec.capabilities.messageQueue.image: has an image of its own run as the ServiceAccount that RabbitMQ's cluster operator makes, which this operator does not allow; leave it out, or have it run with --allow-service-account (chart: authors.allowServiceAccounts=true)",
  ]);
  expect(said(own, { ...EVERYTHING, serviceAccount: false })).toHaveLength(1);
  expect(said(own, { serviceAccount: true })).toEqual([]);
});

const NOT_ALLOWED = ', which this operator does not allow; ';
const SNIPPET = 'nginx.ingress.kubernetes.io/server-snippet';
const USER_VOLUME = 'sidecar.istio.io/userVolume';

/** A list of what is allowed: what is asked for, what is said, the entries that allow it, and those that do not. */
describe.each<[keyof AuthorPermissions, object, string, readonly string[], readonly string[]]>([
  [
    'priorityClasses',
    asked({ priorityClassName: 'system-node-critical' }),
    `spec.podTemplate.priorityClassName: asks for the PriorityClass system-node-critical${NOT_ALLOWED}leave it out, or have it run with --allow-priority-class=system-node-critical (chart: authors.allowPriorityClasses: [system-node-critical])`,
    ['system-node-critical', 'system-*', '*'],
    ['system-node', 'leadplatform-*', ''],
  ],
  [
    'priorityClasses',
    capabilities({ orchestration: { priorityClassNames: { sync: 'high' } } }),
    `spec.capabilities.orchestration.priorityClassNames.sync: asks for the PriorityClass high${NOT_ALLOWED}leave it out, or have it run with --allow-priority-class=high (chart: authors.allowPriorityClasses: [high])`,
    ['high'],
    ['higher'],
  ],
  [
    'tolerations',
    asked({ tolerations: [{ key: 'dedicated', value: 'leads', effect: 'NoSchedule' }] }),
    `spec.podTemplate.tolerations[0]: tolerates the taint dedicated${NOT_ALLOWED}leave it out, or have it run with --allow-toleration=dedicated (chart: authors.allowTolerations: [dedicated])`,
    ['dedicated', '*'],
    ['dedicated/*', 'node-role.kubernetes.io/control-plane'],
  ],
  [
    'tolerations',
    asked({ tolerations: [{ operator: 'Exists' }] }),
    `spec.podTemplate.tolerations[0]: tolerates every taint${NOT_ALLOWED}leave it out, or have it run with --allow-toleration='*' (chart: authors.allowTolerations: ['*'])`,
    ['*'],
    ['a*', ''],
  ],
  [
    'tolerations',
    // Without an effect it holds for every one, so also where nothing may be scheduled.
    asked({ tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists' }] }),
    `spec.podTemplate.tolerations[0]: tolerates the taint node.kubernetes.io/not-ready${NOT_ALLOWED}leave it out, or have it run with --allow-toleration=node.kubernetes.io/not-ready (chart: authors.allowTolerations: [node.kubernetes.io/not-ready])`,
    ['node.kubernetes.io/*'],
    ['node.kubernetes.io'],
  ],
  [
    'hostnames',
    entry({ ingress: { hosts: ['leads.example.com'] } }),
    `spec.capabilities.loadBalancer.ingress.hosts[0]: asks for the requests to leads.example.com${NOT_ALLOWED}leave it out, or have it run with --allow-hostname=leads.example.com (chart: authors.allowHostnames: [leads.example.com])`,
    ['leads.example.com', 'example.com', '*'],
    ['ads.example.com', 'a.leads.example.com', '*.example.com'],
  ],
  [
    'hostnames',
    entry({ gateway: { parentRefs: [{ name: 'public' }], hostnames: ['*.leads.example.com'] } }),
    `spec.capabilities.loadBalancer.gateway.hostnames[0]: asks for the requests to *.leads.example.com${NOT_ALLOWED}leave it out, or have it run with --allow-hostname=leads.example.com (chart: authors.allowHostnames: [leads.example.com])`,
    ['leads.example.com', 'example.com'],
    ['a.leads.example.com'],
  ],
  [
    'hostnames',
    entry({ ingress: {} }),
    `spec.capabilities.loadBalancer.ingress.hosts: asks for the requests to every host name${NOT_ALLOWED}name hosts that are allowed, or have it run with --allow-hostname='*' (chart: authors.allowHostnames: ['*'])`,
    ['*'],
    ['example.com', ''],
  ],
  [
    'ingressAnnotations',
    capabilities({ cdn: { ingressAnnotations: { [SNIPPET]: 'return 200;' } } }),
    `spec.capabilities.cdn.ingressAnnotations: has ${SNIPPET}${NOT_ALLOWED}leave that out, or have it run with --allow-ingress-annotation=${SNIPPET} (chart: authors.allowIngressAnnotations: [${SNIPPET}])`,
    [SNIPPET, 'nginx.ingress.kubernetes.io/*'],
    ['nginx.ingress.kubernetes.io/', 'nginx.ingress.kubernetes.io/server-snippets'],
  ],
  [
    'ingressAnnotations',
    entry({ service: { annotations: { 'external-dns.alpha.kubernetes.io/hostname': 'example.com' } } }),
    `spec.capabilities.loadBalancer.service.annotations: has external-dns.alpha.kubernetes.io/hostname${NOT_ALLOWED}leave that out, or have it run with --allow-ingress-annotation=external-dns.alpha.kubernetes.io/hostname (chart: authors.allowIngressAnnotations: [external-dns.alpha.kubernetes.io/hostname])`,
    ['*'],
    ['service.beta.kubernetes.io/*'],
  ],
  ...(['labels', 'annotations', 'jobAnnotations'] as const).map(
    (field): [keyof AuthorPermissions, object, string, string[], string[]] => [
      'podAnnotations',
      asked({ [field]: { [USER_VOLUME]: 'x' } }),
      `spec.podTemplate.${field}: has ${USER_VOLUME}, an order to Istio's injector${NOT_ALLOWED}leave that out, or have it run with --allow-pod-annotation=${USER_VOLUME} (chart: authors.allowPodAnnotations: [${USER_VOLUME}])`,
      [USER_VOLUME, 'sidecar.istio.io/*'],
      ['sidecar.istio.io/userVolumeMount'],
    ],
  ),
])('what needs to be on the list %s', (list, object, sentence, allowing, others) => {
  it('is refused by default, with the field, the flag and the value of the chart', () => {
    expect(said(object)).toEqual([sentence]);
  });

  it.each(allowing)('is taken where the list has %j', (one) => {
    expect(said(object, { [list]: ['first', one] })).toEqual([]);
  });

  it.each(others)('is refused where the list has only %j', (one) => {
    expect(said(object, { ...EVERYTHING, [list]: [one] })).toEqual([sentence]);
  });
});

it('says which Ingress is meant where only some of its hosts are allowed', () => {
  const ingress = { hosts: ['leads.example.com', 'www.example.org', 'leads.example.net'] };
  const paths = said(entry({ ingress }), { hostnames: ['example.com', 'example.net'] });
  expect(paths.map((text) => text.split(':')[0])).toEqual([
    'spec.capabilities.loadBalancer.ingress.hosts[1]',
  ]);
});

it('does not cut off how it is allowed where a key is as long as it may be', () => {
  const key = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}/${'d'.repeat(63)}`;
  const [text = ''] = said(entry({ ingress: { hosts: ['example.com'], annotations: { [key]: '1' } } }), {
    hostnames: ['*'],
  });
  expect(text).toMatch(/--allow-ingress-annotation \(chart: authors\.allowIngressAnnotations\)$/);
});

it('needs no leave for what stays within the pod', () => {
  const harmless = {
    annotations: {
      'example.com/team': 'unconfined',
      'container.apparmor.security.beta.kubernetes.io/ingest': 'runtime/default',
      'container.apparmor.security.beta.kubernetes.io/sync': 'localhost/php',
      'sidecar.istio.io/inject': 'true',
      'linkerd.io/inject': 'enabled',
      'prometheus.io/scrape': 'true',
      'kubectl.kubernetes.io/default-container': 'ingest',
    },
    tolerations: [
      { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 30 },
      { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
    ],
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

const MANIFESTS = join(import.meta.dirname, '../../../manifests');
const platformsIn = (file: string): readonly { kind?: string }[] =>
  parseAllDocuments(readFileSync(join(MANIFESTS, file), 'utf8'))
    .map((document) => document.toJS() as { kind?: string })
    .filter(({ kind }) => kind === 'LeadPlatform');

it.each(globSync('{samples,demo}/*.yaml', { cwd: MANIFESTS }))(
  'needs no leave for what %s asks for',
  (file) => {
    const platforms = platformsIn(file);
    expect(platforms).toHaveLength(1);
    expect(platforms.flatMap((platform) => said(platform))).toEqual([]);
  },
);

it('calls a manifest wrong rather than not permitted when it is both', () => {
  const both = manifest('brain', { spec: { podTemplate: { serviceAccountName: 'admin' }, tpyo: 1 } });
  expect(admit(both, NOTHING_MORE)).toMatchObject({ ok: false, reason: 'InvalidSpec' });
});
