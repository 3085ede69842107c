import { expect, it } from 'vitest';
import type { KubeObject } from '../../../src/kube/object.ts';
import { containersOf, isPaused, jobTemplateOf, replicaCounts } from '../../../src/kube/workload.ts';

const object = (rest: object, generation = 2): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'brain-sync', generation },
  ...rest,
});
const NONE = { exists: 0, ready: 0, available: 0, updated: 0, terminating: 0 };

it.each([
  ['asks for one where it says nothing', {}, { ...NONE, asked: 1, current: false }],
  ['may ask for none', { spec: { replicas: 0 } }, { ...NONE, asked: 0, current: false }],
  [
    'has none of what its status leaves out',
    { spec: { replicas: 3 }, status: { observedGeneration: 2, replicas: 4, terminatingReplicas: 1 } },
    { ...NONE, asked: 3, exists: 4, terminating: 1, current: true },
  ],
  [
    'has what its status says',
    {
      spec: { replicas: 3 },
      status: {
        observedGeneration: 1,
        replicas: 4,
        readyReplicas: 3,
        availableReplicas: 2,
        updatedReplicas: 1,
      },
    },
    { asked: 3, exists: 4, ready: 3, available: 2, updated: 1, terminating: 0, current: false },
  ],
  [
    'is read also where it makes no sense',
    { spec: 'x', status: null },
    { ...NONE, asked: 1, current: false },
  ],
])('a Deployment %s', (_what, rest, counts) => {
  expect(replicaCounts(object(rest))).toEqual(counts);
});

it('has the containers of its template, a CronJob those of its Jobs, and anything else none', () => {
  const template = { spec: { containers: [{ name: 'sync' }] } };
  const cronJob = object({ kind: 'CronJob', spec: { jobTemplate: { spec: { template } } } });
  expect(containersOf(object({ spec: { template } }))).toEqual([{ name: 'sync' }]);
  expect(containersOf(jobTemplateOf(cronJob))).toEqual([{ name: 'sync' }]);
  expect([containersOf(cronJob), containersOf(jobTemplateOf(object({})))]).toEqual([[], []]);
});

it('is paused where it says so, and a StatefulSet never is', () => {
  const spec = { paused: true };
  expect([object({ spec }), object({ spec, kind: 'StatefulSet' }), object({})].map(isPaused)).toEqual([
    true,
    false,
    false,
  ]);
});
