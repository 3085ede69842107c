/** Each status that this process writes names its Pod, by which live numbers are found. */
import { expect, it } from 'vitest';
import type { LeadPlatformObject } from '../../../controller/leadplatform/kinds.ts';
import { PlatformStates } from '../../../controller/leadplatform/platform-state.ts';
import { report, type Reporter } from '../../../controller/leadplatform/report.ts';
import type { LeadPlatformStatus, OperatorPod } from '../../../src/api/schema/status.ts';
import { apiStub } from './api-stub.ts';

const ours: OperatorPod = { namespace: 'leadplatform-system', pod: 'operator-7d4-x', uid: 'ours' };
const other: OperatorPod = { ...ours, pod: 'operator-7d4-y', uid: 'other' };
const said: LeadPlatformStatus = { tier: 'cached' };

/** A process that tells the same of one platform again and again; the API server drops the field where it is `dropped`. */
function setUp(pod: OperatorPod | undefined, { isDropped = false } = {}) {
  const state = new PlatformStates().of('leads/brain', 'uid');
  const { requests, resources } = apiStub(({ body }) => body);
  const reporter = {
    resources,
    cache: { wrotePlatform: () => undefined },
    events: {},
    pod,
  } as unknown as Reporter;
  const writtenAfter = async (status: LeadPlatformStatus | undefined) => {
    const before = requests.length;
    const platform = {
      apiVersion: 'leadplatform.io/v1alpha1',
      kind: 'LeadPlatform',
      metadata: { name: 'brain', namespace: 'leads', uid: 'uid' },
      ...(status && { status }),
    } as LeadPlatformObject;
    const { signal } = new AbortController();
    await report(reporter, platform, state, { status: said, events: [] }, 1_000, signal);
    const [written] = requests
      .slice(before)
      .map(({ body }) => JSON.parse(JSON.stringify(body)) as LeadPlatformObject);
    if (written?.status === undefined || !isDropped) return written?.status;
    const { operator: _, ...kept } = written.status;
    return kept;
  };
  return { writtenAfter };
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

it('is written once where the definition is older, and the API server drops it', async () => {
  const { writtenAfter } = setUp(ours, { isDropped: true });
  const kept = await writtenAfter(said);
  expect(kept).toEqual(said);
  expect(await writtenAfter(kept)).toBeUndefined();
});
