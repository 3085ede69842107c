import { expect, it } from 'vitest';
import { OptionalReads } from '../../../controller/leadplatform/optional-reads.ts';
import { silentLogger } from '../../../controller/runtime/logger.ts';
import { readTroubles, type PodDiagnosesState } from '../../../controller/leadplatform/pod-diagnosis.ts';
import { componentLabels } from '../../../src/kube/labels.ts';
import type { ObservedChild } from '../../../src/cluster/snapshot.ts';
import { observed, PLATFORM, specOf } from '../plan/fixtures.ts';
import { apiStub, refused } from './api-stub.ts';

const signal = new AbortController().signal;
const spec = specOf();
const NOTHING: PodDiagnosesState = { shortSince: {}, found: {}, askAgainAt: -Infinity };

const deployment = (component: string, replicas: number, status: object): ObservedChild =>
  observed({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: `brain-${component}` },
    spec: { replicas },
    status,
  });
const fine = deployment('ingest', 2, { availableReplicas: 2, updatedReplicas: 2 });
const short = deployment('sync', 2, { readyReplicas: 1, availableReplicas: 1, updatedReplicas: 2 });

const pulling = {
  metadata: { labels: componentLabels('brain', 'sync'), creationTimestamp: '2026-03-02T09:00:00Z' },
  status: {
    containerStatuses: [
      { name: 'sync', image: 'registry.example/brain:1', state: { waiting: { reason: 'ImagePullBackOff' } } },
    ],
  },
};

function given(answer: () => unknown = () => ({ items: [pulling], metadata: {} }), mayAsk = true) {
  const { requests, resources } = apiStub(answer);
  const look = (
    children: readonly ObservedChild[],
    before: PodDiagnosesState | undefined,
    now: number,
    mode: 'Auto' | 'Paused' = 'Auto',
  ) =>
    readTroubles(
      { resources, reads: new OptionalReads(silentLogger), mayAsk: () => mayAsk },
      { platform: PLATFORM, spec: { ...spec, mode }, children },
      before,
      now,
      signal,
    );
  return { requests, look };
}

it('asks no pod while all components have what they ask for, nor where nothing may be changed', async () => {
  const { requests, look } = given();
  expect((await look([fine], undefined, 0)).requeueIn).toBeUndefined();
  await look([short], undefined, 0, 'Paused');
  expect(requests).toEqual([]);
});

it('waits longer where many platforms ask at once', async () => {
  const { requests, look } = given(undefined, false);
  const first = await look([short], undefined, 1_000);
  expect(first.requeueIn).toBe(30_000);
  expect((await look([short], first.state, 30_999)).requeueIn).toBe(1);
  expect(requests).toEqual([]);
});

it('asks the pods of a component alone that has been short for longer than one takes to start, and not at every pass', async () => {
  const { requests, look } = given();
  const first = await look([fine, short], NOTHING, 1_000);
  expect(first).toMatchObject({ requeueIn: 15_000, state: { found: {} } });
  const early = await look([fine, short], first.state, 15_999);
  expect(early.requeueIn).toBe(1);
  expect(requests).toEqual([]);

  const asked = await look([fine, short], early.state, 16_000);
  expect(asked.state.found['sync']?.reason).toBe('ImagePullBackOff');
  expect(requests).toHaveLength(1);
  expect(requests[0]).toMatchObject({ method: 'GET', path: '/api/v1/namespaces/leads/pods' });
  expect(String(requests[0]?.query?.['labelSelector'])).toContain('app.kubernetes.io/component in (sync)');

  const soon = await look([fine, short], asked.state, 25_999);
  expect(soon.state.found).toEqual(asked.state.found);
  expect(requests).toHaveLength(1);
  await look([fine, short], soon.state, 26_000);
  expect(requests).toHaveLength(2);
});

it('asks at once in the first pass of a process, which has not seen how long it has been so', async () => {
  const { requests, look } = given();
  expect((await look([short], undefined, 5)).state.found).toHaveProperty('sync');
  expect(requests).toHaveLength(1);
});

it('forgets what was wrong with a component that has come up, and when it last asked is no reason to wait longer', async () => {
  const { look } = given();
  const { state } = await look([short], undefined, 0);
  expect((await look([fine], state, 1)).state).toMatchObject({ found: {}, shortSince: {} });
});

it.each([
  ['an older version, which has forgotten why', 'Back-off pulling image "registry.example/brain:1"'],
  [
    'a newer one, which has not',
    'Back-off pulling image "registry.example/brain:1": ErrImagePull: not found',
  ],
])('says the same of an image while a kubelet of %s, waits to pull it again', async (_, message) => {
  const waiting = [
    { reason: 'ErrImagePull', message: 'brain:1: not found' },
    { reason: 'ImagePullBackOff', message },
  ];
  const { look } = given(() => {
    const container = { ...pulling.status.containerStatuses[0], state: { waiting: waiting.shift() } };
    return { items: [{ ...pulling, status: { containerStatuses: [container] } }], metadata: {} };
  });
  const first = await look([short], undefined, 0);
  expect(first.state.found['sync']?.message).toContain('there is no such image');
  expect((await look([short], first.state, 10_000)).state.found).toEqual(first.state.found);
});

it('tells of a worker that crashes also where it is looked at between two crashes', async () => {
  const container = {
    name: 'sync',
    ready: true,
    restartCount: 2,
    state: { running: { startedAt: new Date(Date.now() - 1_000).toISOString() } },
    lastState: { terminated: { exitCode: 1 } },
  };
  const { look } = given(() => ({
    items: [{ ...pulling, status: { containerStatuses: [container] } }],
    metadata: {},
  }));
  expect((await look([short], undefined, 0)).state.found['sync']?.reason).toBe('CrashLoopBackOff');
});

it('goes on without an answer, and does not ask every few seconds for what is forbidden', async () => {
  const before: PodDiagnosesState = {
    ...NOTHING,
    shortSince: { sync: -100_000 },
    found: {
      sync: { reason: 'Unschedulable', subject: '', message: 'no node', isExplained: false, since: 1 },
    },
  };
  const failing = given(() => refused(500, 'InternalError'));
  expect(await failing.look([short], before, 0)).toMatchObject({
    requeueIn: 10_000,
    state: { found: before.found },
  });
  const forbidden = given(() => refused(403, 'Forbidden'));
  expect(await forbidden.look([short], before, 0)).toMatchObject({ requeueIn: 300_000 });
});

it.each([
  ['none is there', {}],
  ['one is not available yet', { replicas: 1, updatedReplicas: 1, readyReplicas: 1 }],
  [
    'an old one stays, for the new one does not come up',
    { replicas: 2, updatedReplicas: 1, availableReplicas: 1 },
  ],
])('takes a component for short while %s', async (_what, status) => {
  const { requests, look } = given();
  await look([deployment('sync', 1, status)], undefined, 0);
  expect(requests).toHaveLength(1);
});
