/** Every field by which others are asked for something: a new one is in one of these two lists. */
import { describe, expect, it } from 'vitest';
import { admit } from '../../../src/api/admit.ts';
import { NOTHING_MORE } from '../../../src/api/permissions.ts';
import type { LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import { manifest } from '../../fixtures/manifests.ts';
import { fieldsOfSpec } from '../../fixtures/schema-walk.ts';

/** As fields are called by which pods, Ingresses and Services are more than an author could make. */
const ASKS =
  /(?:annotations|labels|hosts|hostnames|tolerations|serviceAccountName|hostPath|privileged|capabilities\.add|priorityClassNames?(?:\.\w+)?)$/i;

const ORDER = { 'sidecar.istio.io/userVolume': '[]' };
const SNIPPET = { 'nginx.ingress.kubernetes.io/server-snippet': 'return 200;' };
const hosts = ['leads.example.com'];
const balanced = (loadBalancer: object) => ({ capabilities: { loadBalancer } });

/** What asks for leave, by its field. */
const GUARDED: Readonly<Record<string, Partial<LeadPlatformSpecInput>>> = {
  'podTemplate.labels': { podTemplate: { labels: { aadpodidbinding: 'theirs' } } },
  'podTemplate.annotations': { podTemplate: { annotations: ORDER } },
  'podTemplate.jobAnnotations': { podTemplate: { jobAnnotations: ORDER } },
  'podTemplate.tolerations': { podTemplate: { tolerations: [{ operator: 'Exists' }] } },
  'podTemplate.serviceAccountName': { podTemplate: { serviceAccountName: 'theirs' } },
  'podTemplate.priorityClassName': { podTemplate: { priorityClassName: 'high' } },
  'podTemplate.containerSecurityContext.privileged': {
    podTemplate: { containerSecurityContext: { privileged: true } },
  },
  'podTemplate.containerSecurityContext.capabilities.add': {
    podTemplate: { containerSecurityContext: { capabilities: { add: ['SYS_ADMIN'] } } },
  },
  'podTemplate.volumes[].hostPath': {
    podTemplate: { volumes: [{ name: 'node', hostPath: { path: '/var' } }] },
  },
  'capabilities.orchestration.priorityClassNames.ingest': prior('ingest'),
  'capabilities.orchestration.priorityClassNames.sync': prior('sync'),
  'capabilities.orchestration.priorityClassNames.queue': prior('queue'),
  'capabilities.loadBalancer.ingress.hosts': balanced({ ingress: { hosts } }),
  'capabilities.loadBalancer.ingress.annotations': balanced({ ingress: { hosts: [], annotations: SNIPPET } }),
  'capabilities.loadBalancer.gateway.hostnames': balanced({
    gateway: { parentRefs: [{ name: 'public' }], hostnames: hosts },
  }),
  'capabilities.loadBalancer.service.annotations': balanced({ service: { annotations: SNIPPET } }),
  'capabilities.cdn.ingressAnnotations': { capabilities: { cdn: { ingressAnnotations: SNIPPET } } },
};

function prior(part: 'ingest' | 'sync' | 'queue'): Partial<LeadPlatformSpecInput> {
  return { capabilities: { orchestration: { priorityClassNames: { [part]: 'high' } } } };
}

/** Called alike, and asking for nothing. */
const OTHERS = [
  // Of the Kubernetes object of three that are guarded.
  'capabilities.orchestration.priorityClassNames',
  // Servers that are connected to.
  'stores.redis.sentinel.hosts',
  'capabilities.dedicatedQueueServer.redis.sentinel.hosts',
];

describe('the fields by which others are asked for something', () => {
  it('are all known here', () => {
    const asking = fieldsOfSpec()
      .map(({ path }) => path)
      .filter((path) => ASKS.test(path));
    expect(asking.toSorted()).toEqual([...Object.keys(GUARDED), ...OTHERS].toSorted());
  });

  it.each(Object.entries(GUARDED))('are closed by default: %s', (path, spec) => {
    const admission = admit(manifest('brain', { spec }), NOTHING_MORE);
    expect(admission).toMatchObject({ ok: false, reason: 'NotPermitted' });
    const found = admission.ok
      ? []
      : admission.problems.map((problem) => problem.path.replace(/\[\d+\]/g, '[]'));
    expect(found.some((at) => at === `spec.${path}` || at === `spec.${path}[]`)).toBe(true);
  });
});
