import type { KubeObject } from '../../../controller/runtime/resources.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import { objectsOf } from '../../../testbed/objects.ts';
import { describeWithCluster, kubectl, testbed } from '../support.ts';
import type { DeploymentObject } from './rig.ts';
import { Rig, eventually } from './rig.ts';

/** A transition that is over soon where it comes off, and given up soon where it does not. */
const QUICK: LeadPlatformSpecInput['transitions'] = {
  minReadyTime: '1s',
  readyTimeout: '12s',
  retryAfter: '1h',
  // Its Redis needs a volume, which nobody provides here.
  policies: [{ capability: 'redis-cache', policy: 'Never' }],
};
const BRAIN = 'registry.example/brain';

type Rolling = DeploymentObject & {
  status?: { replicas?: number; availableReplicas?: number; updatedReplicas?: number };
};

describeWithCluster('What does not come up', () => {
  let rig: Rig;

  beforeAll(async () => {
    rig = await Rig.start(1, { tolerations: ['pool'] });
  });
  afterAll(async () => {
    await rig?.stopOperator();
  });

  /** Waits for a condition that says so. */
  const says = (platform: string, type: string, words: string) =>
    eventually(
      `${type} of ${platform} says "${words}"`,
      async () => {
        const condition = await rig.condition(platform, type);
        return condition?.message.includes(words) ? condition : false;
      },
      90_000,
    );
  const told = async (platform: string, reason: string): Promise<string[]> =>
    (await rig.events(platform)).filter((event) => event.reason === reason).map(({ message }) => message);
  const deployments = async (platform: string): Promise<string[]> => {
    const labelSelector = `app.kubernetes.io/instance=${platform}`;
    const options = { namespace: rig.namespace, labelSelector };
    const found = await objectsOf(testbed().cluster).list('deployments', options);
    return found.map(({ metadata: { name } }) => name);
  };

  it.each([
    ['missing', 'ImagePullBackOff', 'there is no such image'],
    ['crashes', 'CrashLoopBackOff', 'exit code 255'],
  ])(
    'an image that is %s: the replicas from before serve on, and status says why',
    async (tag, word, why) => {
      const name = `image-${tag}`;
      await rig.apply(name, { transitions: QUICK });
      await rig.standsOn(name, 'single-server');
      await eventually('its replica is available', async () => {
        const found = await rig.find<Rolling>('deployment', `${name}-all-in-one`);
        return found?.status?.availableReplicas === 1;
      });

      await rig.apply(name, {
        image: `${BRAIN}:${tag}`,
        transitions: QUICK,
      });
      const stalled = await says(name, 'Stalled', word);
      expect(stalled.status).toBe('True');
      expect(stalled.message).toContain(why);
      expect(stalled.message).toContain('replicas of the previous template keep serving');
      expect((await rig.condition(name, 'Ready'))?.status).toBe('True');
      const stuck = await rig.find<Rolling>('deployment', `${name}-all-in-one`);
      expect(stuck?.spec.replicas).toBe(1);
      expect(stuck?.status).toMatchObject({ replicas: 2, readyReplicas: 1, updatedReplicas: 1 });
      const events = async () =>
        (await told(name, 'ComponentNotReady')).filter((message) => message.includes(why));
      await expect.poll(events, { timeout: 10_000 }).toHaveLength(1);

      await rig.apply(name, {
        image: `${BRAIN}:1.5.0`,
        transitions: QUICK,
      });
      await eventually('the cure is enough', async () => {
        const { status } = (await rig.condition(name, 'Stalled')) ?? {};
        const found = await rig.find<Rolling>('deployment', `${name}-all-in-one`);
        return status === 'False' && found?.status?.replicas === 1 && found.status.availableReplicas === 1;
      });
    },
    120_000,
  );

  it('a first transition onto a node without room is taken back, tried again once the spec changes, and not before', async () => {
    const big = { requests: { memory: '900Ti' } };
    await rig.apply('roomless', { transitions: QUICK });
    await rig.standsOn('roomless', 'single-server');

    await rig.apply('roomless', {
      transitions: QUICK,
      minTier: 'separated',
      components: { sync: { resources: big } },
    });
    const stalled = await says('roomless', 'Stalled', 'rolled back');
    expect(stalled.reason).toBe('TransitionRolledBack');
    expect(stalled.message).toContain('Transition from single-server to separated');
    expect(stalled.message).toContain('sync: 0 of 1 ready');
    await eventually(
      'only the side from before is left',
      async () => (await deployments('roomless')).join() === 'roomless-all-in-one',
    );
    const platform = await rig.platform('roomless');
    expect(platform.status).toMatchObject({
      tier: 'single-server',
      rollback: { from: 'single-server', to: 'separated', attempts: 1 },
    });
    expect(platform.status?.lastDecision?.reasons[0]).toContain(
      'the transition to separated was rolled back',
    );
    expect((await rig.condition('roomless', 'Ready'))?.status).toBe('True');
    await expect.poll(() => told('roomless', 'TransitionRolledBack'), { timeout: 10_000 }).toHaveLength(1);
    expect((await rig.deployment('roomless-all-in-one'))?.status?.readyReplicas).toBe(1);

    // A new operator does not try at once: it is in the status that it was taken back.
    await rig.stopOperator();
    await rig.startOperator();
    await eventually('the new operator has decided', async () =>
      [...rig.operator.platforms()].some(
        ([key, { decision }]) => key.endsWith('/roomless') && decision?.tier.rule === 'RolledBack',
      ),
    );
    expect(await deployments('roomless')).toEqual(['roomless-all-in-one']);

    // With all the time that a busy machine may need.
    await rig.apply('roomless', { transitions: { ...QUICK, readyTimeout: '5m' }, minTier: 'separated' });
    const cured = await rig.standsOn('roomless', 'separated');
    expect(cured.status?.rollback).toBeUndefined();
    expect(await deployments('roomless')).not.toContain('roomless-all-in-one');
  }, 180_000);

  it('a quota without room holds the transition before its first step: nothing is half made', async () => {
    await rig.apply('quota', { transitions: { ...QUICK, onTimeout: 'Hold' } });
    await rig.standsOn('quota', 'single-server');
    // As much as there is: what runs stays, and nothing new comes.
    const used = await kubectl(['get', 'pods', '-n', rig.namespace, '-o', 'name']);
    const pods = used.split('\n').filter((line) => line !== '').length;
    await rig.applyObject({
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'few', namespace: rig.namespace },
      spec: { hard: { pods: String(pods) } },
    });
    try {
      await eventually('the quota is counted', async () => {
        const quota = await rig.find<KubeObject & { status?: { used?: { pods?: string } } }>(
          'resourcequota',
          'few',
        );
        return quota?.status?.used?.pods !== undefined;
      });
      await rig.apply('quota', { transitions: { ...QUICK, onTimeout: 'Hold' }, minTier: 'separated' });
      const stalled = await says('quota', 'Stalled', 'the quota few has room for 0 more of pods');
      expect(stalled.reason).toBe('PreflightFailed');
      expect((await rig.platform('quota')).status).toMatchObject({
        tier: 'single-server',
        transition: { to: 'separated', step: 'Preflight' },
      });
      await expect.poll(() => told('quota', 'PreflightFailed'), { timeout: 10_000 }).toHaveLength(1);
      expect(await deployments('quota')).toEqual(['quota-all-in-one']);
      expect((await rig.deployment('quota-all-in-one'))?.spec.replicas).toBe(1);
      expect((await rig.condition('quota', 'Ready'))?.status).toBe('True');
    } finally {
      await kubectl(['delete', 'resourcequota/few', '-n', rig.namespace]);
    }
    await rig.standsOn('quota', 'separated', 120_000);
  }, 240_000);

  it('where nodes have no room it is told before the first step, and the transition is begun nonetheless', async () => {
    // A node of its own, which the pods of nobody else are let onto.
    const pool = `pool-${rig.namespace}`;
    const taints = [{ key: 'pool', value: pool, effect: 'NoSchedule' }];
    const tolerations = [{ key: 'pool', value: pool }];
    const addNode = (name: string) =>
      rig.applyObject({
        ...{ apiVersion: 'v1', kind: 'Node', spec: { taints } },
        metadata: { name, labels: { pool }, annotations: { 'kwok.x-k8s.io/node': 'fake' } },
      });
    await addNode(pool);
    try {
      // 40 Ti are there, of which 30 are taken.
      const before = {
        transitions: { ...QUICK, readyTimeout: '5m' },
        podTemplate: { nodeSelector: { pool }, tolerations },
        components: { ingest: { resources: { requests: { memory: '30Ti' } } } },
      } as const;
      await rig.apply('crowded', before);
      await rig.standsOn('crowded', 'single-server');
      // One that shares no look at nodes with a platform that began a moment ago.
      await rig.stopOperator();
      await rig.startOperator();
      await rig.apply('crowded', { ...before, minTier: 'separated' });
      const sentence =
        '1 of 3 new Pods does not fit on any current Node: 30720Gi of memory is asked for, and the largest free is 10240Gi of memory; a cluster autoscaler may add Nodes';
      await says('crowded', 'Reconciling', sentence);
      expect((await rig.platform('crowded')).status?.transition?.message).toContain(sentence);
      expect(await deployments('crowded')).toContain('crowded-ingest');
      await eventually(
        'one event tells it',
        async () => (await told('crowded', 'NodesLackRoom')).length === 1,
      );
      expect((await rig.condition('crowded', 'Ready'))?.status).toBe('True');
      // Then its pods say so themselves.
      await says('crowded', 'Reconciling', 'no node takes the pod');
      expect((await rig.condition('crowded', 'Reconciling'))?.message).not.toContain(
        'not fit on any current Node',
      );

      // As an autoscaler would.
      await addNode(`${pool}-b`);
      await rig.standsOn('crowded', 'separated', 120_000);
      expect(await told('crowded', 'TransitionRolledBack')).toEqual([]);
    } finally {
      await kubectl(['delete', 'node', pool, `${pool}-b`, '--ignore-not-found']);
    }
  }, 240_000);
});
