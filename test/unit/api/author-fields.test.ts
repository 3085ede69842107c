/** Every field by which others are asked for something: a new one is in one of these lists. */
import { describe, expect, it } from 'vitest';
import { admit } from '../../../src/api/admit.ts';
import { NOTHING_MORE } from '../../../src/api/permissions.ts';
import type { LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import { manifest } from '../../fixtures/manifests.ts';
import { fieldsOfSpec } from '../../fixtures/schema-walk.ts';
import { Story } from '../capabilities/story.ts';

/** As fields are called by which pods, Ingresses and Services are more than an author could make. */
const ASKS =
  /(?:annotations|labels|hosts|hostnames|tolerations|serviceAccountName|hostPath|privileged|capabilities\.add|priorityClassNames?(?:\.\w+)?|paths?|image)$/i;

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
  'capabilities.messageQueue.image': { capabilities: { messageQueue: { image: 'registry.example/mine:1' } } },
};

/** Paths that an Ingress or a route gets: controllers write them into the configuration of their server. */
const ROUTED: Readonly<Record<string, (path: string) => Partial<LeadPlatformSpecInput>>> = {
  'callLogSync.webhook.path': (path) => ({ callLogSync: { webhook: { path } } }),
  'capabilities.cdn.assetPaths': (path) => ({ capabilities: { cdn: { assetPaths: [path] } } }),
  'capabilities.loadBalancer.ingress.path': (path) => balanced({ ingress: { hosts, path } }),
  'capabilities.loadBalancer.gateway.path': (path) =>
    balanced({ gateway: { parentRefs: [{ name: 'public' }], hostnames: hosts, path } }),
  'capabilities.microservices.services[].paths': (path) => ({
    capabilities: { microservices: { services: [{ name: 'intake', port: 9000, paths: [path] }] } },
  }),
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
  // Files of a Pod, and a folder of the node that is guarded as a whole.
  'podTemplate.volumes[].configMap.items[].path',
  'podTemplate.volumes[].secret.items[].path',
  'podTemplate.volumes[].hostPath.path',
  'podTemplate.volumeMounts[].mountPath',
  'podTemplate.volumeMounts[].subPath',
  // What the kubelet and the operator ask an application for.
  'components.ingest.probe.path',
  'capabilities.microservices.services[].probe.path',
  'capabilities.settingsEndpoint.path',
  // Images of Pods that run as the account of the platform.
  'image',
  'capabilities.redis.image',
  'capabilities.dedicatedQueueServer.managed.image',
  'capabilities.databaseIndexes.jobImage',
  'capabilities.databasePerService.move.image',
  'capabilities.databaseSharding.move.image',
  'capabilities.microservices.services[].image',
  'transitions.hooks[].image',
];

/** Where a document has the number that is read. */
const IN_A_DOCUMENT = /^signals\.\w+\.http\.path$/;

describe('the fields by which others are asked for something', () => {
  it('are all known here', () => {
    const asking = fieldsOfSpec()
      .map(({ path }) => path)
      .filter((path) => ASKS.test(path) && !IN_A_DOCUMENT.test(path));
    const known = [...Object.keys(GUARDED), ...Object.keys(ROUTED), ...OTHERS];
    expect(asking.toSorted()).toEqual(known.toSorted());
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

describe('the paths of requests', () => {
  const ODD = '/odd;{}';

  it.each(
    Object.entries(ROUTED).flatMap(([field, spec]) =>
      [ODD, '/"a', "/'a", '/a b', '/a\nb', '/a\\b', '/a#b', '/a$b', '/a?b', '/a//b'].map(
        (path) => [field, path, spec] as const,
      ),
    ),
  )('have no character that a server takes for configuration: %s, %j', (field, path, spec) => {
    const admission = admit(manifest('brain', { spec: spec(path) }));
    expect(admission).toMatchObject({ ok: false, reason: 'InvalidSpec' });
    const found = admission.ok ? '' : (admission.problems[0]?.path.replace(/\[\d+\]/g, '[]') ?? '');
    expect([`spec.${field}`, `spec.${field}[]`]).toContain(found);
  });

  it.each<{ way: string; loadBalancer: object; microservices: object; paths: readonly string[] }>([
    {
      way: 'an Ingress, with the service that there is by default',
      loadBalancer: { ingress: { hosts, path: '/entry' } },
      microservices: {},
      paths: ['/assets', '/entry', '/webhook'],
    },
    {
      way: 'a route, with a service that is declared',
      loadBalancer: { gateway: { parentRefs: [{ name: 'public' }], hostnames: hosts, path: '/entry' } },
      microservices: {
        services: [{ name: 'intake', port: 9000, paths: ['/service'], probe: { path: ODD } }],
      },
      paths: ['/assets', '/entry', '/service'],
    },
  ])('that reach $way, are these and no others', ({ loadBalancer, microservices, paths }) => {
    const story = new Story(
      ['cdn', 'load-balancer', 'microservices'],
      {
        callLogSync: { webhook: { path: '/webhook' } },
        components: { ingest: { probe: { path: ODD } } },
        capabilities: {
          loadBalancer,
          cdn: {
            ...{ assetUrl: 'https://cdn.example.com', assetPaths: ['/assets'] },
            ...{ cacheControl: 'public', ingressAnnotations: { cache: 'yes' } },
          },
          microservices,
          settingsEndpoint: { path: ODD },
        },
      },
      { separate: true, tier: { to: 'enterprise' }, sizes: { ingest: 6 } },
    );
    story.driver.serves = new Set(['HTTPRoute']);
    const waysIn = story
      .settle()
      .driver.world.objects.filter(({ kind }) => /^(?:Ingress|HTTPRoute)$/.test(kind));
    const found = [...JSON.stringify(waysIn).matchAll(/"(\/[^"]*)"/g)].map(([, path = '']) => path);
    expect(found.toSorted()).toEqual(paths);
  });
});
