/**
 * Components with a database of their own keep the shape of the platform: the pods that would replace them, all in one or each by
 * itself, have the first database, and would not find what is in theirs. It is read off their templates, so it is over as
 * soon as the data was said to be back and the variables were taken off.
 */
import { containersOf } from '../../kube/workload.ts';
import type { TierLock } from '../../model/decision.ts';
import { CAPABILITY_LABEL } from '../../kube/labels.ts';
import { childNames, componentOfName } from '../../kube/names.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { Snapshot } from '../../cluster/snapshot.ts';

export function dataLockOf({ platform, spec, status, children }: Snapshot): TierLock | undefined {
  const { tier, tierSince = '' } = status;
  if (spec.mode !== 'Auto' || tier === undefined) return undefined;
  const { services } = spec.capabilities.databasePerService;
  const prefix = `${childNames(platform.name).component('db')}-`;
  const hasCluster = children.some(
    ({ object: { kind, metadata } }) => kind === 'Cluster' && metadata.name.startsWith(prefix),
  );
  if (services.length === 0 && !hasCluster) return undefined;
  const own = new Set(services.flatMap(({ secretName }) => secretName ?? []));
  const isOwn = (secret: string) => own.has(secret) || (secret.startsWith(prefix) && secret.endsWith('-app'));
  const components = children
    .map(({ object }) => object)
    .filter(
      ({ kind, metadata }) => kind === 'Deployment' && metadata.labels?.[CAPABILITY_LABEL] === undefined,
    )
    .filter((deployment) => secretsOf(deployment).some(isOwn))
    .map(({ metadata }) => componentOfName(platform.name, metadata.name));
  if (components.length === 0) return undefined;
  const since = Date.parse(tierSince);
  return {
    tier,
    separate: !components.includes('all-in-one'),
    due: tier,
    rule: 'WaitingForData',
    why: `the data of ${components.join(', ')}, which is in a database of its own (database-per-service) and has to be moved back first`,
    ...(Number.isFinite(since) && { since }),
  };
}

function secretsOf(deployment: KubeObject): readonly string[] {
  return containersOf(deployment).flatMap(({ env = [] }) =>
    env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.name ?? []),
  );
}
