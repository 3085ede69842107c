/** Each status that this process writes names its Pod, by which live numbers are found. */
import { expect, it } from 'vitest';
import type { LeadPlatformObject } from '../../../controller/leadplatform/kinds.ts';
import { PlatformStates } from '../../../controller/leadplatform/platform-state.ts';
import { report, type Reporter } from '../../../controller/leadplatform/report.ts';
import { UndeclaredFields } from '../../../controller/leadplatform/undeclared-fields.ts';
import { silentLogger } from '../../../controller/runtime/logger.ts';
import type { LeadPlatformStatus, OperatorPod } from '../../../src/api/schema/status.ts';
import { apiStub, refused } from './api-stub.ts';

const ours: OperatorPod = { namespace: 'leadplatform-system', pod: 'operator-7d4-x', uid: 'ours' };
const other: OperatorPod = { ...ours, pod: 'operator-7d4-y', uid: 'other' };
const said: LeadPlatformStatus = { tier: 'cached' };
const NOW = 1_000;
const TEN_MINUTES = 600_000;

interface Cluster {
  /** Of the status; the definition does not have them. */
  lacks: readonly (keyof LeadPlatformStatus)[];
  /** What it says to every write. */
  readonly refuses?: string;
}

/** A process that tells of one platform again and again. */
function setUp(pod: OperatorPod | undefined, cluster: Cluster = { lacks: [] }) {
  const state = new PlatformStates().of('leads/brain', 'uid');
  const warnings: object[] = [];
  const { requests, resources } = apiStub(({ body }) => {
    // As it goes over the wire.
    if (cluster.refuses !== undefined) return refused(500, cluster.refuses);
    const object = JSON.parse(JSON.stringify(body)) as LeadPlatformObject;
    const field = cluster.lacks.find((lacking) => lacking in (object.status ?? {}));
    return field === undefined ? object : refused(500, `.status.${field}: field not declared in schema`);
  });
  const written: (LeadPlatformStatus | undefined)[] = [];
  const reporter = {
    resources,
    cache: { wrotePlatform: ({ status }: LeadPlatformObject) => void written.push(status) },
    events: {},
    undeclared: new UndeclaredFields({
      logger: { ...silentLogger, warn: (fields: object) => void warnings.push(fields) },
      install: 'kubectl apply',
    }),
    pod,
  } as unknown as Reporter;
  const writtenAfter = async (before: LeadPlatformStatus | undefined, status = said, now = NOW) => {
    const platform = {
      apiVersion: 'leadplatform.io/v1alpha1',
      kind: 'LeadPlatform',
      metadata: { name: 'brain', namespace: 'leads', uid: 'uid' },
      ...(before && { status: before }),
    } as LeadPlatformObject;
    const { signal } = new AbortController();
    await report(reporter, platform, state, { status, events: [] }, now, signal);
    return written.splice(0).at(-1);
  };
  return { requests, warnings, writtenAfter };
}

it.each<[string, LeadPlatformStatus | undefined]>([
  ['that is new', undefined],
  ['of which nothing else is new', said],
  ['that another Pod has written', { ...said, operator: other }],
])('is named in a status %s', async (_, before) => {
  expect(await setUp(ours).writtenAfter(before)).toEqual({ ...said, operator: ours });
});

it('is no reason to write a status that names it already', async () => {
  expect(await setUp(ours).writtenAfter({ ...said, operator: ours })).toBeUndefined();
});

it('is named by no process outside of a Pod, which takes out that of another', async () => {
  const outside = setUp(undefined);
  expect(await outside.writtenAfter(said)).toBeUndefined();
  expect(await outside.writtenAfter({ ...said, operator: other })).toEqual(said);
});

it('takes over a status without a signal that it has not compared yet, which settles later', async () => {
  const { writtenAfter } = setUp(ours);
  const signal = { name: 'leadsPerMinute', unit: 'count' };
  const before = { ...said, signals: [{ ...signal, value: 0 }] };
  const unsettled = { ...said, signals: [{ ...signal, reason: 'NotYetCompared' }] };
  const after = { ...before, operator: ours };
  expect(await writtenAfter({ ...before, operator: other }, unsettled)).toEqual(after);
  expect(await writtenAfter(after, unsettled, NOW + 1)).toBeUndefined();
  expect(await writtenAfter(after, { ...before, tier: 'balanced' }, NOW + 2)).toMatchObject({
    tier: 'balanced',
  });
});

it('is left out where the definition is older, which is warned of once, and named once that is upgraded', async () => {
  const cluster: Cluster = { lacks: ['operator'] };
  const { requests, warnings, writtenAfter } = setUp(ours, cluster);
  expect(await writtenAfter(undefined)).toEqual(said);
  expect(requests).toHaveLength(2);
  expect(await writtenAfter(said)).toBeUndefined();
  expect(await writtenAfter(said, { tier: 'balanced' })).toEqual({ tier: 'balanced' });
  expect(requests).toHaveLength(3);
  // Now and then it is asked again, in vain and without another word.
  expect(await writtenAfter(said, said, NOW + TEN_MINUTES)).toBeUndefined();
  expect(await writtenAfter(said, said, NOW + TEN_MINUTES + 1)).toBeUndefined();
  expect(requests).toHaveLength(4);
  expect(warnings).toEqual([{ fields: ['.status.operator'], install: 'kubectl apply' }]);
  cluster.lacks = [];
  expect(await writtenAfter(said, said, NOW + 2 * TEN_MINUTES)).toEqual({ ...said, operator: ours });
});

it('is left out, and so is each other field that the definition lacks', async () => {
  const status: LeadPlatformStatus = { ...said, queueDepth: 3, notified: ['a'] };
  const { requests, writtenAfter } = setUp(ours, { lacks: ['operator', 'notified', 'queueDepth'] });
  expect(await writtenAfter(undefined, status)).toEqual(said);
  expect(requests).toHaveLength(4);
});

it.each([
  ['another failure', 'etcdserver: leader changed', 1],
  ['a field that the status does not have', '.status.other: field not declared in schema', 1],
])('is left out for nothing else: %s ends the pass', async (_, refuses, tries) => {
  const { requests, writtenAfter } = setUp(ours, { lacks: [], refuses });
  await expect(writtenAfter(undefined)).rejects.toThrow(refuses);
  expect(requests).toHaveLength(tries);
});
