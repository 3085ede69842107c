import { expect, it } from 'vitest';
import { liveNumbers } from '../../../controller/commands/live-numbers.ts';
import type { KubeRequest } from '../../../controller/runtime/client.ts';
import { apiStub, refused } from '../leadplatform/api-stub.ts';
import { serve } from '../sources/http-server.ts';

const brain = { namespace: 'leads', name: 'brain' };
const other = { namespace: 'leads', name: 'other' };
const view = { components: [], signals: [], reasons: [], clamps: [] };
const SYSTEM = { namespace: 'leadplatform-system' };

/** A cluster in which `pod` leads; `answer` is the operator's. */
function cluster(pod: string, answer: (path: string) => unknown) {
  return apiStub(({ path }: KubeRequest) =>
    path.includes('/leases/') ? { metadata: {}, spec: { holderIdentity: pod } } : answer(path),
  );
}

it('asks the pod that leads, which it looks for once', async () => {
  const { requests, resources } = cluster('operator-7d4-x_0a1b2c3d', () => view);
  const live = liveNumbers(resources, SYSTEM);
  expect(await Promise.all([live(brain), live(other)])).toEqual([view, view]);
  expect(requests.map(({ path }) => decodeURIComponent(path))).toEqual([
    '/apis/coordination.k8s.io/v1/namespaces/leadplatform-system/leases/leadplatform-operator',
    '/api/v1/namespaces/leadplatform-system/pods/operator-7d4-x:8080/proxy/api/platforms/leads/brain',
    '/api/v1/namespaces/leadplatform-system/pods/operator-7d4-x:8080/proxy/api/platforms/leads/other',
  ]);
});

it.each([
  ['nobody leads', ''],
  ['the pod does not answer', 'operator_0a1b2c3d'],
])('asks once and no more where %s', async (_, pod) => {
  const { requests, resources } = cluster(pod, () => refused(0, 'Timeout'));
  const live = liveNumbers(resources, SYSTEM);
  expect(await Promise.all([live(brain), live(other), live(other)])).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(requests).toHaveLength(pod === '' ? 1 : 2);
});

it('goes on after a platform that the leader does not know yet', async () => {
  const { resources } = cluster('operator_0a1b2c3d', (path) =>
    path.endsWith('brain') ? refused(404, 'NotFound') : view,
  );
  const live = liveNumbers(resources, SYSTEM);
  expect([await live(brain), await live(other)]).toEqual([undefined, view]);
});

it('asks at an address that the user names', async () => {
  const { url, requests } = await serve((request, response) => {
    const isBrain = request.url?.endsWith('/brain') === true;
    response.writeHead(isBrain ? 200 : 404).end(JSON.stringify(isBrain ? view : { error: 'no such' }));
  });
  const live = liveNumbers(apiStub(() => undefined).resources, { url: `${url}/` });
  expect([await live(brain), await live(other)]).toEqual([view, undefined]);
  expect(requests.map(({ path }) => path)).toEqual([
    '/api/platforms/leads/brain',
    '/api/platforms/leads/other',
  ]);
});
