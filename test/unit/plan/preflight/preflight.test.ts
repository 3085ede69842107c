import { describe, expect, it } from 'vitest';
import { plan } from '../../../../src/plan/plan.ts';
import { PREFLIGHT_AGAIN_MS } from '../../../../src/plan/preflight/preflight.ts';
import { quotaShortfall } from '../../../../src/plan/preflight/quotas.ts';
import type { ContainerDefaults } from '../../../../src/kube/limit-range.ts';
import type { KubeObject } from '../../../../src/kube/object.ts';
import type { Snapshot } from '../../../../src/cluster/snapshot.ts';
import { Driver } from '../driver.ts';
import { decisionOf, NOW, snapshotOf, specOf, UNSCHEDULABLE } from '../fixtures.ts';

const metadata = { name: 'a' };
const containers = [
  { resources: { requests: { cpu: '250m', memory: '1Gi' } } },
  // The limit stands for the request.
  { resources: { limits: { cpu: '0.25' } } },
];
const deployment: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata,
  spec: { replicas: 4, template: { spec: { containers } } },
};
const statefulSet: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata,
  spec: {
    replicas: 3,
    template: { spec: { containers: [{}] } },
    volumeClaimTemplates: [{ spec: { resources: { requests: { storage: '10Gi' } } } }],
  },
};

describe('room in a quota', () => {
  it.each([
    { resource: 'pods', hard: '7', used: '0', lacks: undefined },
    { resource: 'pods', hard: '7', used: '1', lacks: '6 more of pods, and 7 are needed' },
    { resource: 'count/pods', hard: '7', used: '1', lacks: '6 more of count/pods' },
    { resource: 'requests.cpu', hard: '2', used: '0', lacks: undefined },
    { resource: 'cpu', hard: '2500m', used: '600m', lacks: '1.9 more of cpu, and 2 are needed' },
    { resource: 'limits.cpu', hard: '1', used: '0.1', lacks: '0.9 more of limits.cpu, and 1 are needed' },
    { resource: 'memory', hard: '4Gi', used: '0', lacks: undefined },
    { resource: 'requests.memory', hard: '4Gi', used: '1Mi', lacks: '4095Mi more of requests.memory' },
    { resource: 'persistentvolumeclaims', hard: '3', used: '1', lacks: '2 more of persistentvolumeclaims' },
    { resource: 'requests.storage', hard: '20Gi', used: '0', lacks: '20480Mi more of requests.storage' },
    { resource: 'count/deployments.apps', hard: '5', used: '5', lacks: '0 more of count/deployments.apps' },
    { resource: 'count/secrets', hard: '0', used: '5', lacks: undefined },
    { resource: 'pods', hard: 'nonsense', used: '0', lacks: undefined },
  ])('for $resource: of $hard, $used are taken: $lacks', ({ resource, hard, used, lacks }) => {
    const quota = { name: 'few', hard: { [resource]: hard }, used: { [resource]: used } };
    const short = quotaShortfall([deployment, statefulSet], { quotas: [quota] });
    if (lacks === undefined) expect(short).toBeUndefined();
    else expect(short).toContain(`the quota few has room for ${lacks}`);
  });
});

describe('what a LimitRange gives containers', () => {
  const few = (hard: object, ...defaults: ContainerDefaults[]) =>
    quotaShortfall([deployment], { quotas: [{ name: 'few', hard: { ...hard }, used: {} }], defaults });
  const range = (limits: object, requests: object, name = 'usual'): ContainerDefaults => ({
    name,
    limits: { ...limits },
    requests: { ...requests },
  });
  const GPU = 'nvidia.com/gpu';

  // Four replicas of two containers: 250m and 1Gi are asked for by one, a limit of 0.25 by the other.
  it.each<[string, object, readonly ContainerDefaults[], string | undefined]>([
    ['nothing', { 'limits.cpu': '1' }, [], undefined],
    ['a limit', { 'limits.cpu': '2' }, [range({ cpu: '1' }, {})], '2 more of limits.cpu, and 5 are needed'],
    ['a limit that fits', { 'limits.cpu': '5' }, [range({ cpu: '1' }, {})], undefined],
    [
      'a request',
      { memory: '8Gi' },
      [range({}, { memory: '2Gi' })],
      '8192Mi more of memory, and 12288Mi are needed',
    ],
    ['a request to one that has a limit', { cpu: '2' }, [range({}, { cpu: '4' })], undefined],
    [
      'the larger of two',
      { 'limits.cpu': '5' },
      [range({ cpu: '500m' }, {}), range({ cpu: '2' }, {}), range({ cpu: '1' }, {})],
      '5 more of limits.cpu, and 9 are needed',
    ],
    [
      'what the second alone says',
      { 'limits.memory': '1Gi' },
      [range({ cpu: '1' }, {}), range({ memory: '1Gi' }, {})],
      '1024Mi more of limits.memory, and 8192Mi are needed',
    ],
    [
      'a disk',
      { 'ephemeral-storage': '4Gi' },
      [range({}, { 'ephemeral-storage': '1Gi' })],
      '4096Mi more of ephemeral-storage, and 8192Mi are needed',
    ],
    [
      'a device',
      { [`requests.${GPU}`]: '2' },
      [range({}, { [GPU]: '1' })],
      `2 more of requests.${GPU}, and 8 are needed`,
    ],
  ])('counts towards a quota: %s', (_, hard, defaults, lacks) => {
    if (lacks === undefined) expect(few(hard, ...defaults)).toBeUndefined();
    else
      expect(few(hard, ...defaults)).toContain(
        `the quota few has room for ${lacks}, with what the LimitRange usual`,
      );
  });
});

const spec = specOf({ capabilities: { redis: { enabled: true } } });
const together = decisionOf({ spec, tier: { from: 'cached', to: 'cached' } });
const apart = decisionOf({ spec, separate: true, tier: { from: 'cached', to: 'separated' } });

function running(): Driver {
  const driver = new Driver(spec);
  driver.converge(together);
  return driver;
}
const roomFor = (pods: number, at: number): NonNullable<Snapshot['headroom']> => ({
  at,
  quotas: [{ name: 'few', hard: { pods }, used: { pods: 0 } }],
});
function look(driver: Driver, headroom: Snapshot['headroom'], decision = apart) {
  const { status, now } = driver;
  const children = driver.world.children();
  return plan({ snapshot: snapshotOf({ spec, status, children, headroom }), decision, now });
}
const namesOf = ({ actions }: ReturnType<typeof look>) =>
  actions.map(({ object }) => `${object.kind}/${object.metadata.name}`);

describe('before the sides are changed', () => {
  it('asks for a look at the room, and for none when the platform is new, or the first half is made', () => {
    const driver = running();
    expect(look(driver, undefined).begins).toBe(true);
    expect(look(driver, roomFor(9, driver.now)).begins).toBe(false);
    expect(look(driver, undefined, together).begins).toBe(false);
    expect(new Driver(spec).plan(apart).begins).toBe(false);
    driver.pass(apart);
    expect(look(driver, undefined).begins).toBe(false);
  });

  it('makes nothing of the new side where there is no room for all of it, says why, and looks again', () => {
    const driver = running();
    const held = look(driver, roomFor(2, driver.now));
    expect(namesOf(held)).toEqual([]);
    expect(held.status).toMatchObject({ tier: 'cached', transition: { step: 'Preflight', to: 'separated' } });
    expect(held.status.conditions?.find(({ type }) => type === 'Stalled')).toMatchObject({
      status: 'True',
      reason: 'PreflightFailed',
      message: expect.stringContaining('room for 2 more of pods, and 3 are needed') as string,
    });
    expect(held.requeueAt).toBe(driver.now + PREFLIGHT_AGAIN_MS);
    expect(held.events.map(({ reason }) => reason)).toContain('PreflightFailed');
    expect(namesOf(look(driver, roomFor(3, driver.now)))).toContain('Deployment/brain-ingest');
  });

  it('goes on where the first half is made already, whatever the room', () => {
    const driver = running();
    driver.pass(apart);
    const sync = driver.world.find('Deployment/brain-sync');
    if (sync === undefined) throw new Error('sync was not made');
    const uid = sync.metadata.uid ?? '';
    driver.world.carryOut([{ do: 'delete', object: sync, uid, why: 'somebody else did' }]);
    const later = look(driver, roomFor(0, driver.now));
    expect(later.status.transition?.step).toBe('MakeNew');
    expect(namesOf(later)).toEqual(['Deployment/brain-sync']);
  });

  it.each([
    // All-in-one may hold 5 + 1 + 1, and so may the three components together.
    { allowed: 20, others: 6, step: 'MakeNew' },
    { allowed: 20, others: 7, step: 'Preflight' },
  ])('with $allowed connections, of which others hold $others, is at $step', ({ allowed, others, step }) => {
    const driver = running();
    const connections = { allowed, others, at: driver.now };
    const decision = { ...apart, history: { ...apart.history, connections } };
    const { status } = look(driver, roomFor(9, driver.now), decision);
    expect(status.transition?.step).toBe(step);
    if (step === 'Preflight') expect(status.transition?.message).toContain('may hold 14 connections');
  });
});

describe('where nodes have no room for all of it', () => {
  const labels = {};
  const full = (at: number, cpu = 0.1, pods = 100): NonNullable<Snapshot['headroom']> => ({
    at,
    quotas: [],
    nodes: { nodes: [{ labels, taints: [], free: { cpu, memory: 2 ** 40, pods } }], placed: [] },
  });
  const asking = specOf({
    capabilities: { redis: { enabled: true } },
    components: { ingest: { resources: { requests: { cpu: '500m' } } } },
  });
  const SENTENCE = '1 of 3 new Pods does not fit on any current Node: 500m CPU is asked for';
  function asked(): Driver {
    const driver = new Driver(asking);
    driver.converge(together);
    return driver;
  }
  const news = ({ events }: ReturnType<typeof look>) =>
    events.filter(({ reason }) => reason === 'NodesLackRoom').map(({ message }) => message);

  it('makes the new side nonetheless, and says so until it is there or its pods tell why not', () => {
    const driver = asked();
    driver.headroom = full(driver.now);
    const begun = driver.pass(apart);
    expect(namesOf(begun)).toContain('Deployment/brain-ingest');
    expect(begun.status.transition).toMatchObject({
      step: 'MakeNew',
      message: expect.stringContaining(SENTENCE) as string,
    });
    expect(begun.status.conditions?.find(({ type }) => type === 'Stalled')?.status).toBe('False');
    expect(news(begun)).toEqual([expect.stringContaining(SENTENCE)]);
    const waiting = driver.pass(apart);
    expect(waiting.status.transition?.step).toBe('WaitReady');
    expect(waiting.status.transition?.message).toContain(SENTENCE);
    expect(waiting.status.conditions?.find(({ type }) => type === 'Reconciling')?.message).toContain(
      SENTENCE,
    );
    expect(news(waiting)).toEqual([]);
    driver.troubles = {
      ingest: UNSCHEDULABLE,
    };
    expect(driver.pass(apart).status.transition?.message).not.toContain('not fit on any current Node');
    driver.troubles = {};
    driver.world.step();
    expect(driver.pass(apart).status.transition?.message).not.toContain('not fit on any current Node');
  });

  it('says nothing where they have, or where nobody has looked', () => {
    for (const headroom of [full(NOW, 9), { at: NOW, quotas: [] }, undefined]) {
      const driver = asked();
      driver.headroom = headroom;
      const begun = driver.pass(apart);
      expect(begun.status.transition?.message).toBe('making ingest, sync, queue-default');
      expect(news(begun)).toEqual([]);
    }
  });

  it('says so of a capability that is begun, too, for as long as it is on its way', () => {
    const decision = decisionOf({
      spec: asking,
      tier: { from: 'cached', to: 'cached' },
      capabilities: [{ name: 'redis-cache', required: false, consent: 'Given' }],
    });
    const driver = asked();
    driver.headroom = full(driver.now, 9, 0);
    const messageOf = ({ status }: ReturnType<typeof look>) =>
      status.capabilities?.find(({ name }) => name === 'redis-cache')?.message;
    const begun = driver.pass(decision);
    expect(namesOf(begun)).toContain('StatefulSet/brain-redis');
    expect(messageOf(begun)).toContain(' 1 of 1 new Pod does not fit on any current Node');
    expect(news(begun)).toHaveLength(1);
    expect(news(driver.pass(decision))).toEqual([]);
    driver.world.edit('StatefulSet/brain-redis', (object) => ({ ...object, status: { readyReplicas: 1 } }));
    expect(messageOf(driver.pass(decision)) ?? '').not.toContain('not fit on any current Node');
  });
});

describe('before the first object of a capability', () => {
  const decision = decisionOf({
    spec,
    tier: { from: 'cached', to: 'cached' },
    capabilities: [{ name: 'redis-cache', required: false, consent: 'Given' }],
  });
  const stateOf = ({ status }: ReturnType<typeof look>) =>
    status.capabilities?.find(({ name }) => name === 'redis-cache');

  it('makes nothing of it where there is no room, and begins once there is', () => {
    const driver = running();
    expect(look(driver, undefined, decision).begins).toBe(true);
    const held = look(driver, roomFor(0, driver.now), decision);
    expect(namesOf(held)).toEqual([]);
    expect(stateOf(held)).toMatchObject({ state: 'Blocked', reason: 'PreflightFailed' });
    driver.status = held.status;
    expect(look(driver, undefined, decision).begins).toBe(true);
    expect(stateOf(look(driver, roomFor(0, driver.now), decision))).toMatchObject({ state: 'Blocked' });
    const begun = look(driver, roomFor(9, driver.now), decision);
    expect(namesOf(begun)).not.toEqual([]);
    expect(stateOf(begun)).toMatchObject({ state: 'Progressing' });
  });

  it('leaves alone what is there already', () => {
    const driver = running();
    driver.pass(decision);
    const later = look(driver, roomFor(0, driver.now), decision);
    expect(stateOf(later)).toMatchObject({ state: 'Progressing' });
    expect(later.begins).toBe(false);
  });
});
