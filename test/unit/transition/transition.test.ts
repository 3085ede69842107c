import { describe, expect, it } from 'vitest';
import { Driver } from '../plan/driver.ts';
import { decisionOf, NOW, specOf } from '../plan/fixtures.ts';
import type { EventReason } from '../../../src/plan/status/event-reasons.ts';

const spec = specOf({ components: { queues: [{ name: 'default' }, { name: 'mail' }] } });
const together = decisionOf({ spec, tier: { from: 'cached', to: 'cached' }, sizes: { 'all-in-one': 2 } });
const apart = decisionOf({
  spec,
  separate: true,
  tier: { from: 'cached', to: 'separated' },
  sizes: { ingest: 2, sync: 1, 'queue-default': 3, 'queue-mail': 0 },
});
const back = decisionOf({
  spec,
  tier: { from: 'separated', to: 'cached' },
  sizes: { 'all-in-one': 2 },
});

function runningTogether(): Driver {
  const driver = new Driver(spec);
  driver.converge(together);
  driver.log.length = 0;
  return driver;
}

/** Runs passes until the step is reached, before its actions are carried out. */
function upTo(driver: Driver, step: string): void {
  for (let count = 0; count < 20; count += 1) {
    if (driver.plan(apart).status.transition?.step === step) return;
    driver.pass(apart);
    driver.world.step();
  }
  throw new Error(`never came to ${step}`);
}

describe('a transition', () => {
  it('makes the new side, waits, switches the traffic, drains the old side and removes it', async () => {
    const driver = runningTogether();
    driver.world.pace = 1;
    driver.converge(apart);
    await expect(`${driver.log.join('\n')}\n`).toMatchFileSnapshot('../../golden/transition-up.log');
  });

  it('goes back the same way', async () => {
    const driver = runningTogether();
    driver.converge(apart);
    driver.log.length = 0;
    driver.world.pace = 1;
    driver.converge(back);
    await expect(`${driver.log.join('\n')}\n`).toMatchFileSnapshot('../../golden/transition-down.log');
  });

  it('takes a side back that it was draining, and calls that nobody else’s doing', () => {
    const driver = runningTogether();
    upTo(driver, 'DrainOld');
    driver.pass(apart);
    driver.log.length = 0;
    driver.converge(back);
    const log = driver.log.join('\n');
    expect(log).toContain('apply Deployment/brain-all-in-one replicas=2');
    expect(log).not.toContain('DriftRepaired' satisfies EventReason);
  });

  it('drains and removes the part of a queue that left the spec, and nothing else', async () => {
    const driver = runningTogether();
    driver.converge(apart);
    driver.log.length = 0;
    driver.spec = specOf({ components: { queues: [{ name: 'mail' }] } });
    driver.converge(
      decisionOf({ spec: driver.spec, separate: true, sizes: { ingest: 2, sync: 1, 'queue-mail': 1 } }),
    );
    await expect(`${driver.log.join('\n')}\n`).toMatchFileSnapshot('../../golden/transition-queue.log');
  });

  it('keeps the old side as it is for as long as one new component is not ready', () => {
    const driver = runningTogether();
    driver.world.broken.add('brain-queue-default');
    for (let count = 0; count < 10; count += 1) {
      driver.pass(apart);
      driver.world.step();
    }
    expect(driver.world.target).toBe('all-in-one');
    expect(driver.world.asked('all-in-one')).toBe(2);
    expect(driver.status.tier).toBe('cached');
    expect(driver.status.targetTier).toBe('separated');
    expect(driver.status.transition?.message).toBe('queue-default: 0 of 3 ready');
  });

  it('waits for what a component was started with, not for a spike that came since', () => {
    const driver = runningTogether();
    driver.pass(apart);
    const spike = decisionOf({
      spec,
      separate: true,
      tier: { from: 'cached', to: 'separated' },
      sizes: { ingest: 2, sync: 1, 'queue-default': 50, 'queue-mail': 0 },
    });
    driver.pass(spike);
    expect(driver.world.asked('queue-default')).toBe(50);
    driver.world.pace = 2;
    driver.world.step();
    expect(driver.plan(spike).status.transition?.message).toBe('queue-default: 2 of 3 ready');
    driver.world.step();
    expect(driver.world.ready('queue-default')).toBe(4);
    expect(driver.plan(spike).status.transition?.step).toBe('SwitchTraffic');
  });

  it('does not rely on replicas that were ready for a moment, as a worker that crashes is', () => {
    const driver = runningTogether();
    driver.pass(apart);
    for (const { object } of driver.world.children()) {
      if (object.kind !== 'Deployment' || object.metadata.name === 'brain-all-in-one') continue;
      const { replicas } = object['spec'] as { replicas: number };
      const sync = object.metadata.name === 'brain-sync';
      driver.world.put({
        ...object,
        status: {
          observedGeneration: 9,
          replicas,
          updatedReplicas: replicas,
          readyReplicas: replicas,
          availableReplicas: sync ? 0 : replicas,
        },
      });
    }
    const { actions, status } = driver.plan(apart);
    expect(actions).toEqual([]);
    expect(status.transition).toMatchObject({
      step: 'WaitReady',
      message: 'sync: 0 of 1 ready (1 for a short time only)',
    });
  });

  it('does not take the count of a Deployment whose last change was not seen yet', () => {
    const driver = runningTogether();
    driver.pass(apart);
    driver.world.step();
    driver.world.edit('Deployment/brain-ingest', (object) => ({
      ...object,
      metadata: { ...object.metadata },
    }));
    expect(driver.plan(apart).status.transition).toMatchObject({ step: 'WaitReady' });
  });

  it('waits, when a side that was drained comes back, for the number that it is given then', () => {
    const driver = runningTogether();
    upTo(driver, 'RemoveOld');
    const four = decisionOf({
      spec,
      tier: { from: 'separated', to: 'cached' },
      sizes: { 'all-in-one': 4 },
    });
    driver.pass(four);
    driver.world.pace = 3;
    driver.world.step();
    expect(driver.plan(four).status.transition?.message).toBe('all-in-one: 3 of 4 ready');
  });

  it('keeps the budget of an old component until the component is gone', () => {
    const driver = new Driver(spec);
    const spread = [{ name: 'multiple-app-servers', required: true, consent: 'Given' }] as const;
    driver.converge({ ...together, capabilities: spread });
    driver.world.pace = 1;
    const kept: boolean[] = [];
    for (let count = 0; count < 20; count += 1) {
      driver.pass({ ...apart, capabilities: spread });
      driver.world.step();
      const there = (key: string) => driver.world.find(key) !== undefined;
      if (there('Deployment/brain-all-in-one')) kept.push(there('PodDisruptionBudget/brain-all-in-one'));
    }
    expect(kept.length).toBeGreaterThan(3);
    expect(kept.every(Boolean)).toBe(true);
    expect(driver.world.find('PodDisruptionBudget/brain-all-in-one')).toBeUndefined();
  });

  it('is late, and says what is not ready, once it has waited for the ready timeout and the time that ready must last', () => {
    const driver = runningTogether();
    driver.spec = { ...spec, transitions: { ...spec.transitions, onTimeout: 'Hold' } };
    driver.world.broken.add('brain-ingest');
    upTo(driver, 'WaitReady');
    driver.pass(apart);
    driver.world.edit('Deployment/brain-ingest', (object) => ({
      ...object,
      status: {
        ...(object['status'] as object),
        observedGeneration: 2,
        conditions: [{ type: 'ReplicaFailure', status: 'True', message: 'exceeded quota: pods' }],
      },
    }));
    const since = driver.status.transition?.since ?? '';
    driver.now += 609_000 - (driver.now - Date.parse(since));
    const before = driver.pass(apart);
    driver.now = Date.parse(since) + 610_000;
    const after = driver.pass(apart);

    expect(before.requeueAt).toBe(Date.parse(since) + 610_000);
    expect(after.status.transition?.since).toBe(since);
    expect(after.status.conditions?.find(({ type }) => type === 'Stalled')).toMatchObject({
      status: 'True',
      reason: 'TransitionStalled',
      message: expect.stringContaining(
        'ingest: 0 of 2 ready (exceeded quota: pods); the old side keeps serving',
      ),
    });
    expect(after.status.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('True');
    expect(after.events.map(({ reason }) => reason)).toContain('TransitionStalled');
    expect(driver.pass(apart).events).toEqual([]);
    expect(driver.world.asked('all-in-one')).toBe(2);
  });

  it.each(['MakeNew', 'WaitReady', 'SwitchTraffic', 'DrainOld', 'RemoveOld'])(
    'is resumed at %s by a process that remembers nothing but the status',
    (step) => {
      const driver = runningTogether();
      driver.world.pace = 1;
      upTo(driver, step);
      const resumed = new Driver(spec);
      resumed.status = structuredClone(driver.status);
      for (const object of driver.world.objects) resumed.world.put(structuredClone(object));
      expect(resumed.plan(apart).actions).toEqual(driver.plan(apart).actions);
      resumed.converge(apart);
      expect(resumed.status.tier).toBe('separated');
      expect(resumed.world.target).toBe('ingest');
      expect(resumed.world.find('Deployment/brain-all-in-one')).toBeUndefined();
    },
  );

  it.each(['MakeNew', 'WaitReady', 'SwitchTraffic', 'DrainOld', 'RemoveOld'])(
    'turns round at %s when the decision does',
    (step) => {
      const driver = runningTogether();
      driver.world.pace = 1;
      upTo(driver, step);
      driver.converge(back);
      expect(driver.world.target).toBe('all-in-one');
      expect(driver.world.asked('all-in-one')).toBe(2);
      expect(driver.world.objects.filter(({ kind }) => kind === 'Deployment')).toHaveLength(1);
      expect(driver.status.transition).toBeUndefined();
    },
  );

  it('goes on draining when a new replica falters after all of the old side was told to go', () => {
    const driver = runningTogether();
    upTo(driver, 'DrainOld');
    driver.pass(apart);
    driver.world.edit('Deployment/brain-ingest', (object) => ({ ...object, status: { replicas: 2 } }));
    expect(driver.plan(apart).status.transition?.step).toBe('DrainOld');
  });

  it('waits for pods that are still terminating where the cluster counts them', () => {
    const driver = runningTogether();
    upTo(driver, 'RemoveOld');
    driver.world.edit('Deployment/brain-all-in-one', (object) => ({
      ...object,
      status: { observedGeneration: 99, replicas: 0, terminatingReplicas: 1 },
    }));
    const { actions, status } = driver.plan(apart);
    expect(status.transition?.step).toBe('DrainOld');
    expect(actions).toEqual([]);
  });

  it('moves the traffic before the gate when the old side serves nobody any more', () => {
    const driver = runningTogether();
    driver.world.broken.add('brain-queue-default');
    upTo(driver, 'WaitReady');
    driver.world.edit('Deployment/brain-all-in-one', (object) => ({
      ...object,
      status: { observedGeneration: 99, replicas: 2, readyReplicas: 0 },
    }));
    driver.pass(apart);
    expect(driver.world.target).toBe('ingest');
    expect(driver.world.asked('all-in-one')).toBe(2);

    // And back, should the old side be the only one that serves.
    driver.world.step();
    expect(driver.plan(apart).actions).toEqual([]);
    driver.world.edit('Deployment/brain-ingest', (object) => ({
      ...object,
      status: { observedGeneration: 99, replicas: 2, readyReplicas: 0 },
    }));
    driver.pass(apart);
    expect(driver.world.target).toBe('all-in-one');
  });

  it('removes an old component that an autoscaler drives as a whole, for a drain would be undone', () => {
    const driver = runningTogether();
    driver.autoscalers = [{ kind: 'ScaledObject', name: 'web', target: 'brain-all-in-one' }];
    upTo(driver, 'DrainOld');
    expect(driver.plan(apart).actions).toMatchObject([
      { do: 'delete', object: { kind: 'Deployment', metadata: { name: 'brain-all-in-one' } } },
    ]);
  });

  it.each(['Paused', 'Recommend'] as const)(
    'is not called finished when mode becomes %s in the middle',
    (mode) => {
      const driver = runningTogether();
      driver.world.pace = 1;
      upTo(driver, 'WaitReady');
      driver.pass(apart);
      driver.spec = { ...spec, mode };
      expect(driver.pass(apart).events.map(({ reason }) => reason)).not.toContain(
        'TransitionFinished' satisfies EventReason,
      );
      driver.spec = spec;
      driver.log.length = 0;
      driver.converge(apart);
      expect(driver.log.join('\n')).toContain('event TransitionFinished: Moved from cached to separated.');
    },
  );

  it('starts the clock of a step when the step begins', () => {
    const driver = runningTogether();
    driver.now = NOW + 3_600_000;
    const { status } = driver.pass(apart);
    expect(status.transition).toMatchObject({ step: 'MakeNew', since: '2026-03-02T10:00:00Z' });
  });
});
