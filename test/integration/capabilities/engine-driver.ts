/**
 * Stands in for the operators of engines, and for a cloud's load balancers, which cannot run here: writes the status that
 * they would write, and the Secret that comes with it (`test/fixtures/engine-status.ts`). What is tested with it is what our
 * operator makes of such a status.
 */
import { type Driven, type DrivenKind, type Otherwise, wellOf } from '../../fixtures/engine-status.ts';
import { kubectl } from '../support.ts';

/** Full names: other groups have kinds that are called so, too. */
const RESOURCES: Readonly<Record<DrivenKind, string>> = {
  Cluster: 'clusters.postgresql.cnpg.io',
  RabbitmqCluster: 'rabbitmqclusters.rabbitmq.com',
  Elasticsearch: 'elasticsearches.elasticsearch.k8s.elastic.co',
  HTTPRoute: 'httproutes.gateway.networking.k8s.io',
  Ingress: 'ingresses.networking.k8s.io',
  Service: 'services',
};

/**
 * Writes once, as its controller would, the status and the Secrets of an object that exists; again after a change of it, to
 * say that the change was seen. Throws where there is no such object: wait for it first.
 */
export async function drive(
  kind: DrivenKind,
  namespace: string,
  name: string,
  otherwise: Otherwise = {},
): Promise<void> {
  const text = await kubectl(['get', RESOURCES[kind], name, '-n', namespace, '-o', 'json']);
  const object = JSON.parse(text) as Driven;
  const { status, secrets = [] } = wellOf(object, otherwise);
  for (const { name: secret, data } of secrets) {
    const { apiVersion, metadata } = object;
    await apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: secret,
        namespace,
        ownerReferences: [{ apiVersion, kind, name, uid: metadata.uid, controller: true }],
      },
      stringData: data,
    });
  }
  await kubectl([
    'patch',
    RESOURCES[kind],
    name,
    ...['-n', namespace, '--subresource=status', '--type=merge', '--patch', JSON.stringify({ status })],
  ]);
}

async function apply(object: object): Promise<void> {
  await kubectl(
    ['apply', '--server-side', '--force-conflicts', '--field-manager=engine-driver', '--filename=-'],
    { input: JSON.stringify(object) },
  );
}
