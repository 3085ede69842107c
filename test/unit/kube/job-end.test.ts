import { expect, it } from 'vitest';
import { endByContainers, type JobPodView, withEnd } from '../../../src/kube/job-end.ts';
import type { KubeObject } from '../../../src/kube/object.ts';

const jobOf = (backoffLimit?: number): KubeObject => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'brain-hook-migrate' },
  spec: {
    ...(backoffLimit !== undefined && { backoffLimit }),
    template: { spec: { containers: [{ name: 'hook' }] } },
  },
  status: { active: 1 },
});

type Status = NonNullable<NonNullable<JobPodView['status']>['containerStatuses']>[number];
const runs = (name: string): Status => ({ name, state: { running: {} } });
const waits = (name: string): Status => ({ name, state: {} });
const ended = (name: string, exitCode: number): Status => ({
  name,
  state: { terminated: { exitCode, finishedAt: '2026-03-02T09:00:00Z' } },
});
const pod = (...containerStatuses: Status[]): JobPodView => ({ status: { containerStatuses } });

it.each<[string, number | undefined, readonly JobPodView[], string | undefined]>([
  ['its container runs', 0, [pod(runs('hook'), runs('istio-proxy'))], undefined],
  ['its container waits for the sidecar', 0, [pod(waits('hook'), runs('istio-proxy'))], undefined],
  ['its container ended and the sidecar runs', 0, [pod(ended('hook', 0), runs('istio-proxy'))], 'Complete'],
  ['it ended badly and the sidecar runs', 0, [pod(runs('linkerd-proxy'), ended('hook', 3))], 'Failed'],
  ['it ended badly and would be tried again', 3, [pod(ended('hook', 3), runs('istio-proxy'))], undefined],
  ['nobody says how often it is tried', undefined, [pod(ended('hook', 3), runs('istio-proxy'))], undefined],
  ['it ended well, however often it is tried', 3, [pod(ended('hook', 0), runs('istio-proxy'))], 'Complete'],
  ['no other container runs, so Kubernetes will say', 0, [pod(ended('hook', 1))], undefined],
  ['the sidecar has ended, too', 0, [pod(ended('hook', 0), ended('istio-proxy', 1))], undefined],
  ['the sidecar ended first', 0, [pod(runs('hook'), ended('istio-proxy', 0))], undefined],
  ['it has no pod yet', 0, [], undefined],
  ['its pod says nothing yet', 0, [{}], undefined],
  [
    'the second of its pods ended well',
    3,
    [pod(ended('hook', 1)), pod(ended('hook', 0), runs('x'))],
    'Complete',
  ],
])('a Job, where %s', (_, backoffLimit, pods, type) => {
  expect(endByContainers(jobOf(backoffLimit), pods)?.type).toBe(type);
});

it('says which container ended and how', () => {
  const end = endByContainers(jobOf(0), [pod(ended('hook', 137), runs('istio-proxy'))]);
  expect(end).toEqual({
    type: 'Failed',
    reason: 'OwnContainerFailed',
    message: 'container hook ended with exit code 137, and another one keeps the pod open',
    at: '2026-03-02T09:00:00Z',
  });
});

it('is told of a Job in place of what its deadline made of it since', () => {
  const late = { ...jobOf(0), status: { conditions: [{ type: 'Failed', status: 'True' }] } };
  const end = { type: 'Complete', reason: 'r', message: 'm', at: '2026-03-02T09:00:00Z' } as const;
  expect((withEnd(late, end)['status'] as { conditions: object[] }).conditions).toMatchObject([
    { type: 'Complete', status: 'True', lastTransitionTime: '2026-03-02T09:00:00Z' },
  ]);
});
