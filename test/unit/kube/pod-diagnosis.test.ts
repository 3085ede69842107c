import { expect, it } from 'vitest';
import { podDiagnosis, type PodView } from '../../../src/kube/pod-diagnosis.ts';

const MADE = '2026-03-02T09:00:00Z';
/** What has run since then without a break is relied on. */
const RELIED = Date.parse('2026-03-02T09:10:00Z');

type Status = NonNullable<PodView['status']>;
type Container = NonNullable<Status['containerStatuses']>[number];

const pod = (status: Status, metadata: PodView['metadata'] = { creationTimestamp: MADE }): PodView => ({
  metadata,
  status,
});
const container = (rest: Partial<Container>): PodView =>
  pod({
    phase: 'Running',
    containerStatuses: [{ name: 'sync', image: 'registry.example/brain:1', ready: false, ...rest }],
  });
const waiting = (reason: string, message?: string): PodView =>
  container({ state: { waiting: { reason, ...(message !== undefined && { message }) } } });
const said = (...pods: PodView[]): string | undefined => {
  const found = podDiagnosis(pods, RELIED);
  return found && `${found.reason}: ${found.message}`;
};

it.each<[string, PodView, string]>([
  [
    'a node without room',
    pod({
      phase: 'Pending',
      conditions: [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'Unschedulable',
          message: '0/3 nodes are available: 3 Insufficient memory. preemption: 0/3 nodes are available.',
        },
      ],
    }),
    'Unschedulable: no node takes the pod: 0/3 nodes are available: 3 Insufficient memory',
  ],
  [
    'an image that does not exist',
    waiting('ErrImagePull', 'failed to resolve reference "registry.example/brain:1": not found'),
    'ImagePullBackOff: the image registry.example/brain:1 cannot be pulled: there is no such image',
  ],
  [
    'a registry that wants a password',
    waiting('ErrImagePull', 'pull access denied, repository does not exist or may require authorization'),
    'ImagePullBackOff: the image registry.example/brain:1 cannot be pulled: there is no such image, or the registry wants other credentials; look at spec.image and spec.imagePullSecrets',
  ],
  [
    'a registry that refuses',
    waiting('ImagePullBackOff', 'unexpected status: 401 Unauthorized'),
    'ImagePullBackOff: the image registry.example/brain:1 cannot be pulled: there is no such image, or the registry wants other credentials; look at spec.image and spec.imagePullSecrets',
  ],
  [
    'a kubelet that waits to pull again',
    waiting('ImagePullBackOff', 'Back-off pulling image "registry.example/brain:1"'),
    'ImagePullBackOff: the image registry.example/brain:1 cannot be pulled',
  ],
  [
    'a worker that crashes, while it waits',
    container({
      restartCount: 4,
      state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s restarting failed container' } },
      lastState: { terminated: { exitCode: 255, reason: 'Error' } },
    }),
    'CrashLoopBackOff: container sync ended by itself (exit code 255, restarts: 4)',
  ],
  [
    'a worker that crashes, just after it did',
    container({ restartCount: 0, state: { terminated: { exitCode: 1, reason: 'Error' } } }),
    'CrashLoopBackOff: container sync ended by itself (exit code 1, restarts: 0)',
  ],
  [
    'a worker that ends though it should not',
    container({
      restartCount: 2,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: { exitCode: 0, reason: 'Completed' } },
    }),
    'CrashLoopBackOff: container sync ended by itself (exit code 0, restarts: 2)',
  ],
  [
    'a worker that needs more memory than it may have',
    container({
      restartCount: 3,
      state: { running: {} },
      lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } },
    }),
    'CrashLoopBackOff: container sync was killed for want of memory (OOMKilled, exit code 137, restarts: 3); raise its limit',
  ],
  [
    'a worker that crashes, and has been ready for a moment again',
    container({
      ready: true,
      restartCount: 3,
      state: { running: { startedAt: '2026-03-02T09:10:01Z' } },
      lastState: { terminated: { exitCode: 1, reason: 'Error' } },
    }),
    'CrashLoopBackOff: container sync ended by itself (exit code 1, restarts: 3)',
  ],
  [
    'a Secret that is missing',
    waiting('CreateContainerConfigError', 'secret "brain-env" not found'),
    'CreateContainerConfigError: container sync: CreateContainerConfigError: secret "brain-env" not found',
  ],
  [
    'a pod that a node threw out',
    pod({ phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' }),
    'Evicted: Evicted: The node was low on resource: memory',
  ],
])('tells of %s', (_what, view, sentence) => {
  expect(said(view)).toBe(sentence);
});

it.each<[string, PodView]>([
  ['is being made', waiting('ContainerCreating')],
  ['runs, and answers no probe yet', container({ state: { running: {} } })],
  [
    'crashed once and has been ready since',
    container({
      ready: true,
      restartCount: 1,
      state: { running: { startedAt: '2026-03-02T09:10:00Z' } },
      lastState: { terminated: { exitCode: 1 } },
    }),
  ],
  [
    'is on its way out',
    pod({ phase: 'Failed', reason: 'Evicted' }, { creationTimestamp: MADE, deletionTimestamp: MADE }),
  ],
  ['has done its work', pod({ phase: 'Succeeded' })],
])('says nothing of a pod that %s', (_what, view) => {
  expect(said(view)).toBeUndefined();
});

it('believes the newest pod, and takes the time of the oldest with the same trouble', () => {
  const at = (time: string, view: PodView): PodView => ({ ...view, metadata: { creationTimestamp: time } });
  const found = podDiagnosis(
    [
      at('2026-03-02T09:00:00Z', waiting('CreateContainerConfigError', 'secret "old" not found')),
      at('2026-03-02T09:05:00Z', waiting('ImagePullBackOff')),
      at('2026-03-02T09:09:00Z', waiting('ErrImagePull', 'not found')),
    ],
    RELIED,
  );
  expect(found).toEqual({
    reason: 'ImagePullBackOff',
    subject: 'registry.example/brain:1',
    message: 'the image registry.example/brain:1 cannot be pulled: there is no such image',
    isExplained: true,
    since: Date.parse('2026-03-02T09:05:00Z'),
  });
});

it('quotes no more of a foreign message than fits, on one line', () => {
  const long = said(waiting('RunContainerError', `first\nsecond \u001b[31m${'x'.repeat(1_000)}`)) ?? '';
  expect(long.length).toBeLessThan(400);
  expect(long).toMatch(/^[ -~…]+$/);
});
