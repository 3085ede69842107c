import { describe, expect, it } from 'vitest';
import { plan } from '../../../../src/plan/plan.ts';
import { childKey, type KubeObject } from '../../../../src/kube/object.ts';
import type { LastWrite, Snapshot } from '../../../../src/cluster/snapshot.ts';
import { converged, DEPLOYMENT, three, withReplicas } from '../converged.ts';
import { Driver } from '../driver.ts';
import { decisionOf, NOW, observed, snapshotOf, specOf } from '../fixtures.ts';
import { GROWTH } from '../../../../src/model/backoff.ts';
import type { EventReason } from '../../../../src/plan/status/event-reasons.ts';

const condition = (driver: Driver, type: string) =>
  driver.status.conditions?.find((one) => one.type === type);

describe('a child that somebody changed', () => {
  it('is set back, with an event that names the field', () => {
    const driver = converged();
    driver.world.edit('Service/brain', (object) => ({
      ...object,
      spec: { ...(object['spec'] as object), selector: { app: 'mine' } },
    }));
    const { actions, events } = driver.pass(three);
    expect(actions.map(({ do: what, object }) => `${what} ${object.kind}`)).toEqual(['apply Service']);
    expect(events).toMatchObject([
      {
        reason: 'DriftRepaired',
        message: expect.stringContaining('spec.selector.app.kubernetes.io/component'),
      },
    ]);
    expect(driver.world.target).toBe('all-in-one');
  });

  it('tells who scaled by hand how to hold a number', () => {
    const driver = converged();
    driver.world.edit(DEPLOYMENT, withReplicas(7));
    const { events, status } = driver.pass(three);
    expect(driver.world.asked('all-in-one')).toBe(3);
    const sentence =
      'Deployment brain-all-in-one was scaled from 3 to 7 by another client and is put back to 3; to hold 7, add {component: all-in-one, replicas: 7} to spec.replicasPin.';
    expect(events).toMatchObject([{ reason: 'DriftRepaired', message: sentence }]);
    expect(status.lastDecision?.reasons).toEqual([sentence, ...three.reasons]);
    // It stays on record while nothing else is decided, and is told once.
    const after = driver.pass(three);
    expect(after.events).toEqual([]);
    expect(after.status.lastDecision?.reasons[0]).toBe(sentence);
  });

  it('is told of as changed where more than its size was', () => {
    const driver = converged();
    driver.world.edit(DEPLOYMENT, (object) => {
      const scaled = withReplicas(7)(object);
      return { ...scaled, spec: { ...(scaled['spec'] as object), revisionHistoryLimit: 1 } };
    });
    expect(driver.pass(three).events[0]?.message).toMatch(
      /was scaled from 3 to 7 .* was changed by another client and is set back: spec\.revisionHistoryLimit\.$/,
    );
  });

  it('is left alone where only fields of others differ', () => {
    const driver = converged();
    driver.world.edit(DEPLOYMENT, (object) => ({
      ...object,
      metadata: {
        ...object.metadata,
        annotations: { ...object.metadata.annotations, 'deployment.kubernetes.io/revision': '4' },
      },
    }));
    driver.world.step();
    expect(driver.pass(three).actions).toEqual([]);
  });

  it('is made again when it was deleted', () => {
    const driver = converged();
    const gone = driver.world.children().filter(({ object }) => object.kind !== 'ConfigMap');
    const { actions } = plan({ snapshot: snapshotOf({ children: gone }), decision: three, now: NOW });
    expect(actions).toMatchObject([{ do: 'create', object: { kind: 'ConfigMap' } }]);
  });

  it('is waited for while it is being deleted', () => {
    const driver = converged();
    driver.world.edit('ConfigMap/brain-settings', (object) => ({
      ...object,
      data: {},
      metadata: { ...object.metadata, deletionTimestamp: '2026-03-02T09:00:00Z' },
    }));
    expect(driver.pass(three).actions).toEqual([]);
  });
});

describe('a field that is no longer wanted', () => {
  it('leads to an apply though the live object has all that is wanted', () => {
    const driver = new Driver(specOf({ podTemplate: { nodeSelector: { disk: 'fast' } } }));
    driver.converge(three);
    driver.spec = specOf();
    const { actions, events } = driver.pass(three);
    expect(actions.map(({ object }) => childKey({ kind: object.kind, metadata: object.metadata }))).toContain(
      DEPLOYMENT,
    );
    expect(events.map(({ reason }) => reason)).not.toContain('DriftRepaired' satisfies EventReason);
    expect(JSON.stringify(driver.world.find(DEPLOYMENT))).not.toContain('disk');
  });
});

describe('the number of replicas', () => {
  const autoscalers: Snapshot['autoscalers'] = [
    { kind: 'HorizontalPodAutoscaler', name: 'web', target: 'brain-all-in-one' },
  ];
  const replan = (driver: Driver, ownedByOther: boolean, scalers = autoscalers) => {
    const children = driver.world
      .children()
      .map(({ object }) => observed(object, ownedByOther && object.kind === 'Deployment'));
    const { status } = driver;
    return plan({
      snapshot: snapshotOf({ children, autoscalers: scalers, status }),
      decision: three,
      now: driver.now,
    });
  };
  const written = ({ actions }: ReturnType<typeof plan>) => {
    const action = actions.find(({ object }) => object.kind === 'Deployment');
    return action?.do === 'apply' ? (action.object['spec'] as { replicas?: number }) : undefined;
  };

  it('is applied as it is while an autoscaler targets it but has not written it', () => {
    const driver = converged();
    driver.world.edit(DEPLOYMENT, withReplicas(9));
    expect(written(replan(driver, false))?.replicas).toBe(9);
  });

  it('is left out once the autoscaler owns it', () => {
    const driver = converged();
    driver.world.edit(DEPLOYMENT, withReplicas(9));
    const spec = written(replan(driver, true));
    expect(spec).toBeDefined();
    expect(spec).not.toHaveProperty('replicas');
  });

  it('is ours again when the autoscaler is gone, whoever wrote it last', () => {
    const driver = converged();
    driver.world.edit(DEPLOYMENT, withReplicas(9));
    expect(written(replan(driver, true, []))?.replicas).toBe(3);
  });

  it('is reported as driven by another, once', () => {
    const driver = converged();
    driver.autoscalers = autoscalers;
    const first = driver.pass(three);
    expect(condition(driver, 'ScalingActive')).toMatchObject({
      status: 'False',
      reason: 'DrivenByOther',
      message: expect.stringContaining('all-in-one by HorizontalPodAutoscaler/web'),
    });
    expect(first.events.map(({ reason }) => reason)).toEqual(['DrivenByOther']);
    expect(driver.pass(three).events).toEqual([]);
  });

  it('may be zero', () => {
    const driver = new Driver(specOf());
    const separate = decisionOf({ separate: true, sizes: { 'queue-default': 0 } });
    driver.converge(separate);
    expect(driver.world.asked('queue-default')).toBe(0);
    expect(condition(driver, 'Ready')?.status).toBe('True');
  });
});

describe('a write that somebody writes back', () => {
  /** Passes with a memory like the one that a process keeps, while a webhook takes the label away again. */
  function fight(seconds: number): { readonly times: readonly number[]; readonly looks: readonly number[] } {
    const driver = converged();
    const undo = () =>
      driver.world.edit('ConfigMap/brain-settings', (object) => ({
        ...object,
        data: { LEADPLATFORM_NAME: 'else' },
      }));
    const lastWrites = new Map<string, LastWrite>();
    const times: number[] = [];
    const looks: number[] = [];
    undo();
    for (let second = 0; second < seconds; second += 1) {
      const now = NOW + second * 1_000;
      const children = driver.world.children();
      const planned = plan({
        snapshot: snapshotOf({ children, lastWrites, status: driver.status }),
        decision: three,
        now,
      });
      for (const action of planned.actions) {
        if (action.do === 'delete') continue;
        times.push(second);
        const { fingerprint, attempt } = action;
        lastWrites.set(childKey(action.object), { fingerprint, attempt, at: now });
      }
      if (planned.actions.length === 0) looks.push((planned.requeueAt ?? 0) - NOW);
      driver.world.carryOut(planned.actions);
      undo();
    }
    return { times, looks };
  }

  it('is tried again after 5 s, and later each time', () => {
    const times = [0];
    for (let wait = 5; times.at(-1)! + wait < 200; wait *= GROWTH) times.push(times.at(-1)! + wait);
    expect(fight(200).times).toEqual(times);
  });

  it('is looked at again when it may be tried', () => {
    expect(fight(5).looks).toEqual([5_000, 5_000, 5_000, 5_000]);
  });

  it('never holds up another write of the same child', () => {
    const driver = converged();
    driver.world.edit(DEPLOYMENT, withReplicas(7));
    const [action] = driver.plan(three).actions;
    if (action?.do !== 'apply') throw new Error('expected an apply');
    const { fingerprint } = action;
    const lastWrites = new Map([[DEPLOYMENT, { fingerprint, attempt: 5, at: NOW }]]);
    const ten = decisionOf({ sizes: { 'all-in-one': 10 } });
    const snapshot = snapshotOf({ children: driver.world.children(), lastWrites });
    expect(plan({ snapshot, decision: three, now: NOW + 1 }).actions).toEqual([]);
    expect(plan({ snapshot, decision: ten, now: NOW + 1 }).actions).toHaveLength(1);
    // Nor is it held back for as long as a clock was set back.
    expect(plan({ snapshot, decision: three, now: NOW - 86_400_000 }).actions).toHaveLength(1);
  });
});

describe('children that have lost their owner', () => {
  const restored = (object: KubeObject): KubeObject => {
    const { ownerReferences: _, ...metadata } = object.metadata;
    return { ...object, metadata };
  };

  it('are taken back where they are, and one of the side before is let finish and removed', () => {
    const driver = new Driver(specOf());
    driver.converge(decisionOf({ separate: true }));
    for (const object of driver.world.objects) driver.world.put(restored(object));
    driver.status = {};
    const kinds = driver.pass(three).actions.map(({ do: what, object }) => `${what} ${object.kind}`);
    expect(kinds).toContain('apply ServiceAccount');
    expect(kinds.filter((what) => what.startsWith('create'))).toEqual(['create Deployment']);
    driver.converge(three);
    const left = driver.world.objects.filter(({ kind }) => kind === 'Deployment');
    expect(left.map(({ metadata }) => [metadata.name, metadata.ownerReferences?.length])).toEqual([
      ['brain-all-in-one', 1],
    ]);
  });
});

describe('a Deployment that is paused', () => {
  const paused = (object: KubeObject, status: object): KubeObject => ({
    ...object,
    spec: { ...(object['spec'] as object), paused: true },
    status: { observedGeneration: 99, replicas: 3, readyReplicas: 3, availableReplicas: 3, ...status },
  });
  const replan = (status: object, pausedBy?: string) => {
    const driver = converged();
    driver.world.edit(DEPLOYMENT, (object) => paused(object, status));
    const children = driver.world.children().map((child) => ({ ...child, pausedBy }));
    return plan({
      snapshot: snapshotOf({ children, status: driver.status }),
      decision: three,
      now: driver.now,
    });
  };
  const stalled = ({ status }: ReturnType<typeof plan>) =>
    status.conditions?.find(({ type }) => type === 'Stalled');

  it('with a change that waits for it says who is to resume it, and how', () => {
    const planned = replan({ updatedReplicas: 0 }, 'kubectl-rollout');
    const sentence =
      'Deployment brain-all-in-one is paused (spec.paused, set by kubectl-rollout): 0 of 3 replicas have the current template, and the others keep the one before. To resume it: kubectl -n leads rollout resume deployment/brain-all-in-one';
    expect(stalled(planned)).toMatchObject({ status: 'True', reason: 'RolloutPaused', message: sentence });
    expect(planned.events).toMatchObject([{ type: 'Warning', reason: 'RolloutPaused', message: sentence }]);
    // It serves on.
    expect(planned.status.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('True');
  });

  it.each([
    ['has nothing to roll out', { updatedReplicas: 3 }],
    ['is only getting larger', { replicas: 2, readyReplicas: 2, updatedReplicas: 2 }],
    ['was changed a moment ago', { updatedReplicas: 0, observedGeneration: 0 }],
  ])('and %s waits for nobody', (_case, status) => {
    expect(stalled(replan(status))?.status).toBe('False');
  });

  it('is named without the one who paused it where that is not known', () => {
    expect(stalled(replan({ updatedReplicas: 1 }))?.message).toContain(
      'is paused (spec.paused): 1 of 3 replicas',
    );
  });
});

it('writes nothing of an object that another platform owns', () => {
  const theirs: KubeObject = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'brain',
      namespace: 'leads',
      uid: 'theirs',
      ownerReferences: [{ apiVersion: 'v1', kind: 'App', name: 'x', uid: 'y', controller: true }],
    },
  };
  const { actions } = plan({
    snapshot: snapshotOf({ children: [observed(theirs)] }),
    decision: three,
    now: NOW,
  });
  // A create fails where the name is taken; an apply would join it.
  expect(actions.filter(({ object }) => object.kind === 'Service').map(({ do: what }) => what)).toEqual([
    'create',
  ]);
});

describe('a job that the spec no longer calls for', () => {
  const withoutJobs = specOf({ callLogSync: { strategy: 'None' } });

  it('is deleted', () => {
    const driver = converged();
    driver.spec = withoutJobs;
    expect(
      driver.pass(three).actions.map(({ do: what, object }) => `${what} ${object.metadata.name}`),
    ).toEqual(['delete brain-call-logs-hourly', 'delete brain-call-logs-nightly']);
  });

  it('is waited for while a pass is under way', () => {
    const driver = converged();
    driver.spec = withoutJobs;
    driver.world.edit('CronJob/brain-call-logs-nightly', (object) => ({
      ...object,
      status: { active: [{}] },
    }));
    expect(driver.pass(three).actions.map(({ object }) => object.metadata.name)).toEqual([
      'brain-call-logs-hourly',
    ]);
  });

  it('is no reason to delete what else the platform owns', () => {
    const driver = converged();
    driver.world.put({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'brain-history',
        uid: 'h',
        ownerReferences: [
          { apiVersion: 'v1', kind: 'LeadPlatform', name: 'brain', uid: 'uid-of-brain', controller: true },
        ],
      },
    });
    expect(driver.pass(three).actions).toEqual([]);
  });
});

describe('a mode that changes nothing', () => {
  it.each(['Recommend', 'Paused'] as const)('%s plans no write, whatever is there', (mode) => {
    const driver = converged();
    driver.spec = specOf({ mode });
    driver.world.edit(DEPLOYMENT, withReplicas(7));
    const { actions, status } = driver.pass(
      decisionOf({ separate: true, tier: { from: 'cached', to: 'separated' } }),
    );
    expect(actions).toEqual([]);
    expect(condition(driver, 'ScalingActive')).toMatchObject({ status: 'False', reason: mode });
    expect(status.transition).toBeUndefined();
    expect(status).toMatchObject({ tier: 'single-server', targetTier: 'separated' });
  });

  it('shows in Recommend what it would do', () => {
    const driver = new Driver(specOf({ mode: 'Recommend' }));
    const { status } = driver.pass(decisionOf({ separate: true, sizes: { ingest: 4 } }));
    expect(status.components).toContainEqual(
      expect.objectContaining({ name: 'ingest', desiredReplicas: 4, replicas: 0 }),
    );
    expect(condition(driver, 'Ready')).toMatchObject({ status: 'Unknown', reason: 'NothingDeployed' });
  });
});

it.each<[string, (spec: Record<string, unknown>) => object, string]>([
  ['it', (spec) => ({ ...spec, suspend: true }), 'spec.suspend'],
  [
    'each of its Jobs',
    (spec) => {
      const template = spec['jobTemplate'] as { readonly spec: object };
      return { ...spec, jobTemplate: { ...template, spec: { ...template.spec, suspend: true } } };
    },
    'spec.jobTemplate.spec.suspend',
  ],
  ['every other pass', (spec) => ({ ...spec, concurrencyPolicy: 'Replace' }), 'spec.concurrencyPolicy'],
])(
  'a CronJob is set back where somebody suspended or changed %s, and it is told how to stop it',
  (_, edit, path) => {
    const driver = converged();
    const key = 'CronJob/brain-call-logs-hourly';
    driver.world.edit(key, (object) => ({
      ...object,
      spec: edit(object['spec'] as Record<string, unknown>),
    }));
    const { actions, events } = driver.pass(three);
    expect(actions.map((action) => [action.do, childKey(action.object)])).toEqual([['apply', key]]);
    expect(events.map(({ reason }) => reason)).toEqual(['DriftRepaired']);
    expect(events[0]?.message).toContain(`is set back: ${path}.`);
    expect(events[0]?.message.includes('set spec.callLogSync.strategy to None')).toBe(
      path.endsWith('suspend'),
    );
    expect(driver.world.find(key)?.['spec']).toMatchObject({
      suspend: false,
      concurrencyPolicy: 'Forbid',
      jobTemplate: { spec: { suspend: false } },
    });
  },
);
