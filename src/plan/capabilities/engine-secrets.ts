/**
 * The Secret of an engine is known by its name alone: `<platform>-db-orders-app` is the one that CloudNativePG makes with the
 * Cluster `<platform>-db-orders`. Where that Cluster is not the platform's, it is the Secret of others, and the author, who chose
 * the name of the platform, was never asked whether they may use it.
 *
 * | spec names it | its engine is the platform's | Pods have it already | Pods, probes and measuring get it              |
 * |---------------|------------------------------|----------------------|------------------------------------------------|
 * | yes           |                              |                      | yes: the API server has asked (`secretPolicies`) |
 * | no            | yes                          |                      | yes                                            |
 * | no            | no                           | yes                  | yes: no Pod is replaced where an engine is lost  |
 * | no            | no                           | no                   | no                                             |
 */
import { secretsNamedIn } from '../../api/secret-fields.ts';
import type { Contribution } from '../../capabilities/contract/contribution.ts';
import { secretOf } from '../../capabilities/database/clusters.ts';
import { secretOfRabbitmq } from '../../capabilities/rabbitmq/server.ts';
import { secretsOfElasticsearch } from '../../capabilities/search/server.ts';
import type { Observed } from '../../cluster/observed.ts';
import type { KubeObject } from '../../kube/object.ts';
import { containersOf } from '../../kube/workload.ts';
import type { Probe } from '../../probes/probe.ts';

/** What a capability adds, without what it would have of Secrets that are not the platform's. */
export function withoutForeignSecrets(contribution: Contribution, observed: Observed): Contribution {
  const { env, probes, signalStores } = contribution;
  const queues = signalStores.queues === undefined ? [] : storesIn(signalStores.queues);
  const names = new Set([
    ...env.flatMap(({ secret }) => secret?.name ?? []),
    ...probes.flatMap(secretsOfProbe),
    ...queues.flatMap(secretsOfStore),
  ]);
  // Most capabilities have none.
  if (names.size === 0) return contribution;
  const known = knownSecrets(observed);
  if ([...names].every((name) => known.has(name))) return contribution;
  const isKnown = (name: string) => known.has(name);
  const { queues: measured, ...rest } = signalStores;
  return {
    ...contribution,
    env: env.filter(({ secret }) => secret === undefined || isKnown(secret.name)),
    probes: probes.filter((probe) => secretsOfProbe(probe).every(isKnown)),
    signalStores: {
      ...rest,
      ...(measured !== undefined && queues.flatMap(secretsOfStore).every(isKnown) && { queues: measured }),
    },
  };
}

/** All three rows of the table that say yes. */
function knownSecrets({ snapshot, own }: Observed): ReadonlySet<string> {
  const objects = [...own.values()].map(({ object }) => object);
  return new Set([
    ...secretsNamedIn(snapshot.spec),
    ...objects.flatMap(secretsOfEngine),
    ...objects.filter(({ kind }) => kind === 'Deployment').flatMap(secretsOfPods),
  ]);
}

function secretsOfEngine({ kind, metadata: { name } }: KubeObject): readonly string[] {
  if (kind === 'Cluster') return [secretOf(name)];
  if (kind === 'RabbitmqCluster') return [secretOfRabbitmq(name)];
  return kind === 'Elasticsearch' ? Object.values(secretsOfElasticsearch(name)) : [];
}

const secretsOfPods = (deployment: KubeObject): readonly string[] =>
  containersOf(deployment).flatMap(({ env = [] }) =>
    env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.name ?? []),
  );

type Store = Extract<Probe, { readonly store: unknown }>['store'];
type Queues = NonNullable<Contribution['signalStores']['queues']>;

const storesIn = (queues: Queues): readonly Store[] =>
  'redis' in queues ? [queues.redis] : [queues.rabbitmq];

const secretsOfStore = ({ secretRef, tls }: Store): readonly string[] =>
  [secretRef, tls?.secretRef].flatMap((ref) => ref?.name ?? []);

function secretsOfProbe(probe: Probe): readonly string[] {
  if (probe.kind !== 'http') return secretsOfStore(probe.store);
  return [probe.basicAuth, probe.ca].flatMap((from) => from?.secret ?? []);
}
