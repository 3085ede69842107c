import { describe, expect, it } from 'vitest';
import {
  historyObject,
  keepHistory,
  restoredHistory,
} from '../../../controller/leadplatform/history-store.ts';
import type { HistoryConfigMap } from '../../../controller/leadplatform/history-store.ts';
import type { LeadPlatformObject } from '../../../controller/leadplatform/kinds.ts';
import { PlatformStates, refusals } from '../../../controller/leadplatform/platform-state.ts';
import type { KubeRequest } from '../../../controller/runtime/client.ts';
import { emptyHistory } from '../../../src/model/history.ts';
import type { History } from '../../../src/model/decision.ts';
import { specOf } from '../plan/fixtures.ts';
import { flowGiven, ready } from '../scaling/queue/given.ts';
import { apiStub, refused } from './api-stub.ts';

const NOW = Date.parse('2026-03-02T09:00:00Z');
const HOUR = 3_600_000;

const platform = (uid = 'uid-of-brain', status: LeadPlatformObject['status'] = {}): LeadPlatformObject => ({
  apiVersion: 'leadplatform.io/v1alpha1',
  kind: 'LeadPlatform',
  metadata: { name: 'brain', namespace: 'leads', uid, generation: 1 },
  spec: {},
  status,
});
const busy: History = {
  ...emptyHistory(),
  tier: 'scaled',
  load: [{ start: NOW - 2 * HOUR, until: NOW - HOUR, low: 14_000, high: 16_000 }],
  sizes: [{ at: NOW, value: 12e9 }],
};

it('restores what was kept', () => {
  const { load, sizes, tier } = restoredHistory(platform(), historyObject(platform(), busy));
  expect({ load, sizes, tier }).toEqual({ load: busy.load, sizes: busy.sizes, tier: 'scaled' });
});

it('restores what a backup has kept without its owner', () => {
  const { metadata, ...rest } = historyObject(platform('uid-of-another'), busy);
  const { ownerReferences: _, ...orphaned } = metadata;
  expect(restoredHistory(platform(), { ...rest, metadata: orphaned }).load).toEqual(busy.load);
});

it('takes the tier from the status, which is written more often', () => {
  const status = { tier: 'balanced', tierSince: '2026-03-01T00:00:00Z' };
  const { tier, tierSince } = restoredHistory(
    platform('uid-of-brain', status),
    historyObject(platform(), busy),
  );
  expect([tier, tierSince]).toEqual(['balanced', Date.parse(status.tierSince)]);
});

const edited = (text: string | undefined): HistoryConfigMap => ({
  ...historyObject(platform(), busy),
  data: { ...(text !== undefined && { 'history.json': text }) },
});
it.each([
  ['there is none', undefined],
  ['it is a predecessor’s of the same name', historyObject(platform('uid-of-another'), busy)],
  ['it is nobody’s', { ...historyObject(platform(), busy), metadata: { name: 'brain-history' } }],
  ['it was cut off', edited('{"v":1,"load":[[1,')],
  ['it is of a later version', edited('{"v":2}')],
  ['somebody wrote something else into it', edited('{"v":1,"load":[[9,1,-5,"many"]]}')],
  ['it has no history', edited(undefined)],
])('begins with an empty history where %s', (_, kept) => {
  expect(restoredHistory(platform(), kept)).toEqual(emptyHistory());
});

/** A platform whose load nobody can read again: leads/day come from Prometheus. */
function keeper(answer: (request: KubeRequest) => unknown, history = busy, live?: HistoryConfigMap) {
  const { requests, resources } = apiStub(answer);
  const state = new PlatformStates().of('leads/brain', 'uid-of-brain');
  state.history = history;
  const cache = { child: () => live, wroteChild: () => undefined };
  const spec = specOf({
    signals: { leadsPerDay: { prometheus: { url: 'http://prometheus.monitoring:9090', query: 'leads' } } },
  });
  const keep = (now: number, how = spec) =>
    keepHistory({ cache, resources }, platform(), state, how, now, new AbortController().signal);
  return { requests, state, keep };
}
const accepts = ({ body }: KubeRequest): unknown => body;

it('keeps a history once an hour, and only when it says something new', async () => {
  const { requests, state, keep } = keeper(accepts);
  await keep(NOW);
  await keep(NOW + HOUR - 1);
  expect(requests).toHaveLength(1);
  await keep(NOW + HOUR);
  expect(requests).toHaveLength(1);
  state.history = { ...busy, sizes: [...busy.sizes, { at: NOW + HOUR, value: 13e9 }] };
  await keep(NOW + HOUR + 1);
  expect(requests).toHaveLength(2);
});

describe('what was learned of jobs and Pods', () => {
  const queues = { default: flowGiven({ learnedFrom: 120, serviceSeconds: 5.04 }) };
  const starts = { 'queue-default': ready(3, 31.2) };
  const learned: History = { ...emptyHistory(), queues, starts };
  const postgres = specOf({ stores: { postgres: { host: 'db', secretRef: { name: 'db' } } } });

  it('is kept also where leads are counted in Postgres, and is there after a restart', async () => {
    const { requests, keep } = keeper(accepts, learned);
    await keep(NOW, postgres);
    const kept = requests[0]?.body as HistoryConfigMap;
    expect(restoredHistory(platform(), kept)).toEqual({
      ...emptyHistory(),
      learned: {
        queues: { default: { serviceSeconds: 5, learnedFrom: 120, dispersion: 1, unevenness: 1 } },
        startSeconds: { 'queue-default': 31 },
      },
    });
  });

  it('is not written again by the next process, which has learned nothing else yet', async () => {
    const { requests, keep } = keeper(accepts, learned);
    await keep(NOW, postgres);
    const live = requests[0]?.body as HistoryConfigMap;
    const next = keeper(accepts, restoredHistory(platform(), live), live);
    await next.keep(NOW + 1_000, postgres);
    expect(next.requests).toEqual([]);
  });

  it('is written once an hour at the most, whatever is compressed, and only where it is another number', async () => {
    const { requests, state, keep } = keeper(accepts, learned);
    const compressed = {
      ...postgres,
      scaling: { ...postgres.scaling, demote: { ...postgres.scaling.demote, lookback: 1_000 } },
    };
    await keep(NOW, compressed);
    state.history = { ...learned, queues: { default: flowGiven({ learnedFrom: 120, serviceSeconds: 7 }) } };
    await keep(NOW + HOUR - 1, compressed);
    expect(requests).toHaveLength(1);
    await keep(NOW + HOUR, compressed);
    expect(requests).toHaveLength(2);
    state.history = {
      ...learned,
      queues: { default: flowGiven({ learnedFrom: 121, serviceSeconds: 7.01 }) },
    };
    await keep(NOW + 2 * HOUR, compressed);
    expect(requests).toHaveLength(2);
  });

  it('is written twice a day, and no more, for a need that goes on and stays the same', async () => {
    const needing = (at: number): History => ({
      ...learned,
      needs: { default: { at, recent: [], lasted: [{ at, workers: 3 }] } },
    });
    const { requests, state, keep } = keeper(accepts, needing(NOW));
    for (let hour = 0; hour < 24; hour += 1) {
      state.history = needing(NOW + hour * HOUR);
      await keep(NOW + hour * HOUR, postgres);
    }
    // Noon and midnight: sixteenths of eight days.
    expect(requests).toHaveLength(3);
    const restored = restoredHistory(platform(), requests.at(-1)?.body as HistoryConfigMap);
    expect(restored.needs?.['default']?.lasted).toEqual([{ at: NOW + 15 * HOUR, workers: 3 }]);
  });

  it('is looked at once an hour, also where it stays as it is', async () => {
    const { state, keep } = keeper(accepts, learned);
    await keep(NOW, postgres);
    await keep(NOW + HOUR, postgres);
    expect(state.kept?.at).toBe(NOW + HOUR);
  });

  it('is nothing where it rests on a few jobs', async () => {
    const { requests, keep } = keeper(accepts, {
      ...learned,
      queues: { default: flowGiven({ learnedFrom: 20 }) },
    });
    await keep(NOW, postgres);
    expect(requests).toEqual([]);
  });

  it.each([
    ['a time of zero', '{"v":1,"jobs":[["default",0,100,1,1]]}'],
    ['a time that is no number', '{"v":1,"jobs":[["default",null,100,1,1]]}'],
    ['a row that is too short', '{"v":1,"jobs":[["default",5]]}'],
  ])('is forgotten where somebody wrote %s', (_, text) => {
    expect(restoredHistory(platform(), edited(text))).toEqual(emptyHistory());
  });
});

describe('that a need raised the platform', () => {
  const postgres = specOf({ stores: { postgres: { host: 'db', secretRef: { name: 'db' } } } });
  const raised: History = { ...emptyHistory(), tier: 'separated', raisedOver: 'cached', dataUpTo: 'cached' };

  it('is written at once, so that the next process brings nothing that holds data', async () => {
    const { requests, state, keep } = keeper(accepts, { ...raised, dataUpTo: undefined, load: busy.load });
    await keep(NOW);
    state.history = raised;
    await keep(NOW + 1_000, postgres);
    expect(requests).toHaveLength(2);
    const status = { tier: 'separated' };
    const kept = requests[1]?.body as HistoryConfigMap;
    expect(restoredHistory(platform('uid-of-brain', status), kept)).toMatchObject(raised);
  });

  it('is unwritten by the next process, too', async () => {
    const live = historyObject(platform(), raised);
    const { requests, keep } = keeper(accepts, { ...emptyHistory(), tier: 'cached' }, live);
    await keep(NOW, postgres);
    expect(requests).toHaveLength(1);
    expect(restoredHistory(platform(), requests.at(-1)?.body as HistoryConfigMap).dataUpTo).toBeUndefined();
  });

  it('is left alone in what is of somebody else', async () => {
    const theirs = historyObject(platform('uid-of-another'), raised);
    const { requests, keep } = keeper(accepts, { ...emptyHistory(), tier: 'cached' }, theirs);
    await keep(NOW, postgres);
    expect(requests).toEqual([]);
  });

  it('is unwritten at once when it is over', async () => {
    const { requests, state, keep } = keeper(accepts, raised);
    await keep(NOW, postgres);
    state.history = { ...emptyHistory(), tier: 'cached' };
    await keep(NOW + 1_000, postgres);
    expect(restoredHistory(platform(), requests.at(-1)?.body as HistoryConfigMap).dataUpTo).toBeUndefined();
  });
});

it('is not held up by a clock that was set back', async () => {
  const { requests, state, keep } = keeper(accepts);
  await keep(NOW);
  state.history = { ...busy, sizes: [...busy.sizes, { at: NOW, value: 13e9 }] };
  await keep(NOW - 30 * 24 * HOUR);
  expect(requests).toHaveLength(2);
});

it.each([
  ['there is nothing in it', emptyHistory(), undefined],
  [
    'leads are counted in Postgres, and can be counted again',
    busy,
    specOf({ stores: { postgres: { host: 'db', secretRef: { name: 'db' } } } }),
  ],
])('keeps no history where %s', async (_, history, spec) => {
  const { requests, keep } = keeper(accepts, history);
  await keep(NOW, spec);
  expect(requests).toEqual([]);
});

it('goes on when the name of the history is taken, says whose it is, and looks again', async () => {
  let isTaken = true;
  const theirs = { metadata: { name: 'brain-history', namespace: 'leads', uid: 'theirs' } };
  const { requests, state, keep } = keeper(({ method, body }) =>
    !isTaken ? body : method === 'POST' ? refused(409, 'AlreadyExists') : theirs,
  );
  await keep(NOW);
  await keep(NOW + 1_000);
  expect(requests.map(({ method }) => method)).toEqual(['POST', 'GET']);
  expect(refusals(state)).toMatchObject([
    { kind: 'ConfigMap', name: 'brain-history', reason: 'ChildOwnedByOther' },
  ]);
  isTaken = false;
  await keep(NOW + 60_000);
  expect(refusals(state)).toEqual([]);
});

it('fails the pass where the API server is away, so that it is tried again', async () => {
  const { keep } = keeper(() => refused(0, 'Unreachable'));
  await expect(keep(NOW)).rejects.toThrow('Unreachable');
});
