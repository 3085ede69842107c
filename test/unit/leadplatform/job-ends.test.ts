import { expect, it } from 'vitest';
import { OptionalReads } from '../../../controller/leadplatform/optional-reads.ts';
import { silentLogger } from '../../../controller/runtime/logger.ts';
import { type JobEndsState, readJobEnds, withJobEnds } from '../../../controller/leadplatform/job-ends.ts';
import type { ObservedChild } from '../../../src/cluster/snapshot.ts';
import { observed, PLATFORM, specOf } from '../plan/fixtures.ts';
import { apiStub, refused } from './api-stub.ts';

const signal = new AbortController().signal;
const NAME = 'brain-hook-migrate-1';

const job = (status: object = { active: 1 }, uid = 'uid-of-job'): ObservedChild =>
  observed({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: NAME, uid },
    spec: { backoffLimit: 0, template: { spec: { containers: [{ name: 'hook' }] } } },
    status,
  });
const kept = {
  metadata: { labels: { 'batch.kubernetes.io/job-name': NAME } },
  status: {
    containerStatuses: [
      { name: 'hook', state: { terminated: { exitCode: 0, finishedAt: '2026-03-02T09:00:00Z' } } },
      { name: 'istio-proxy', state: { running: {} } },
    ],
  },
};

function given(answer: () => unknown = () => ({ items: [kept], metadata: {} }), mayAsk = true) {
  const { requests, resources } = apiStub(answer);
  const look = (children: readonly ObservedChild[], before: JobEndsState | undefined, now: number) =>
    readJobEnds(
      { resources, reads: new OptionalReads(silentLogger), mayAsk: () => mayAsk },
      { platform: PLATFORM, spec: specOf(), children },
      before,
      now,
      signal,
    );
  return { requests, look };
}

it('asks no pod while no Job is active', async () => {
  const { requests, look } = given();
  expect((await look([job({ conditions: [] })], undefined, 0)).requeueIn).toBeUndefined();
  expect(requests).toEqual([]);
});

it('finds that the own container of a Job has ended, once it is active for longer than a pod takes to start', async () => {
  const { requests, look } = given();
  const first = await look([job()], undefined, 1_000);
  expect(first.requeueIn).toBe(5_000);
  expect(requests).toEqual([]);
  const asked = await look([job()], first.state, 6_000);
  expect(requests).toHaveLength(1);
  expect(requests[0]).toMatchObject({ method: 'GET', path: '/api/v1/namespaces/leads/pods' });
  expect(String(requests[0]?.query?.['labelSelector'])).toBe(`batch.kubernetes.io/job-name in (${NAME})`);
  expect(withJobEnds([job()], asked.state)[0]?.object['status']).toMatchObject({
    conditions: [{ type: 'Complete', status: 'True' }],
  });

  // What is known is not asked again, and holds when its deadline has ended the Job.
  const later = await look([job()], asked.state, 60_000);
  const failed = job({ conditions: [{ type: 'Failed', status: 'True' }] });
  const over = await look([failed], later.state, 90_000);
  expect(requests).toHaveLength(1);
  expect(withJobEnds([failed], over.state)[0]?.object['status']).toMatchObject({
    conditions: [{ type: 'Complete' }],
  });
});

it('takes another Job of the same name for another one', async () => {
  const { look } = given();
  const first = await look([job()], undefined, 0);
  const found = await look([job()], first.state, 10_000);
  const again = job({ active: 1 }, 'another');
  const next = await look([again], found.state, 20_000);
  expect(withJobEnds([again], next.state)).toEqual([again]);
});

it.each([
  ['a list that fails', () => refused(500, 'InternalError'), true],
  ['a platform that may not ask now', () => ({ items: [kept], metadata: {} }), false],
])('leaves the Job what Kubernetes says, and asks again: %s', async (_, answer, mayAsk) => {
  const { look } = given(answer, mayAsk);
  const first = await look([job()], undefined, 0);
  const second = await look([job()], first.state, 10_000);
  expect(second.requeueIn).toBe(10_000);
  expect(withJobEnds([job()], second.state)).toEqual([job()]);
});
