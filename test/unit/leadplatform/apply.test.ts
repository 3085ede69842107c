import { expect, it } from 'vitest';
import { applyActions } from '../../../controller/leadplatform/apply.ts';
import { PlatformStates } from '../../../controller/leadplatform/platform-state.ts';
import type { ClusterCache } from '../../../controller/leadplatform/cluster-cache.ts';
import type { KubeRequest } from '../../../controller/runtime/client.ts';
import { FencedError } from '../../../controller/runtime/errors.ts';
import type { Action } from '../../../src/plan/types.ts';
import { apiStub, refused } from './api-stub.ts';

const BRAIN = { name: 'brain', uid: 'uid-of-brain' };
const NOW = 1_000_000;

const create = (kind: 'Service' | 'ConfigMap', fingerprint = 'first'): Action => ({
  do: 'create',
  object: { apiVersion: 'v1', kind, metadata: { name: 'brain', namespace: 'leads' } },
  why: 'it does not exist',
  fingerprint,
  attempt: 1,
});

/** A platform whose Service is refused. */
function start(answer: (request: KubeRequest) => unknown) {
  const { requests, resources } = apiStub(answer);
  const state = new PlatformStates().of('leads/brain', BRAIN.uid);
  const wrote: string[] = [];
  const cache = {
    wroteChild: (kind: string) => wrote.push(kind),
    child: () => undefined,
  } as unknown as ClusterCache;
  const apply = (actions: readonly Action[], now: number) =>
    applyActions({ resources, cache }, BRAIN, actions, state, now, new AbortController().signal);
  return { requests, state, wrote, apply };
}

const serviceIsRefused = ({ path, body }: KubeRequest): unknown =>
  path.endsWith('/services') ? refused(403, 'Forbidden') : body;

it('tries a refused write again after growing waits, though a pass comes every second', async () => {
  const { requests, state, apply } = start(serviceIsRefused);
  const triedAt: number[] = [];
  for (let second = 0; second < 120; second += 1) {
    const before = requests.length;
    const { error } = await apply([create('Service')], NOW + second * 1_000);
    if (requests.length > before) triedAt.push(second);
    expect(error === undefined).toBe(requests.length === before);
    expect(state.failures).toMatchObject([{ kind: 'Service', reason: 'Forbidden' }]);
  }
  expect(triedAt).toEqual([0, 1, 3, 7, 15, 31, 61, 91]);
});

it('tells of what stays refused in one order, whichever of it was tried last', async () => {
  const { state, apply } = start(() => refused(403, 'Forbidden'));
  const actions = [create('Service'), create('ConfigMap')];
  const lists = new Set<unknown>();
  for (let second = 0; second < 120; second += 1) {
    await apply(actions, NOW + second * 1_000);
    if (state.failures.length === 2) lists.add(state.failures);
  }
  expect(state.failures.map(({ kind }) => kind)).toEqual(['Service', 'ConfigMap']);
  // The very list: another one has the status planned again.
  expect(lists.size).toBe(1);
});

it('tries a refused write again though the clock was set back', async () => {
  const { requests, apply } = start(serviceIsRefused);
  await apply([create('Service')], NOW);
  await apply([create('Service')], NOW - 3_600_000);
  expect(requests).toHaveLength(2);
});

it('tries a refused write at once when it is another one', async () => {
  const { requests, apply } = start(serviceIsRefused);
  await apply([create('Service', 'first')], NOW);
  await apply([create('Service', 'second')], NOW + 1);
  expect(requests).toHaveLength(2);
});

it('goes on with what comes after a write that is held back, and tells only of what went through', async () => {
  const { wrote, state, apply } = start(serviceIsRefused);
  const actions = [create('Service'), create('ConfigMap')];
  expect((await apply(actions, NOW)).done).toEqual([]);
  const { done, error } = await apply(actions, NOW + 1);
  expect(done.map(({ object }) => object.kind)).toEqual(['ConfigMap']);
  expect(error).toBeUndefined();
  expect(wrote).toEqual(['ConfigMap']);
  expect(Object.fromEntries(state.lastWrites)).toEqual({
    'ConfigMap/brain': { fingerprint: 'first', attempt: 1, at: NOW + 1 },
  });
});

it('forgets a refusal when the write goes through, or is not wanted any more', async () => {
  let isRefused = true;
  const { state, apply } = start(({ body }) => (isRefused ? refused(403, 'Forbidden') : body));
  await apply([create('Service')], NOW);
  await apply([], NOW + 1);
  expect([state.failures, state.held]).toEqual([[], {}]);
  await apply([create('Service')], NOW + 2);
  isRefused = false;
  await apply([create('Service')], NOW + 60_000);
  expect([state.failures, state.held]).toEqual([[], {}]);
});

it('does not take a server that is away for a refusal: the next pass tries again', async () => {
  const { requests, state, apply } = start(() => refused(0, 'Unreachable'));
  await apply([create('Service')], NOW);
  await apply([create('Service')], NOW + 1);
  expect(requests).toHaveLength(2);
  expect(state.failures).toEqual([]);
});

it('tells of a server that fails the same write again and again, with growing waits, and not of one that restarts', async () => {
  const { requests, state, apply } = start(() => refused(503, 'ServiceUnavailable'));
  const triedAt: number[] = [];
  const toldAt: number[] = [];
  for (let second = 0; second < 20; second += 1) {
    const before = requests.length;
    await apply([create('Service')], NOW + second * 1_000);
    if (requests.length > before) triedAt.push(second);
    if (state.failures.length > 0) toldAt.push(second);
  }
  expect(triedAt).toEqual([0, 1, 3, 7, 15]);
  expect(toldAt[0]).toBe(7);
  expect(state.failures).toMatchObject([{ kind: 'Service', reason: 'ServerError' }]);
});

it('goes on past a write that the server fails, and forgets how often once it went through', async () => {
  let isDown = true;
  const { wrote, state, apply } = start(({ path, body }) =>
    isDown && path.endsWith('/services') ? refused(500, 'InternalError') : body,
  );
  const actions = [create('Service'), create('ConfigMap')];
  await apply(actions, NOW);
  await apply(actions, NOW + 1);
  expect(wrote).toEqual(['ConfigMap']);
  isDown = false;
  await apply(actions, NOW + 2_000);
  expect(wrote).toEqual(['ConfigMap', 'Service', 'ConfigMap']);
  expect(state.held).toEqual({});
});

it('keeps what is refused in its order, whichever was tried last', async () => {
  const { state, apply } = start(() => refused(403, 'Forbidden'));
  const actions = [create('Service'), create('ConfigMap')];
  const order = () => state.failures.map(({ kind }) => kind);
  await apply(actions, NOW);
  await apply(actions, NOW + 1);
  expect(order()).toEqual(['Service', 'ConfigMap']);
  await apply(actions, NOW + 60_000);
  expect(order()).toEqual(['Service', 'ConfigMap']);
});

it('lets a process end its pass that may not write any more', async () => {
  const { apply } = start(() => new FencedError());
  await expect(apply([create('Service')], NOW)).rejects.toThrow(FencedError);
});
