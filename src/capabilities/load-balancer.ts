import { capabilityMetadata, partSelector } from '../plan/labels.ts';
import { childNames } from '../plan/names.ts';
import type { KubeObject } from '../plan/types.ts';
import type { Capability } from './capability.ts';
import { ABSENT, blocked, type Contribution, gated, ready, type Step } from './contribution.ts';
import type { Site } from './site.ts';

export const loadBalancer: Capability = {
  name: 'load-balancer',
  recommendedFrom: 25_000,
  requiredFrom: 30_000,
  holdsData: false,
  relieves: ['responseTime'],
  prerequisites: ['a load balancer or an ingress controller'],
  summary: 'Spreads requests over the replicas of ingest.',
  manual: {
    fields: ['spec.capabilities.loadBalancer', 'spec.capabilities.cdn.ingressAnnotations'],
    how: 'An Ingress, an HTTPRoute (Gateway API) or a Service of type LoadBalancer, whichever you describe, sends requests to the Service of the platform. The Service stays the same when parts change, so a change of rung moves nothing here. It is ready when the controller says so: an address at the Ingress or the Service, `Accepted` and `ResolvedRefs` by every Gateway.',
    costs: 'What the controller or the cloud takes for it.',
    touches: 'One object, `<platform>` (Ingress, HTTPRoute) or `<platform>-lb` (Service).',
    undo: 'Remove `spec.capabilities.loadBalancer`: the object is deleted. Requests inside the cluster go on through the Service.',
  },
  build: (site) => (site.wanted ? balanced(site) : ABSENT),
};

function balanced(site: Site): Contribution {
  const { ingress, gateway, service } = site.spec.capabilities.loadBalancer;
  if (ingress !== undefined) return byIngress(site, ingress);
  if (gateway !== undefined) return byGateway(site, gateway);
  if (service !== undefined) return byService(site, service);
  return blocked(
    'NotConfigured',
    'Inside the cluster the Service spreads requests over all replicas, but nobody has said how they come in; give capabilities.loadBalancer.ingress, gateway or service, or set the policy of load-balancer to Never.',
  );
}

type Settings = Site['spec']['capabilities']['loadBalancer'];
type Given<K extends keyof Settings> = NonNullable<Settings[K]>;

const PORT_NAME = 'http';
const PORT = 80;

function byIngress(
  site: Site,
  { className, hosts, path, tlsSecretName, annotations }: Given<'ingress'>,
): Contribution {
  const { platform, spec, isWanted, live } = site;
  const { service: name } = childNames(platform.name);
  const http = {
    paths: [{ path, pathType: 'Prefix', backend: { service: { name, port: { name: PORT_NAME } } } }],
  };
  const all = { ...annotations, ...(isWanted('cdn') && spec.capabilities.cdn.ingressAnnotations) };
  const metadata = capabilityMetadata(platform, name, 'load-balancer');
  const object: KubeObject = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { ...metadata, ...(Object.keys(all).length > 0 && { annotations: all }) },
    spec: {
      ...(className !== undefined && { ingressClassName: className }),
      ...(tlsSecretName !== undefined && {
        tls: [{ secretName: tlsSecretName, ...(hosts.length > 0 && { hosts }) }],
      }),
      rules: hosts.length > 0 ? hosts.map((host) => ({ host, http })) : [{ http }],
    },
  };
  return put(object, [addressed(live('Ingress', name), `Ingress/${name}`, 'its ingress controller')]);
}

function byService(site: Site, { port, annotations }: Given<'service'>): Contribution {
  const { platform, course, live } = site;
  const name = `${platform.name}-lb`;
  const metadata = capabilityMetadata(platform, name, 'load-balancer');
  const object: KubeObject = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...metadata, ...(Object.keys(annotations).length > 0 && { annotations }) },
    spec: {
      type: 'LoadBalancer',
      selector: partSelector(platform.name, course.target),
      ports: [{ name: PORT_NAME, port, targetPort: PORT_NAME, protocol: 'TCP' }],
    },
  };
  return put(object, [addressed(live('Service', name), `Service/${name}`, 'the cloud')]);
}

function byGateway(site: Site, { parentRefs, hostnames, path }: Given<'gateway'>): Contribution {
  const { platform, serves, live } = site;
  if (!serves('HTTPRoute')) {
    return blocked(
      'GatewayApiMissing',
      'The cluster has no Gateway API (gateway.networking.k8s.io/v1, HTTPRoute); install it, or give capabilities.loadBalancer.ingress or service.',
    );
  }
  const { service: name } = childNames(platform.name);
  const object: KubeObject = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: capabilityMetadata(platform, name, 'load-balancer'),
    spec: {
      parentRefs,
      ...(hostnames.length > 0 && { hostnames }),
      rules: [
        {
          matches: [{ path: { type: 'PathPrefix', value: path } }],
          backendRefs: [{ name, port: PORT }],
        },
      ],
    },
  };
  return put(object, [accepted(live('HTTPRoute', name), parentRefs.length)]);
}

function put(object: KubeObject, steps: readonly Step[]): Contribution {
  return {
    ...gated(
      steps,
      ready(`${object.kind}/${object.metadata.name} sends requests to the Service of the platform.`),
    ),
    objects: [object],
  };
}

interface WithAddress {
  readonly loadBalancer?: {
    readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[];
  };
}

function addressed(object: KubeObject | undefined, what: string, who: string): Step {
  const { loadBalancer } = (object?.['status'] ?? {}) as WithAddress;
  const done = (loadBalancer?.ingress ?? []).some(({ ip, hostname }) => (ip ?? hostname ?? '') !== '');
  return { name: 'AddressAssigned', done, waits: `${who} has given ${what} no address yet` };
}

interface RouteStatus {
  readonly parents?: readonly {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly message?: string;
      readonly observedGeneration?: number;
    }[];
  }[];
}

function accepted(route: KubeObject | undefined, parents: number): Step {
  const { parents: said = [] } = (route?.['status'] ?? {}) as RouteStatus;
  const generation = route?.metadata.generation ?? 0;
  const isTrue = (conditions: NonNullable<RouteStatus['parents']>[number]['conditions'] = [], type: string) =>
    conditions.some(
      (one) =>
        one.type === type && one.status === 'True' && (one.observedGeneration ?? generation) >= generation,
    );
  const good = said.filter(
    ({ conditions }) => isTrue(conditions, 'Accepted') && isTrue(conditions, 'ResolvedRefs'),
  );
  const refused = said
    .flatMap(({ conditions = [] }) => conditions)
    .find(({ type, status }) => (type === 'Accepted' || type === 'ResolvedRefs') && status === 'False');
  return {
    name: 'RouteAccepted',
    done: good.length >= parents,
    waits: `not every Gateway has accepted the HTTPRoute${refused?.message === undefined ? '' : ` (${refused.message})`}`,
  };
}
