import { expect, it, onTestFinished, vi } from 'vitest';
import { OptionalReads } from '../../../controller/leadplatform/optional-reads.ts';
import { silentLogger } from '../../../controller/runtime/logger.ts';
import { UsageReader } from '../../../controller/leadplatform/usage.ts';
import type { KubeRequest } from '../../../controller/runtime/client.ts';
import type { KubeObject } from '../../../controller/runtime/resources.ts';
import { valueOr } from '../../../src/model/optional-read.ts';
import { labelOf } from '../../../src/kube/names.ts';
import { apiStub, refused } from './api-stub.ts';

const signal = new AbortController().signal;
const LONG = `queue-${'x'.repeat(80)}`;

const deployment = (name: string, component: string, resources: object) => ({
  kind: 'Deployment',
  metadata: { name, namespace: 'leads', labels: { 'app.kubernetes.io/component': component } },
  spec: { template: { spec: { containers: [{ name: 'main', resources }] } } },
});
const deployments = [
  deployment('brain-ingest', 'ingest', { limits: { cpu: '500m', memory: '1Gi' } }),
  deployment(`brain-${LONG}`, labelOf(LONG), { requests: { cpu: '1' } }),
];
const world = {
  child: (_kind: string, key: string) => deployments.find(({ metadata }) => `leads/${metadata.name}` === key),
  childrenOf: () => deployments.map((object) => ({ object, replicasOwnedByOther: false })),
  platforms: { get: () => ({ metadata: { uid: 'uid-of-brain' } }) },
};

const pod = (platform: string, component: string, cpu: string, namespace = 'leads'): KubeObject => ({
  apiVersion: 'metrics.k8s.io/v1beta1',
  kind: 'PodMetrics',
  metadata: {
    name: `${platform}-${component}-1`,
    namespace,
    labels: { 'app.kubernetes.io/instance': platform, 'app.kubernetes.io/component': component },
  },
  ...{ timestamp: '2026-03-02T09:00:00Z', containers: [{ name: 'main', usage: { cpu, memory: '256Mi' } }] },
});

function reader(answer: (request: KubeRequest) => unknown, namespaces?: readonly string[]) {
  const { requests, resources } = apiStub(answer);
  return {
    requests,
    usage: new UsageReader(resources, new OptionalReads(silentLogger), world as never, namespaces),
  };
}
const list = (...items: object[]) => ({ metadata: {}, items });

it('asks once for everybody, and gives each platform its own pods', async () => {
  const { requests, usage } = reader(() =>
    list(
      pod('brain', 'ingest', '250m'),
      pod('other', 'ingest', '1'),
      pod('brain', 'ingest', '1', 'elsewhere'),
    ),
  );
  const [brain, other, nobody] = await Promise.all([
    usage.of('leads', 'brain')(signal),
    usage.of('leads', 'other')(signal),
    usage.of('leads', 'nobody')(signal),
  ]);
  expect(requests).toHaveLength(1);
  expect(valueOr(brain, undefined)).toEqual([
    {
      pod: 'brain-ingest-1',
      container: 'main',
      at: Date.parse('2026-03-02T09:00:00Z'),
      cpu: { used: 0.25, limit: 0.5 },
      memory: { used: 268_435_456, limit: 1_073_741_824 },
    },
  ]);
  expect(valueOr(other, undefined)).toMatchObject([{ cpu: { used: 1 } }]);
  expect(valueOr(nobody, undefined)).toEqual([]);
});

it('knows the requests of a component whose name is too long for a label', async () => {
  const { usage } = reader(() => list(pod('brain', labelOf(LONG), '500m')));
  expect(valueOr(await usage.of('leads', 'brain')(signal), undefined)).toMatchObject([
    { cpu: { used: 0.5, request: 1 } },
  ]);
});

it('asks in each namespace that is watched, and in no other', async () => {
  const { requests, usage } = reader(() => list(), ['a', 'b']);
  await usage.of('a', 'brain')(signal);
  expect(requests.map(({ path }) => path)).toEqual([
    '/apis/metrics.k8s.io/v1beta1/namespaces/a/pods',
    '/apis/metrics.k8s.io/v1beta1/namespaces/b/pods',
  ]);
});

it.each([
  ['not there', 404, 'NotFound', 'Absent'],
  ['not ours to read', 403, 'Forbidden', 'Forbidden'],
  ['registered without a server', 503, 'ServiceUnavailable', 'Absent'],
])(
  'takes a metrics API that is %s for absent, and does not ask again for every platform',
  async (_, status, reason, unavailable) => {
    const { requests, usage } = reader(() => refused(status, reason));
    expect(await usage.of('leads', 'brain')(signal)).toMatchObject({ unavailable });
    expect(await usage.of('leads', 'other')(signal)).toMatchObject({ unavailable });
    expect(requests).toHaveLength(1);
  },
);

it('asks again after a failure that passes', async () => {
  let isDown = true;
  const { usage } = reader(() =>
    isDown ? refused(500, 'InternalError') : list(pod('brain', 'ingest', '250m')),
  );
  expect(await usage.of('leads', 'brain')(signal)).toMatchObject({
    unavailable: 'Failed',
    reason: expect.stringContaining('InternalError'),
  });
  isDown = false;
  expect(valueOr(await usage.of('leads', 'brain')(signal), undefined)).toHaveLength(1);
});

it('asks again after a while, also when the clock was set back meanwhile', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { requests, usage } = reader(() => list(pod('brain', 'ingest', '250m')));
  await usage.of('leads', 'brain')(signal);
  vi.setSystemTime(Date.now() - 3_600_000);
  vi.advanceTimersByTime(11_000);
  await usage.of('leads', 'brain')(signal);
  expect(requests).toHaveLength(2);
});
