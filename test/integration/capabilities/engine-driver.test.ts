/** The CRDs of the engines, and what stands in for their operators, on the real API server. */
import { beforeAll, expect, it } from 'vitest';
import { installEngines } from '../../../testbed/engines.ts';
import { createNamespace, describeWith, kubectl, testbed } from '../support.ts';
import { type Driven, type DrivenKind, wellOf } from '../../fixtures/engine-status.ts';
import { drive } from './engine-driver.ts';

interface Sample {
  readonly apiVersion: string;
  readonly kind: DrivenKind;
  readonly spec: object;
  /** Where its controller says that it is well, and what it says. */
  readonly says: readonly [path: string, value: string];
  readonly secret?: string;
}

const backend = { name: 'web', port: { number: 80 } };
const SAMPLES: readonly Sample[] = [
  {
    apiVersion: 'postgresql.cnpg.io/v1',
    kind: 'Cluster',
    spec: { instances: 2, storage: { size: '1Gi' } },
    says: ['{.status.readyInstances} {.status.phase}', '2 Cluster in healthy state'],
    secret: 'sample-app',
  },
  {
    apiVersion: 'rabbitmq.com/v1beta1',
    kind: 'RabbitmqCluster',
    spec: { replicas: 3 },
    says: ['{.status.conditions[?(@.type=="AllReplicasReady")].status}', 'True'],
    secret: 'sample-default-user',
  },
  {
    apiVersion: 'elasticsearch.k8s.elastic.co/v1',
    kind: 'Elasticsearch',
    spec: { version: '9.1.0', nodeSets: [{ name: 'default', count: 3 }] },
    says: ['{.status.health} {.status.phase} {.status.availableNodes}', 'green Ready 3'],
    secret: 'sample-es-elastic-user',
  },
  {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    spec: { parentRefs: [{ name: 'gateway' }], rules: [{ backendRefs: [{ name: 'web', port: 80 }] }] },
    says: ['{.status.parents[0].conditions[?(@.type=="Accepted")].status}', 'True'],
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    spec: { defaultBackend: { service: backend } },
    says: ['{.status.loadBalancer.ingress[0].ip}', '192.0.2.10'],
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    spec: { type: 'LoadBalancer', ports: [{ port: 80 }] },
    says: ['{.status.loadBalancer.ingress[0].ip}', '192.0.2.10'],
  },
];

describeWith(['engines'], 'The stand-in for the operators of engines', () => {
  let namespace: string;

  beforeAll(async () => {
    namespace = await createNamespace('engines');
  }, 180_000);

  const get = (kind: string, path: string, name = 'sample') =>
    kubectl(['get', kind, name, '-n', namespace, '-o', `jsonpath=${path}`]);

  it.each(SAMPLES)('says of a $kind that it is well', async ({ apiVersion, kind, spec, says, secret }) => {
    const metadata = { name: 'sample', namespace };
    await kubectl(['create', '-f', '-'], { input: JSON.stringify({ apiVersion, kind, metadata, spec }) });
    const resource = `${kind.toLowerCase()}.${apiVersion.includes('/') ? apiVersion.split('/').toReversed().join('.') : 'v1.'}`;
    const [path, value] = says;
    expect(await get(resource, path)).not.toBe(value);
    await drive(kind, namespace, 'sample');
    expect(await get(resource, path)).toBe(value);
    if (secret !== undefined)
      expect(await get('secret', '{.metadata.ownerReferences[0].kind}', secret)).toBe(kind);
  });

  it('says what a test wants said otherwise', () => {
    const route: Driven = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'a', namespace: 'b', uid: 'c' },
    };
    expect(wellOf(route, { address: 'lb.example.com' }).status).toEqual({
      loadBalancer: { ingress: [{ hostname: 'lb.example.com' }] },
    });
    expect(wellOf(route, { status: { loadBalancer: {} } }).status).toEqual({ loadBalancer: {} });
  });

  it('leaves a kind that was there before, when it goes', async () => {
    const again = await installEngines(testbed().cluster, ['gateway-api']);
    await again();
    expect(await kubectl(['get', 'crd', 'httproutes.gateway.networking.k8s.io', '-o', 'name'])).toContain(
      'httproutes',
    );
  });
});
