import { describe, expect, it } from 'vitest';
import { LeadPlatformStatus } from '../../../../src/api/schema/status.ts';
import type { CapabilityName } from '../../../../src/api/names.ts';
import type { CapabilityDecision, SignalView } from '../../../../src/model/decision.ts';
import { plan, stalledStatus } from '../../../../src/plan/plan.ts';
import type { ChildKind } from '../../../../src/kube/object.ts';
import type { WriteFailure } from '../../../../src/cluster/snapshot.ts';
import { Driver } from '../driver.ts';
import {
  type DecisionInput,
  decisionOf,
  NOW,
  PLATFORM,
  snapshotOf,
  specOf,
  UNSCHEDULABLE,
} from '../fixtures.ts';

const conditionOf = (status: LeadPlatformStatus, type: string) =>
  status.conditions?.find((condition) => condition.type === type);
const first = (decision: DecisionInput = {}) =>
  plan({ snapshot: snapshotOf(), decision: decisionOf(decision), now: NOW });
const known = (name: string, value: number): SignalView => ({
  name,
  unit: 'count',
  value,
  at: NOW,
  band: 'green',
});
const unknown = (name: string, reason: SignalView['unknown'] & string): SignalView => ({
  name,
  unit: 'count',
  unknown: reason,
  message: 'No answer.',
});

describe('the conditions', () => {
  it('are seven, each about the generation that was looked at, in what the schema allows', () => {
    const { status } = first();
    expect(status.conditions?.map(({ type }) => type)).toEqual([
      'Ready',
      'Reconciling',
      'Stalled',
      'SignalsFresh',
      'ScalingActive',
      'ScalingLimited',
      'CapabilitiesMet',
    ]);
    expect(status.conditions?.every(({ observedGeneration }) => observedGeneration === 3)).toBe(true);
    expect(LeadPlatformStatus.parse(status)).toEqual(status);
  });

  it('keep their time until their status flips', () => {
    const driver = new Driver(specOf());
    driver.converge(decisionOf());
    const since = conditionOf(driver.status, 'Ready')?.lastTransitionTime;
    driver.now += 3_600_000;
    driver.converge(decisionOf({ sizes: { 'all-in-one': 4 } }));
    expect(conditionOf(driver.status, 'Ready')).toMatchObject({ status: 'True', lastTransitionTime: since });
  });

  it('say that a new platform is on its way, and then that it is there', () => {
    const driver = new Driver(specOf());
    driver.pass(decisionOf());
    expect(conditionOf(driver.status, 'Ready')).toMatchObject({
      status: 'False',
      reason: 'ComponentsNotReady',
    });
    expect(conditionOf(driver.status, 'Reconciling')).toMatchObject({
      status: 'True',
      reason: 'Progressing',
    });
    driver.converge(decisionOf());
    expect(conditionOf(driver.status, 'Ready')).toMatchObject({ status: 'True', reason: 'ComponentsReady' });
    expect(conditionOf(driver.status, 'Reconciling')).toMatchObject({ status: 'False', reason: 'Converged' });
  });

  it('stay Ready while the platform follows its load, for it serves', () => {
    const driver = new Driver(specOf());
    driver.converge(decisionOf());
    driver.pass(decisionOf({ sizes: { 'all-in-one': 9 } }));
    driver.pass(decisionOf({ sizes: { 'all-in-one': 9 } }));
    expect(conditionOf(driver.status, 'Ready')?.status).toBe('True');
    expect(conditionOf(driver.status, 'Reconciling')?.status).toBe('True');
  });

  it('are neither Ready nor Reconciling, but Stalled, while a quota refuses what is needed', () => {
    const driver = new Driver(specOf());
    const nine = decisionOf({ sizes: { 'all-in-one': 9 } });
    driver.converge(decisionOf());
    driver.pass(nine);
    driver.world.edit('Deployment/brain-all-in-one', (object) => ({
      ...object,
      status: {
        observedGeneration: 99,
        replicas: 1,
        readyReplicas: 1,
        updatedReplicas: 1,
        conditions: [{ type: 'ReplicaFailure', status: 'True', message: 'exceeded quota: pods' }],
      },
    }));
    const { events } = driver.pass(nine);
    expect(conditionOf(driver.status, 'Ready')?.status).toBe('False');
    expect(conditionOf(driver.status, 'Reconciling')).toMatchObject({ status: 'False', reason: 'Stalled' });
    expect(conditionOf(driver.status, 'Stalled')).toMatchObject({
      status: 'True',
      reason: 'ReplicaFailure',
      message: expect.stringContaining('exceeded quota'),
    });
    expect(events.map(({ reason }) => reason)).toContain('ComponentNotReady');
    expect(driver.pass(nine).events).toEqual([]);
  });

  it.each([
    ['Deployment/brain-ingest', 'Deployment/brain-sync', 'CronJob/brain-call-logs-hourly'],
    ['CronJob/brain-call-logs-hourly', 'Deployment/brain-ingest', 'Deployment/brain-sync'],
    ['Deployment/brain-sync', 'CronJob/brain-call-logs-hourly', 'Deployment/brain-ingest'],
  ])('say the same of the same refusals, though %s was tried before %s and %s', (...keys) => {
    const failures = keys.map((key): WriteFailure => {
      const [kind = '', name = ''] = key.split('/');
      return { kind: kind as ChildKind, name, reason: 'ChildRejected', message: 'no' };
    });
    const taken: WriteFailure = {
      kind: 'Service',
      name: 'brain',
      reason: 'ChildOwnedByOther',
      message: 'taken',
    };
    const { status } = plan({
      snapshot: snapshotOf({ failures: [...failures, taken] }),
      decision: decisionOf(),
      now: NOW,
    });
    expect(conditionOf(status, 'Stalled')).toMatchObject({
      reason: 'ChildOwnedByOther',
      message:
        'taken; CronJob brain-call-logs-hourly, Deployment brain-ingest, Deployment brain-sync could not be written (ChildRejected): no',
    });
  });

  it('say what is in the way of more replicas, in an Event once, and that the platform is Ready', () => {
    const driver = new Driver(specOf());
    const limit = { by: 'ReplicasMaximum', wanted: 9, message: 'all-in-one gets 1 of 9 replicas' } as const;
    const free = decisionOf();
    const limited = { ...free, components: free.components.map((component) => ({ ...component, limit })) };
    driver.converge(free);
    expect(conditionOf(driver.status, 'ScalingLimited')).toMatchObject({
      status: 'False',
      reason: 'WithinBounds',
    });
    expect(driver.pass(limited).events).toMatchObject([
      { type: 'Warning', reason: 'ScalingLimited', message: 'all-in-one gets 1 of 9 replicas.' },
    ]);
    expect(driver.pass(limited).events).toEqual([]);
    expect(conditionOf(driver.status, 'ScalingLimited')).toMatchObject({
      status: 'True',
      reason: 'ReplicasMaximum',
      message: 'all-in-one gets 1 of 9 replicas.',
    });
    expect(driver.status.components).toMatchObject([{ wantedReplicas: 9, limitedBy: 'ReplicasMaximum' }]);
    expect(conditionOf(driver.status, 'Ready')?.status).toBe('True');
    expect(LeadPlatformStatus.parse(driver.status)).toEqual(driver.status);
    expect(driver.pass(free).status.components?.[0]).not.toHaveProperty('limitedBy');
  });

  it('say that nodes or a quota are in the way of what was decided', () => {
    const driver = new Driver(specOf());
    const nine = decisionOf({ sizes: { 'all-in-one': 9 } });
    driver.converge(decisionOf());
    driver.pass(nine);
    driver.troubles = { 'all-in-one': UNSCHEDULABLE };
    driver.pass(nine);
    expect(conditionOf(driver.status, 'ScalingLimited')).toMatchObject({
      status: 'True',
      reason: 'NodesLackRoom',
      message: 'all-in-one has 1 of 9 replicas: Unschedulable: no node takes the pod.',
    });
  });

  it.each<[string, readonly SignalView[], string, string]>([
    ['all are known', [known('leadsPerDay', 1)], 'True', 'AllKnown'],
    [
      'one was never configured',
      [known('leadsPerDay', 1), unknown('agents', 'NotConfigured')],
      'True',
      'AllKnown',
    ],
    [
      'one does not answer',
      [known('leadsPerDay', 1), unknown('cpu', 'SourceTimeout')],
      'False',
      'SignalsUnknown',
    ],
    ['none is configured', [unknown('leadsPerDay', 'NotConfigured')], 'False', 'NoSignals'],
  ])('say of signals, when %s', (_case, signals, status, reason) => {
    expect(conditionOf(first({ signals }).status, 'SignalsFresh')).toMatchObject({ status, reason });
  });

  it.each<[string, DecisionInput, string, string]>([
    ['nothing holds it', {}, 'True', 'Active'],
    ['the tier is pinned', { tier: { rule: 'Pinned' } }, 'False', 'Pinned'],
    ['replicas are pinned', { rules: { 'all-in-one': 'Pinned' } }, 'False', 'Pinned'],
  ])('say of scaling, when %s', (_case, decision, status, reason) => {
    expect(conditionOf(first(decision).status, 'ScalingActive')).toMatchObject({ status, reason });
  });
});

describe('the capabilities', () => {
  const report = (
    name: CapabilityName,
    consent: CapabilityDecision['consent'],
    rest: DecisionInput = {},
    spec = specOf(),
  ) => {
    const driver = new Driver(spec);
    const decision = decisionOf({ spec, capabilities: [{ name, required: false, consent }], ...rest });
    driver.converge(decision);
    return driver.status.capabilities?.[0];
  };
  const scaled = { separate: true, sizes: { ingest: 3, sync: 2, 'queue-default': 3 } };

  it.each<[string, ReturnType<typeof report>, string, RegExp]>([
    ['a store is called for', report('message-queue', 'Given'), 'Blocked', /RabbitMQ/],
    ['somebody is asked', report('app-instances', 'Awaited'), 'AwaitingConsent', /leadplatform\.io\/confirm/],
    ['somebody declined', report('cdn', 'Declined'), 'Declined', /policies/],
    [
      'workers are separate',
      report('separate-queue-workers', 'Given', { separate: true }),
      'Ready',
      /Deployment/,
    ],
    [
      'there are enough replicas',
      report('app-instances', 'Given', scaled),
      'Ready',
      /3 replicas .* 5 workers/,
    ],
    [
      'a bound holds them below',
      report('app-instances', 'Given', { separate: true }),
      'Blocked',
      /replicas\.max/,
    ],
    ['replicas are spread', report('multiple-app-servers', 'Given', scaled), 'Ready', /nodes/],
    ['one replica cannot be spread', report('multiple-app-servers', 'Given'), 'Blocked', /two nodes/],
    [
      'every queue is measured',
      report('queue-monitoring', 'Given', { signals: [known('queueDepth.default', 1)] }),
      'Ready',
      /known/,
    ],
    ['no queue is measured', report('queue-monitoring', 'Given'), 'Blocked', /stores\.redis/],
    [
      'a queue does not answer',
      report('queue-monitoring', 'Given', { signals: [unknown('queueDepth.mail', 'SourceTimeout')] }),
      'Blocked',
      /mail \(SourceTimeout\)/,
    ],
  ])('tell when %s', (_case, capability, state, message) => {
    expect(capability?.state).toBe(state);
    expect(capability?.message).toMatch(message);
  });

  it.each<[string, readonly CapabilityDecision[], string, string]>([
    ['nothing is called for', [], 'True', 'Met'],
    ['one lacks something', [{ name: 'cdn', required: false, consent: 'Given' }], 'False', 'Blocked'],
    [
      'one waits for a person',
      [{ name: 'app-instances', required: false, consent: 'Awaited' }],
      'False',
      'AwaitingConsent',
    ],
    ['one is declined', [{ name: 'cdn', required: false, consent: 'Declined' }], 'True', 'Met'],
    [
      'a required one is declined',
      [{ name: 'cdn', required: true, consent: 'Declined' }],
      'False',
      'RequiredCapabilityMissing',
    ],
    [
      'one waits for a person and another lacks something',
      [
        { name: 'cdn', required: false, consent: 'Given' },
        { name: 'app-instances', required: false, consent: 'Awaited' },
      ],
      'False',
      'Blocked',
    ],
  ])('are met or not, when %s', (_case, capabilities, status, reason) => {
    expect(conditionOf(first({ capabilities }).status, 'CapabilitiesMet')).toMatchObject({ status, reason });
  });

  it('are news when one becomes required, once', () => {
    const driver = new Driver(specOf());
    const decision = decisionOf({
      capabilities: [{ name: 'load-balancer', required: true, consent: 'Given' }],
    });
    expect(driver.pass(decision).events.map(({ reason }) => reason)).toEqual([
      'CapabilityRequired',
      'CapabilityBlocked',
    ]);
    expect(driver.pass(decision).events).toEqual([]);
  });
});

describe('the last decision', () => {
  it('stays as it was until one changes something', () => {
    const driver = new Driver(specOf());
    driver.pass(decisionOf({ at: NOW }));
    driver.pass(decisionOf({ at: NOW + 1_000, reasons: ['Nothing changed.'] }));
    expect(driver.status.lastDecision?.at).toBe('2026-03-02T09:00:00Z');
    driver.pass(decisionOf({ at: NOW + 2_000, sizes: { 'all-in-one': 2 } }));
    expect(driver.status.lastDecision?.at).toBe('2026-03-02T09:00:02Z');
  });
});

describe('signals that come and go', () => {
  it('are news when they become unknown and when they are known again, and not before they were read', () => {
    const driver = new Driver(specOf());
    const reasons = (signals: readonly SignalView[]) =>
      driver.pass(decisionOf({ signals })).events.map(({ reason }) => reason);
    expect(reasons([unknown('cpu', 'NotYetRead')])).toEqual([]);
    expect(reasons([known('cpu', 1)])).toEqual([]);
    expect(reasons([unknown('cpu', 'SourceTimeout')])).toEqual(['SignalUnknown']);
    expect(reasons([unknown('cpu', 'SourceTimeout')])).toEqual([]);
    expect(reasons([known('cpu', 1)])).toEqual(['SignalRestored']);
  });

  it('are summed over queues only where every queue is known', () => {
    const depth = (signals: readonly SignalView[]) => first({ signals }).status.queueDepth;
    expect(depth([known('queueDepth.a', 3), known('queueDepth.b', 4)])).toBe(7);
    expect(depth([known('queueDepth.a', 3), unknown('queueDepth.b', 'Stale')])).toBeUndefined();
  });
});

describe('a platform whose spec is wrong', () => {
  it('is stalled, and keeps what it stood on', () => {
    const driver = new Driver(specOf());
    driver.converge(decisionOf());
    const status = stalledStatus(driver.status, 4, 'InvalidSpec', 'spec.image: required', NOW);
    expect(status).toMatchObject({ tier: 'single-server', observedGeneration: 4 });
    expect(conditionOf(status, 'Stalled')).toMatchObject({ status: 'True', reason: 'InvalidSpec' });
    expect(conditionOf(status, 'Ready')?.status).toBe('True');
    expect(status.conditions).toHaveLength(7);
    expect(stalledStatus(status, 4, 'InvalidSpec', 'spec.image: required', NOW + 9_000)).toEqual(status);
  });

  it('is not ready when it never was', () => {
    expect(conditionOf(stalledStatus({}, 1, 'InvalidSpec', 'x', NOW), 'Ready')?.status).toBe('False');
  });
});

it('says to who waits in vain that a confirmation names no capability', () => {
  const spec = specOf();
  const annotations = { 'leadplatform.io/confirm': 'app-instanses' };
  const { status } = plan({
    snapshot: snapshotOf({ spec, platform: { ...PLATFORM, annotations } }),
    decision: decisionOf({
      spec,
      capabilities: [{ name: 'app-instances', required: false, consent: 'Awaited' }],
    }),
    now: NOW,
  });
  expect(status.capabilities?.[0]?.message).toContain(
    'names "app-instanses", which is no capability; did you mean app-instances?',
  );
});

describe('pods that do not come up', () => {
  const trouble = {
    reason: 'CrashLoopBackOff',
    subject: 'sync',
    isExplained: true,
    message: 'container sync ended by itself (exit code 1, restarts: 3)',
    since: NOW,
  };
  /** A component whose new template does not come up, while the replicas from before serve. */
  function rollingOut(): Driver {
    const driver = new Driver(specOf());
    driver.converge(decisionOf());
    driver.world.edit('Deployment/brain-all-in-one', (object) => ({
      ...object,
      status: {
        observedGeneration: 9,
        replicas: 2,
        updatedReplicas: 1,
        readyReplicas: 1,
        availableReplicas: 1,
      },
    }));
    driver.troubles = { 'all-in-one': trouble };
    driver.now = NOW + 30_000;
    return driver;
  }

  it('are told of at once, once, and leave a platform Ready whose replicas from before serve', () => {
    const driver = rollingOut();
    const { actions, status, events } = driver.pass(decisionOf());
    expect(actions).toEqual([]);
    expect(conditionOf(status, 'Ready')?.status).toBe('True');
    expect(conditionOf(status, 'Stalled')?.status).toBe('False');
    expect(conditionOf(status, 'Reconciling')).toMatchObject({
      status: 'True',
      message: `Rolling out: all-in-one (CrashLoopBackOff: ${trouble.message}).`,
    });
    expect(events).toMatchObject([
      {
        type: 'Warning',
        reason: 'ComponentNotReady',
        message: `all-in-one does not progress: CrashLoopBackOff: ${trouble.message}; replicas of the previous template keep serving.`,
      },
    ]);
    driver.troubles = { 'all-in-one': { ...trouble, message: trouble.message.replace('3', '4') } };
    expect(driver.pass(decisionOf()).events).toEqual([]);
  });

  it('make the platform Stalled once they have been in trouble for a minute, which is no second event', () => {
    const driver = rollingOut();
    driver.pass(decisionOf());
    driver.now = NOW + 60_000;
    const { status, events } = driver.pass(decisionOf());
    expect(conditionOf(status, 'Stalled')).toMatchObject({ status: 'True', reason: 'PodsNotReady' });
    expect(conditionOf(status, 'Stalled')?.message).toContain('exit code 1');
    expect(events).toEqual([]);
    driver.troubles = {};
    driver.world.settle();
    driver.pass(decisionOf());
    expect(conditionOf(driver.status, 'Stalled')?.status).toBe('False');
  });

  it('count as ready only for as long as they have been it, or Ready would come and go with each crash', () => {
    const driver = new Driver(specOf());
    driver.converge(decisionOf());
    driver.troubles = { 'all-in-one': trouble };
    driver.world.edit('Deployment/brain-all-in-one', (object) => ({
      ...object,
      status: { observedGeneration: 9, replicas: 1, updatedReplicas: 1, readyReplicas: 1 },
    }));
    expect(conditionOf(driver.pass(decisionOf()).status, 'Ready')).toMatchObject({
      status: 'False',
      message: `all-in-one has 0 of 1 replicas ready (CrashLoopBackOff: ${trouble.message}).`,
    });
  });

  it('are one refusal, whatever name the pod has that a quota refuses', () => {
    const refusedAs = (pod: string) => {
      const driver = new Driver(specOf());
      driver.converge(decisionOf());
      driver.world.edit('Deployment/brain-all-in-one', (object) => ({
        ...object,
        status: {
          observedGeneration: 9,
          replicas: 1,
          updatedReplicas: 1,
          readyReplicas: 1,
          conditions: [
            {
              type: 'ReplicaFailure',
              status: 'True',
              message: `pods "${pod}" is forbidden: exceeded quota: few, requested: pods=1`,
            },
          ],
        },
      }));
      return conditionOf(driver.pass(decisionOf({ sizes: { 'all-in-one': 2 } })).status, 'Stalled')?.message;
    };
    expect(refusedAs('brain-a-b1')).toBe(
      'all-in-one does not progress: exceeded quota: few, requested: pods=1',
    );
    expect(refusedAs('brain-c-d2')).toBe(refusedAs('brain-a-b1'));
  });
});
