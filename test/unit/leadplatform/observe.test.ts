import { expect, it } from 'vitest';
import type { LeadPlatformObject } from '../../../controller/leadplatform/kinds.ts';
import { PlatformStates } from '../../../controller/leadplatform/platform-state.ts';
import {
  autoscaledComponents,
  capabilitiesInPlace,
  observe,
  observedComponents,
} from '../../../controller/leadplatform/observe.ts';
import type { ClusterCache } from '../../../controller/leadplatform/cluster-cache.ts';
import type { ForeignAutoscaler, Snapshot } from '../../../src/cluster/snapshot.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { decisionOf, observed, snapshotOf, specOf } from '../plan/fixtures.ts';

const deployment = (component: string, replicas?: number, readyReplicas?: number): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: `brain-${component}`, namespace: 'leads' },
  spec: { ...(replicas !== undefined && { replicas }) },
  status: { ...(readyReplicas !== undefined && { readyReplicas }) },
});
const snapshot = (children: KubeObject[], autoscalers: ForeignAutoscaler[] = []): Snapshot =>
  snapshotOf({ children: children.map((child) => observed(child)), autoscalers });
const decided = decisionOf({ separate: true, sizes: { ingest: 4 } });
const hpa: ForeignAutoscaler = { kind: 'HorizontalPodAutoscaler', name: 'theirs', target: 'brain-ingest' };

it.each([
  ['a size changed by hand is drift, and what was decided counts', 9, decided, [], 4],
  ['after a restart the size is the one that is there', 9, undefined, [], 9],
  ['an autoscaler of somebody else has the last word', 9, decided, [hpa], 9],
  ['a Deployment that says no number has Kubernetes’ one', undefined, undefined, [], 1],
] as const)('%s', (_, live, decision, autoscalers, desiredReplicas) => {
  const components = observedComponents(snapshot([deployment('ingest', live, 2)], [...autoscalers]), {
    decision,
  });
  expect(components).toMatchObject([{ name: 'ingest', desiredReplicas, readyReplicas: 2 }]);
  expect(components[0]?.drivenBy).toBe(autoscalers.length > 0 ? 'HorizontalPodAutoscaler/theirs' : undefined);
});

it('knows the components of both sides while they change, and none that has no Deployment', () => {
  const components = observedComponents(snapshot([deployment('all-in-one', 1), deployment('sync', 2)]), {
    decision: undefined,
  });
  expect(components.map(({ name, readyReplicas }) => [name, readyReplicas])).toEqual([
    ['all-in-one', 0],
    ['sync', 0],
  ]);
});

it('gathers children and whatever drives them, but not its own memory', () => {
  const history: KubeObject = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'brain-history', namespace: 'leads' },
  };
  const asked: string[] = [];
  const cache = {
    childrenOf: () => [observed(deployment('ingest', 1)), observed(history)],
    served: () => new Set(),
    budgetsOfOthers: (namespace: string) => [{ name: `of ${namespace}` }],
    autoscalersOf: (keys: readonly string[]) => {
      asked.push(...keys);
      return [hpa];
    },
  } as unknown as ClusterCache;
  const platform: LeadPlatformObject = {
    apiVersion: 'leadplatform.io/v1alpha1',
    kind: 'LeadPlatform',
    metadata: { name: 'brain', namespace: 'leads', uid: 'u', generation: 2 },
  };
  const seen = observe(cache, platform, specOf(), new PlatformStates().of('leads/brain', 'u'));
  expect(seen.children.map(({ object }) => object.metadata.name)).toEqual(['brain-ingest']);
  expect(seen.autoscalers).toEqual([hpa]);
  expect(seen.budgets).toEqual([{ name: 'of leads' }]);
  expect(asked).toEqual(['leads/brain-ingest']);
  expect(seen.platform).toMatchObject({ name: 'brain', namespace: 'leads', uid: 'u', generation: 2 });
});

it('knows why a rollout is stuck while replicas from before serve, and calls nothing else that', () => {
  const trouble = {
    reason: 'ImagePullBackOff',
    subject: 'registry.example/brain:1',
    message: 'the image cannot be pulled',
    isExplained: false,
    since: 0,
  };
  const look = (status: object) =>
    observedComponents(
      {
        ...snapshot([{ ...deployment('sync', 4), status }]),
        troubles: { sync: trouble },
      },
      { decision: undefined },
    )[0]?.stuck;
  expect(look({ replicas: 5, updatedReplicas: 1, readyReplicas: 4 })).toBe(
    'ImagePullBackOff: the image cannot be pulled',
  );
  expect(look({ replicas: 4, updatedReplicas: 4, readyReplicas: 2 })).toBeUndefined();
  expect(look({ replicas: 5, updatedReplicas: 1, readyReplicas: 0 })).toBeUndefined();
});

it.each(['Recommend', 'Paused'] as const)(
  'takes the size that is there where %s writes none, so that a reason says from where',
  (mode) => {
    const looked = { ...snapshot([deployment('ingest', 2, 2)]), spec: specOf({ mode }) };
    expect(observedComponents(looked, { decision: decided })[0]?.desiredReplicas).toBe(2);
  },
);

it('tells of an autoscaler for workers that do not run by themselves now', () => {
  const theirs = { ...hpa, target: 'brain-queue-default' };
  expect(autoscaledComponents(snapshot([deployment('all-in-one', 1)], [theirs]))).toEqual(['queue-default']);
});

it('tells which capabilities are in place, whatever becomes of them now', () => {
  const one = { required: false, reason: 'x', state: 'Ready' as const };
  const capabilities = [
    { ...one, name: 'queue-system', inPlaceSince: '2026-01-05T00:00:00Z' },
    { ...one, name: 'search', state: 'Blocked' as const, inPlaceSince: '2026-01-05T00:00:00Z' },
    { ...one, name: 'read-replica', state: 'Progressing' as const },
  ];
  expect([...capabilitiesInPlace({ status: { capabilities } })]).toEqual(['queue-system', 'search']);
});
