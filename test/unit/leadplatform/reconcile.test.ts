import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OptionalReads } from '../../../controller/leadplatform/optional-reads.ts';
import { silentLogger } from '../../../controller/runtime/logger.ts';
import { OperatorMetrics } from '../../../controller/http/metrics.ts';
import type { LeadPlatformObject } from '../../../controller/leadplatform/kinds.ts';
import type { SignalCollector } from '../../../controller/leadplatform/signal-collector.ts';
import { Reconciler } from '../../../controller/leadplatform/reconcile.ts';
import type { ClusterCache } from '../../../controller/leadplatform/cluster-cache.ts';
import { UndeclaredFields } from '../../../controller/leadplatform/undeclared-fields.ts';
import type { KubeRequest } from '../../../controller/runtime/client.ts';
import type { EventInput, EventRecorder } from '../../../controller/runtime/events.ts';
import { ReadingStore } from '../../../src/sources/reading-store.ts';
import { SourceFailure } from '../../../src/sources/index.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { emptyHistory } from '../../../src/model/history.ts';
import { NOW } from '../plan/fixtures.ts';
import { apiStub, refused } from './api-stub.ts';

const KEY = 'leads/brain';
const HOUR = 3_600_000;
const signal = new AbortController().signal;

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
});
afterEach(() => {
  vi.useRealTimers();
});

function platform(spec: object, rest: Partial<LeadPlatformObject['metadata']> = {}): LeadPlatformObject {
  return {
    apiVersion: 'leadplatform.io/v1alpha1',
    kind: 'LeadPlatform',
    metadata: { name: 'brain', namespace: 'leads', uid: 'u', generation: 1, ...rest },
    spec,
  };
}
const IMAGE = { image: 'registry.example/brain:1.4.0' };

/** A reconciler in an empty cluster that takes every write, and remembers the status. */
function start(
  first: LeadPlatformObject | undefined,
  pastLoad: SignalCollector['pastLoad'] = async () => [],
  answer: (request: KubeRequest) => unknown = ({ body }) => body,
) {
  let object = first;
  const measured = new Set<string>();
  const events: EventInput[] = [];
  const logged: { level: string; error: string }[] = [];
  const queued: string[] = [];
  let isSettled = true;
  let hasAnswers = true;
  const refusedWrites: Error[] = [];
  const { requests, resources } = apiStub(answer);
  const cache = {
    platforms: { get: () => object },
    childrenOf: () => [],
    served: () => new Set(),
    autoscalersOf: () => [],
    budgetsOfOthers: () => [],
    child: () => undefined,
    wroteChild: () => undefined,
    wrotePlatform: ({ status }: LeadPlatformObject) => {
      if (object !== undefined && status !== undefined) object = { ...object, status };
    },
  };
  const signals = {
    measures: (key: string) => measured.has(key),
    watch: (key: string) => measured.add(key),
    forget: (key: string) => measured.delete(key),
    isSettled: () => isSettled,
    hasAnswers: () => hasAnswers,
    readings: () => new ReadingStore([], [], 0).readings(NOW),
    pastLoad,
    probes: { probeResults: () => ({}), want: () => undefined },
    easeOff: () => undefined,
  };
  const log = (level: string) => (fields: object) =>
    void logged.push({ level, error: (fields as { error: string }).error });
  const reconciler = new Reconciler({
    cache: cache as unknown as ClusterCache,
    resources,
    signals: signals as unknown as SignalCollector,
    events: { record: (event: EventInput) => void events.push(event) } as unknown as EventRecorder,
    metrics: new OperatorMetrics(),
    logger: { debug: log('debug'), info: () => undefined, warn: log('warn'), error: log('error') },
    reads: new OptionalReads(silentLogger),
    undeclared: new UndeclaredFields({ logger: silentLogger, install: '' }),
    onRefused: (_key, error) => refusedWrites.push(error),
    enqueue: (key) => queued.push(key),
  });
  const pass = () => reconciler.reconcile(KEY, signal);
  const set = (next: LeadPlatformObject | undefined) => (object = next);
  const hang = () => (isSettled = false);
  const answered = (is: boolean) => (hasAnswers = is);
  return {
    reconciler,
    measured,
    events,
    logged,
    queued,
    requests,
    pass,
    set,
    hang,
    answer: answered,
    refusedWrites,
    status: () => object?.status,
  };
}

it.each([
  ['is gone', undefined],
  ['is being deleted', platform(IMAGE, { deletionTimestamp: '2026-03-02T09:00:00Z' })],
])('measures, remembers and writes nothing of a platform that %s', async (_, after) => {
  const { reconciler, measured, requests, pass, set } = start(platform(IMAGE));
  await pass();
  expect([...measured]).toEqual([KEY]);
  const before = requests.length;
  set(after);
  expect(await pass()).toBeUndefined();
  expect([...measured]).toEqual([]);
  expect([...reconciler.states.entries()]).toEqual([]);
  expect(requests).toHaveLength(before);
});

it('begins with 64 platforms at once, and with the next when one of them has had its first pass, or is gone', async () => {
  const { reconciler, measured, queued, set, hang } = start(platform(IMAGE));
  hang();
  const keys = Array.from({ length: 66 }, (_, index) => `leads/brain-${index}`);
  for (const key of keys) await reconciler.reconcile(key, signal);
  expect([...measured]).toEqual(keys.slice(0, 64));
  queued.length = 0;
  set(undefined);
  await reconciler.reconcile(keys[7]!, signal);
  expect(queued).toEqual([keys[64]]);
});

it('makes nothing of a platform before the questions of its capabilities are answered, and waits for them no second time', async () => {
  const { requests, pass, answer } = start(platform(IMAGE));
  const made = () => requests.filter(({ method }) => method === 'POST').length;
  answer(false);
  await pass();
  await vi.advanceTimersByTimeAsync(0);
  expect(await pass()).toBe(250);
  expect(requests).toEqual([]);
  answer(true);
  await pass();
  expect(made()).toBeGreaterThan(0);
  answer(false);
  const before = made();
  // What was written a moment ago and is not seen is not written again at once.
  await vi.advanceTimersByTimeAsync(6_000);
  await pass();
  expect(made()).toBeGreaterThan(before);
});

it('changes nothing of a platform that asks for more than its author may, and names the switch', async () => {
  const greedy = { ...IMAGE, podTemplate: { serviceAccountName: 'admin' } };
  const { events, requests, pass, status } = start(platform(greedy));
  await pass();
  await pass();
  expect(events.map(({ reason }) => reason)).toEqual(['NotPermitted']);
  expect(requests.map(({ path }) => path)).toEqual([expect.stringMatching(/brain\/status$/)]);
  expect(status()?.conditions).toContainEqual(
    expect.objectContaining({
      type: 'Stalled',
      reason: 'NotPermitted',
      message: expect.stringContaining('--allow-service-account (chart: authors.allowServiceAccounts=true)'),
    }),
  );
});

it('begins anew with a platform that has the name of one that is gone', async () => {
  const { reconciler, pass, set } = start(platform(IMAGE));
  await pass();
  const before = reconciler.states.get(KEY);
  set(platform(IMAGE, { uid: 'another' }));
  await pass();
  expect(reconciler.states.get(KEY)).not.toBe(before);
  expect(reconciler.states.get(KEY)).toMatchObject({ uid: 'another', decision: undefined });
});

it('tells once what is wrong with a spec, changes nothing, and goes on when it is mended', async () => {
  const { events, requests, pass, set, status } = start(platform({ ...IMAGE, tpyo: 1 }));
  expect(await pass()).toBeUndefined();
  await pass();
  expect(events.map(({ reason }) => reason)).toEqual(['InvalidSpec']);
  expect(requests.map(({ path }) => path)).toEqual([expect.stringMatching(/brain\/status$/)]);
  expect(status()?.conditions).toContainEqual(
    expect.objectContaining({ type: 'Stalled', status: 'True', observedGeneration: 1 }),
  );
  // Wrong in another way is news.
  set({ ...platform({ image: 7 }, { generation: 2 }), status: status() ?? {} });
  await pass();
  expect(events.map(({ message }) => message)).toEqual([
    expect.stringContaining('tpyo'),
    expect.stringContaining('spec.image'),
  ]);
  set({ ...platform(IMAGE, { generation: 3 }), status: status() ?? {} });
  // The past is read beside the queue.
  await pass();
  await vi.advanceTimersByTimeAsync(0);
  await pass();
  expect(status()?.conditions).toContainEqual(expect.objectContaining({ type: 'Stalled', status: 'False' }));
});

it('goes on without the past where it cannot be read, tries again, and says so once until it could', async () => {
  let fails = true;
  let asked = 0;
  const { logged, queued, pass, reconciler } = start(platform(IMAGE), async () => {
    asked += 1;
    if (fails) throw new SourceFailure('SourceUnreachable', 'Postgres at db:5432 refuses the connection');
    return [{ at: NOW - 3_600_000, leadsPerDay: 12_000 }];
  });
  const round = async () => {
    await pass();
    await vi.advanceTimersByTimeAsync(30_000);
  };
  await round();
  await round();
  expect(asked).toBe(2);
  expect(queued).toContain(KEY);
  expect(reconciler.states.get(KEY)?.history).toBeDefined();
  expect(logged.map(({ level }) => level)).toEqual(['warn', 'debug']);
  fails = false;
  await round();
  await pass();
  expect(reconciler.states.get(KEY)?.history?.load).not.toEqual([]);
});

it('logs nothing of what an error says that nobody foresaw', async () => {
  const { logged, pass } = start(platform(IMAGE), async () => {
    throw new Error('connect to postgres://brain:hunter2@db failed');
  });
  await pass();
  await vi.advanceTimersByTimeAsync(0);
  expect(logged).toHaveLength(1);
  expect(JSON.stringify(logged)).not.toContain('hunter2');
});

it('tries a refused write again within 30 s, however long it has been refused, and takes the pass for none that failed', async () => {
  const { pass, status, requests, refusedWrites } = start(platform(IMAGE), undefined, ({ path, body }) =>
    path.endsWith('/services') ? refused(403, 'Forbidden') : body,
  );
  await pass();
  await vi.advanceTimersByTimeAsync(0);
  const tries = () => requests.filter(({ path }) => path.endsWith('/services')).length;
  let longest = 0;
  let triedAt = Date.now();
  for (const end = Date.now() + 600_000; Date.now() < end;) {
    const before = tries();
    const wait = (await pass()) ?? Number.NaN;
    if (tries() > before) {
      longest = Math.max(longest, Date.now() - triedAt);
      triedAt = Date.now();
    }
    await vi.advanceTimersByTimeAsync(wait);
  }
  expect(tries()).toBeGreaterThan(20);
  expect(longest).toBeLessThanOrEqual(30_000);
  expect(refusedWrites).toHaveLength(tries());
  expect(status()?.conditions?.find(({ type }) => type === 'Stalled')?.message).toContain(
    'Service brain could not',
  );
});

describe('a need that raises the platform', () => {
  const AWAY = refused(0, 'Unreachable');
  /** On a tier that is gone, with jobs that have needed more than its leads call for. */
  async function raised(answer?: (request: KubeRequest) => unknown) {
    const started = start(platform(IMAGE), undefined, answer);
    await started.pass();
    await vi.advanceTimersByTimeAsync(0);
    await started.pass();
    started.requests.length = 0;
    started.reconciler.states.get(KEY)!.history = {
      ...emptyHistory(),
      tier: 'gone',
      load: [{ start: NOW - HOUR, until: NOW, low: 6_000, high: 6_000 }],
      needs: { default: { at: NOW - HOUR, recent: [], lasted: [{ at: NOW - HOUR, workers: 8 }] } },
    };
    return started;
  }
  const writesOf = (requests: readonly KubeRequest[]) =>
    requests.map(({ path, method, body }) =>
      (body as KubeObject | undefined)?.metadata.name === 'brain-history' ? 'history' : `${method} ${path}`,
    );

  it('is kept before anything tells of its tier, so that no other process brings what holds data', async () => {
    const { reconciler, requests, pass, status } = await raised();
    await pass();
    expect(reconciler.states.get(KEY)?.history?.dataUpTo).toBe('cached');
    expect(status()?.tier).toBe('separated');
    expect(writesOf(requests)[0]).toBe('history');
    expect(writesOf(requests).filter((one) => one === 'history')).toHaveLength(1);
  });

  it('waits until that can be kept', async () => {
    let isAway = false;
    const { requests, pass, status } = await raised(({ body }) =>
      isAway && (body as KubeObject).metadata.name === 'brain-history' ? AWAY : body,
    );
    isAway = true;
    await expect(pass()).rejects.toThrow('Unreachable');
    await expect(pass()).rejects.toThrow('Unreachable');
    expect(new Set(writesOf(requests))).toEqual(new Set(['history']));
    isAway = false;
    await pass();
    expect(status()?.tier).toBe('separated');
  });
});
