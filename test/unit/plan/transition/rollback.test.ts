import { expect, it } from 'vitest';
import { LeadPlatformStatus } from '../../../../src/api/schema/status.ts';
import type { Decision } from '../../../../src/model/decision.ts';
import { holdOf, plan } from '../../../../src/plan/plan.ts';
import { Driver } from '../driver.ts';
import { decisionOf, PLATFORM, snapshotOf, specOf } from '../fixtures.ts';
import { GROWTH } from '../../../../src/model/backoff.ts';
import type { EventReason } from '../../../../src/plan/status/event-reasons.ts';

const MINUTE = 60_000;
const spec = specOf({ transitions: { readyTimeout: '5m', retryAfter: '10m' } });
const together = decisionOf({ spec, tier: { from: 'cached', to: 'cached' } });
const apart = decisionOf({ spec, separate: true, tier: { from: 'cached', to: 'separated' } });
const down = decisionOf({ spec, tier: { from: 'separated', to: 'cached' } });

/** What is decided once the status is read: the load's word, or what a rollback holds. */
function decided(driver: Driver, free: Decision): Decision {
  const hold = holdOf(driver.status, PLATFORM.generation, driver.now);
  if (hold === undefined) return free;
  return decisionOf({ spec, separate: hold.separate, tier: { from: hold.tier, to: hold.tier } });
}

/** Passes with the cluster's turn between them, for as long as this. */
function run(driver: Driver, free: Decision, ms: number): string[] {
  const told: string[] = [];
  const end = driver.now + ms;
  while (driver.now < end) {
    const { events } = driver.pass(decided(driver, free));
    told.push(...events.filter(({ type }) => type === 'Warning').map(({ reason }) => reason));
    driver.world.step();
    driver.now += 14_000;
  }
  return told;
}

function broken(component: string): Driver {
  const driver = new Driver(spec);
  driver.converge(together);
  driver.world.broken.add(`brain-${component}`);
  driver.troubles = {
    [component]: {
      reason: 'CrashLoopBackOff',
      subject: 'sync',
      message: 'container sync ended by itself',
      isExplained: true,
      since: driver.now,
    },
  };
  driver.log.length = 0;
  return driver;
}

const deployments = (driver: Driver): string[] =>
  driver.world.objects.filter(({ kind }) => kind === 'Deployment').map(({ metadata }) => metadata.name);
const conditionOf = ({ status }: Driver, type: string) =>
  status.conditions?.find((condition) => condition.type === type);

it('goes back to the side that serves when the new one does not become ready in time, and says why', () => {
  const driver = broken('sync');
  run(driver, apart, 4 * MINUTE);
  expect(driver.status.transition?.step).toBe('WaitReady');
  expect(driver.status.rollback).toBeUndefined();
  run(driver, apart, 3 * MINUTE);

  expect(deployments(driver)).toEqual(['brain-all-in-one']);
  expect(driver.world.asked('all-in-one')).toBe(1);
  expect(driver.world.target).toBe('all-in-one');
  expect(driver.status).toMatchObject({ tier: 'cached', rollback: { from: 'cached', to: 'separated' } });
  expect(driver.status.transition).toBeUndefined();
  expect(conditionOf(driver, 'Ready')?.status).toBe('True');
  expect(conditionOf(driver, 'Stalled')).toMatchObject({ status: 'True', reason: 'TransitionRolledBack' });
  expect(conditionOf(driver, 'Stalled')?.message).toContain(
    'Transition from cached to separated rolled back; the previous components keep serving: sync: 0 of 1 ready (CrashLoopBackOff: container sync ended by itself); next attempt at 2026-03-02T09:',
  );
  expect(LeadPlatformStatus.parse(driver.status)).toEqual(driver.status);
});

it('gives a new side the time for which it must have been ready beyond the time to become so', () => {
  const driver = broken('sync');
  const transitions = { ...spec.transitions, readyTimeout: MINUTE / 2, minReadyTime: MINUTE };
  driver.spec = { ...spec, transitions };
  run(driver, apart, 1.5 * MINUTE);
  expect(driver.status.transition?.step).toBe('WaitReady');
  expect(driver.status.rollback).toBeUndefined();
  run(driver, apart, MINUTE);
  expect(driver.status.rollback?.message).toContain('sync: 0 of 1 ready');
});

it('is taken back in time though the clock was set back meanwhile', () => {
  const driver = broken('sync');
  run(driver, apart, MINUTE);
  driver.now -= 24 * 60 * MINUTE;
  run(driver, apart, 7 * MINUTE);
  expect(driver.status.rollback?.to).toBe('separated');
});

it('gives a spec that changed in the middle all of the time again, for it may be the cure', () => {
  const driver = broken('sync');
  run(driver, apart, 4 * MINUTE);
  driver.status = { ...driver.status, observedGeneration: PLATFORM.generation - 1 };
  run(driver, apart, 4 * MINUTE);
  expect(driver.status.rollback).toBeUndefined();
  run(driver, apart, 3 * MINUTE);
  expect(driver.status.rollback?.attempts).toBe(1);
});

it('remembers why a Deployment of the new side could not be made', () => {
  const driver = new Driver(spec);
  driver.converge(together);
  const step = { from: 'cached', to: 'separated', step: 'MakeNew', message: 'making ingest' };
  const since = new Date(driver.now - 6 * MINUTE).toISOString();
  const refusal = { kind: 'Deployment', name: 'brain-ingest', reason: 'Forbidden' } as const;
  const snapshot = snapshotOf({
    spec,
    children: driver.world.children(),
    status: { ...driver.status, transition: { ...step, since } },
    failures: [{ ...refusal, message: 'exceeded quota: count/deployments.apps' }],
  });
  const { status } = plan({ snapshot, decision: apart, now: driver.now });
  expect(status.rollback?.message).toBe(
    'making ingest, sync, queue-default (exceeded quota: count/deployments.apps)',
  );
});

it('never writes to the side that serves on the way there and back', () => {
  const driver = broken('sync');
  run(driver, apart, 7 * MINUTE);
  expect(driver.log.filter((line) => line.includes('Deployment/brain-all-in-one'))).toEqual([]);
});

it('tells of each attempt once, and waits longer after each', () => {
  const driver = broken('sync');
  // 5 min each, and 10 min between the first two, growing: with a growth of 2 at 5, 20, 45 and 90 min.
  const fourth = 4 * 5 + 10 * (1 + GROWTH + GROWTH ** 2);
  const told = run(driver, apart, (fourth + 30) * MINUTE);
  expect(told.filter((reason) => reason === 'TransitionRolledBack')).toHaveLength(4);
  expect(told).not.toContain('TransitionStalled' satisfies EventReason);
  expect(driver.status.rollback?.attempts).toBe(4);
});

it('waits for six hours at most', () => {
  const driver = broken('sync');
  run(driver, apart, 7 * MINUTE);
  const { rollback } = driver.status;
  if (rollback !== undefined) driver.status = { ...driver.status, rollback: { ...rollback, attempts: 9 } };
  run(driver, apart, 15 * MINUTE);
  const { at = '', retryAt = '', attempts = 0 } = driver.status.rollback ?? {};
  expect(attempts).toBe(10);
  expect(Date.parse(retryAt) - Date.parse(at)).toBe(6 * 60 * MINUTE);
});

it('is over once the transition comes off at last', () => {
  const driver = broken('sync');
  run(driver, apart, 7 * MINUTE);
  driver.world.broken.clear();
  driver.troubles = {};
  run(driver, apart, 12 * MINUTE);
  expect(driver.status).toMatchObject({ tier: 'separated' });
  expect(driver.status.rollback).toBeUndefined();
  expect(conditionOf(driver, 'Stalled')?.status).toBe('False');
  expect(driver.world.target).toBe('ingest');
});

it('takes a descent back, too', () => {
  const driver = new Driver(spec);
  driver.converge(apart);
  driver.world.broken.add('brain-all-in-one');
  run(driver, down, 7 * MINUTE);
  expect(deployments(driver).toSorted()).toEqual(['brain-ingest', 'brain-queue-default', 'brain-sync']);
  expect(driver.status).toMatchObject({ tier: 'separated', rollback: { separate: true, to: 'cached' } });
});

it('holds nothing of a spec that has changed since, nor after its time, nor for a clock that was set back', () => {
  const driver = broken('sync');
  run(driver, apart, 7 * MINUTE);
  const { status } = driver;
  const at = Date.parse(status.rollback?.at ?? '');
  expect(holdOf(status, PLATFORM.generation, at)).toMatchObject({
    tier: 'cached',
    separate: false,
    since: Date.parse(status.tierSince ?? ''),
  });
  expect(holdOf(status, PLATFORM.generation + 1, at)).toBeUndefined();
  expect(holdOf(status, PLATFORM.generation, at + 10 * MINUTE)).toBeUndefined();
  // A second is the difference between the clocks of two machines.
  expect(holdOf(status, PLATFORM.generation, at - 1_000)).toBeDefined();
  expect(holdOf(status, PLATFORM.generation, at - 11 * MINUTE)).toBeUndefined();
});

it('leaves a new side alone where that is what the spec wants, or where it is the only one that could serve', () => {
  const held = broken('sync');
  held.spec = { ...spec, transitions: { ...spec.transitions, onTimeout: 'Hold' } };
  run(held, apart, 30 * MINUTE);
  expect(deployments(held)).toContain('brain-sync');
  expect(conditionOf(held, 'Stalled')?.reason).toBe('TransitionStalled');

  const dead = broken('sync');
  dead.world.broken.add('brain-all-in-one');
  dead.world.edit('Deployment/brain-all-in-one', (object) => ({ ...object, status: {} }));
  run(dead, apart, 30 * MINUTE);
  expect(dead.status.rollback).toBeUndefined();
  expect(deployments(dead)).toContain('brain-ingest');
});
