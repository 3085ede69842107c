import { expect, it } from 'vitest';
import {
  APPLIED_ANNOTATION,
  capabilityMetadata,
  childMetadata,
  isOwnedBy,
  keptFor,
  keptMetadata,
  componentLabels,
  platformLabels,
} from '../../../src/kube/labels.ts';
import { lostBy } from '../../../src/kube/lost-owner.ts';
import { PLATFORM, specOf } from '../plan/fixtures.ts';
import type { KubeObject } from '../../../src/kube/object.ts';

const kept = (deletionPolicy: 'Retain' | 'Delete') => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: keptMetadata(PLATFORM, specOf({ deletionPolicy }), 'brain-redis', 'redis-cache'),
});

it('gives what holds data no owner, so that no deletion follows, and finds it by its labels', () => {
  const object = kept('Retain');
  expect(isOwnedBy(object, PLATFORM.uid)).toBe(false);
  expect(keptFor(object)).toBe('brain');
});

it('tells Argo CD that what holds data is no part of an Application, whatever label it tracks by', () => {
  expect(kept('Retain').metadata.annotations).toMatchObject({
    'argocd.argoproj.io/compare-options': 'IgnoreExtraneous',
    'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
  });
});

it('lets data go with the platform where somebody has said so', () => {
  const object = kept('Delete');
  expect(isOwnedBy(object, PLATFORM.uid)).toBe(true);
  expect(keptFor(object)).toBeUndefined();
});

const HASH = { [APPLIED_ANNOTATION]: '0123456789abcdef' };
/** As it is after a restore: without an owner, and with more labels. */
const restored = (
  kind: string,
  metadata: KubeObject['metadata'],
  change: Partial<KubeObject['metadata']> = {},
) => {
  const { ownerReferences: _, labels, ...rest } = metadata;
  const more = { ...labels, 'velero.io/restore-name': 'nightly' };
  return { kind, metadata: { annotations: HASH, labels: more, ...rest, ...change } };
};
const component = (name: string, labels = componentLabels('brain', name)) =>
  childMetadata(PLATFORM, `brain-${name}`, labels);
const service = childMetadata(PLATFORM, 'brain', platformLabels('brain'));

it.each([
  ['the Service', restored('Service', service)],
  ['a Deployment', restored('Deployment', component('ingest'))],
  ['a disruption budget', restored('PodDisruptionBudget', component('ingest'))],
  [
    'the Deployment of a queue whose name is too long for a label',
    restored('Deployment', component(`queue-${'x'.repeat(80)}`)),
  ],
  ['a CronJob', restored('CronJob', component('call-logs-hourly', componentLabels('brain', 'call-logs')))],
  [
    'what a capability added',
    restored('Deployment', capabilityMetadata(PLATFORM, 'brain-redis-sentinel', 'redis-cache')),
  ],
  ['the history, which has no hash', restored('ConfigMap', component('history'), { annotations: {} })],
])('knows %s that has lost its owner', (_, object) => {
  expect(lostBy(object)).toBe('brain');
});

it.each([
  ['has its owner', { kind: 'Service', metadata: { ...service, annotations: HASH } }],
  ['never was applied', restored('Service', service, { annotations: {} })],
  ['has a hash that is none', restored('Service', service, { annotations: { [APPLIED_ANNOTATION]: 'yes' } })],
  [
    'has labels of its own',
    restored('Service', service, { labels: { 'app.kubernetes.io/instance': 'brain' } }),
  ],
  [
    'is a copy under another name',
    restored('Deployment', component('ingest-canary', componentLabels('brain', 'ingest'))),
  ],
  ['is called otherwise', restored('Service', service, { name: 'mine' })],
  [
    'belongs to another',
    restored('Service', service, {
      ownerReferences: [{ apiVersion: 'v1', kind: 'App', name: 'x', uid: 'x', controller: true }],
    }),
  ],
])('takes nothing for lost that %s', (_, object) => {
  expect(lostBy(object)).toBeUndefined();
});
