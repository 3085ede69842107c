import { beforeEach, expect, it, vi } from 'vitest';
import { NodeReader } from '../../../controller/leadplatform/nodes.ts';
import { OptionalReads } from '../../../controller/leadplatform/optional-reads.ts';
import type { KubeRequest } from '../../../controller/runtime/client.ts';
import { valueOr } from '../../../src/model/optional-read.ts';
import { componentLabels } from '../../../src/kube/labels.ts';
import { apiStub, refused } from './api-stub.ts';

const signal = new AbortController().signal;
const NODES = [
  {
    metadata: { name: 'n1', labels: { pool: 'x' } },
    spec: {
      taints: [
        { key: 'a', effect: 'NoExecute' },
        { key: 'b', effect: 'PreferNoSchedule' },
      ],
    },
    status: { allocatable: { cpu: '4', state: '8Gi', pods: '110' }, capacity: { cpu: '5' } },
  },
  {
    metadata: { name: 'n2' },
    spec: { unschedulable: true },
    status: { allocatable: { cpu: '1500m', pods: '3' } },
  },
];
const pod = (nodeName: string, namespace: string, labels: object, cpu: string) => ({
  metadata: { name: 'p', namespace, labels },
  spec: { nodeName, containers: [{ resources: { requests: { cpu } } }] },
});
const ours = componentLabels('brain', 'sync');
const PAGES = [
  [pod('n1', 'leads', ours, '500m'), pod('n1', 'leads', { app: 'x' }, '1')],
  [pod('n2', 'elsewhere', ours, '250m'), pod('gone', 'leads', { app: 'x' }, '1')],
];
const answer = ({ path, query }: KubeRequest) => {
  if (path.endsWith('/nodes')) return { items: NODES, metadata: {} };
  const page = Number(query?.['continue'] ?? 0);
  return { items: PAGES[page], metadata: page === 0 ? { continue: '1' } : {} };
};

const warnings: string[] = [];
const logger = {
  ...{ debug: () => undefined, info: () => undefined, error: () => undefined },
  warn: (_: object, message: string) => void warnings.push(message),
};
const given = (of: (request: KubeRequest) => unknown = answer) => {
  const { requests, resources } = apiStub(of);
  return { requests, reader: new NodeReader(resources, new OptionalReads(logger)) };
};

beforeEach(() => {
  warnings.length = 0;
  vi.useFakeTimers();
  return () => vi.useRealTimers();
});

it('takes what pods ask for from what nodes have, of all namespaces and pages', async () => {
  const { requests, reader } = given();
  expect(valueOr(await reader.look('leads', signal), undefined)).toEqual({
    nodes: [
      {
        labels: { pool: 'x' },
        taints: [{ key: 'a', effect: 'NoExecute' }],
        free: { cpu: 2.5, state: 8 * 2 ** 30, pods: 108 },
      },
      {
        labels: {},
        taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }],
        free: { cpu: 1.25, pods: 2 },
      },
    ],
    placed: [ours],
  });
  expect(requests.map(({ path }) => path)).toEqual(['/api/v1/nodes', '/api/v1/pods', '/api/v1/pods']);
  expect(requests[1]?.query?.['fieldSelector']).toBe(
    'spec.nodeName!=,status.phase!=Succeeded,status.phase!=Failed',
  );
});

it('looks once for all platforms that ask at that time', async () => {
  const { requests, reader } = given();
  const [one, other] = await Promise.all([reader.look('leads', signal), reader.look('elsewhere', signal)]);
  expect(requests).toHaveLength(3);
  expect([one, other].map((look) => valueOr(look, undefined)?.placed.length)).toEqual([1, 1]);
  vi.advanceTimersByTime(1_999);
  await reader.look('leads', signal);
  expect(requests).toHaveLength(3);
  vi.advanceTimersByTime(1);
  await reader.look('leads', signal);
  expect(requests).toHaveLength(6);
});

it('knows nothing where it may not look, says so once, and does not ask again for minutes', async () => {
  const { requests, reader } = given(() => refused(403, 'Forbidden'));
  expect(await reader.look('leads', signal)).toMatchObject({ unavailable: 'Forbidden' });
  vi.advanceTimersByTime(299_000);
  expect(await reader.look('leads', signal)).toMatchObject({ unavailable: 'Forbidden' });
  expect(requests).toHaveLength(1);
  vi.advanceTimersByTime(1_000);
  await reader.look('leads', signal);
  expect(requests).toHaveLength(2);
  expect(warnings).toEqual([expect.stringContaining('may not list nodes and pods of the whole cluster')]);
});

it('knows nothing where the list fails, and asks again soon', async () => {
  let isDown = true;
  const { requests, reader } = given((request) => (isDown ? refused(500, 'InternalError') : answer(request)));
  expect(await reader.look('leads', signal)).toMatchObject({ unavailable: 'Failed' });
  isDown = false;
  vi.advanceTimersByTime(9_999);
  expect(await reader.look('leads', signal)).toMatchObject({ unavailable: 'Failed' });
  expect(requests).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(valueOr(await reader.look('leads', signal), undefined)?.nodes).toHaveLength(2);
  expect(warnings).toEqual([]);
});
