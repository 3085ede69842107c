import { describe, expect, it } from 'vitest';
import { LeadPlatformStatus, MOST_NOTIFIED } from '../../../../src/api/schema/status.ts';
import type { Decision } from '../../../../src/model/decision.ts';
import { plan, stalledStatus, statusNews } from '../../../../src/plan/plan.ts';
import { toldOnce } from '../../../../src/plan/status/lasting-news.ts';
import { warning } from '../../../../src/plan/status/event.ts';
import { Driver } from '../driver.ts';
import { decisionOf, NOW, snapshotOf, specOf, UNSCHEDULABLE } from '../fixtures.ts';

const spec = specOf({ capabilities: { redis: { enabled: true } } });
const together = decisionOf({ spec });
const apart = decisionOf({ spec, separate: true });
const asked = (consent: 'Given' | 'Awaited'): Decision =>
  decisionOf({ spec, capabilities: [{ name: 'app-instances', required: true, consent }] });

function converged(change: (driver: Driver) => void = () => undefined): Driver {
  const driver = new Driver(spec);
  driver.converge(together);
  change(driver);
  return driver;
}
/** The new side does not become ready in time, and nothing is rolled back. */
function late(): Driver {
  const driver = new Driver({ ...spec, transitions: { ...spec.transitions, onTimeout: 'Hold' } });
  driver.converge(together);
  driver.world.broken.add('brain-ingest');
  for (const _ of 'three') {
    driver.pass(apart);
    driver.world.step();
  }
  driver.now += 3_600_000;
  return driver;
}
/** All nodes are full. */
function fullNodes(driver: Driver): void {
  driver.headroom = {
    at: driver.now,
    quotas: [],
    nodes: { nodes: [{ labels: {}, taints: [], free: { cpu: 0, memory: 0, pods: 0 } }], placed: [] },
  };
}

/** A platform at the moment at which something becomes news, and what is decided then. */
const NEWS: readonly (readonly [reason: string, at: () => readonly [Driver, Decision]])[] = [
  [
    'WriteFailed',
    () => {
      const failures = [
        { kind: 'CronJob', name: 'brain-call-logs-hourly', reason: 'Forbidden', message: 'quota few' },
      ] as const;
      return [converged((driver) => void (driver.failures = failures)), together];
    },
  ],
  [
    'ChildOwnedByOther',
    () => {
      const failures = [
        { kind: 'Service', name: 'brain', reason: 'ChildOwnedByOther', message: 'taken' },
      ] as const;
      return [converged((driver) => void (driver.failures = failures)), together];
    },
  ],
  [
    'ComponentNotReady',
    () => [converged((driver) => void (driver.troubles = { 'all-in-one': UNSCHEDULABLE })), together],
  ],
  [
    'RolloutPaused',
    () => {
      const driver = converged(({ world }) => {
        world.edit('Deployment/brain-all-in-one', (object) => ({
          ...object,
          spec: { ...(object['spec'] as object), paused: true },
          status: { observedGeneration: 99, replicas: 1, readyReplicas: 1, updatedReplicas: 0 },
        }));
      });
      return [driver, together];
    },
  ],
  [
    'DrivenByOther',
    () => {
      const hpa = { kind: 'HorizontalPodAutoscaler', name: 'web', target: 'brain-all-in-one' } as const;
      return [converged((driver) => void (driver.autoscalers = [hpa])), together];
    },
  ],
  [
    'BudgetsOverlap',
    () => {
      const selector = { matchLabels: { 'app.kubernetes.io/instance': 'brain' } };
      const budgets = ['one', 'two'].map((name) => ({ name, selector }));
      return [converged((driver) => void (driver.budgets = budgets)), together];
    },
  ],
  ['NodesLackRoom', () => [converged(fullNodes), apart]],
  ['TransitionStarted', () => [converged(), apart]],
  ['TransitionStalled', () => [late(), apart]],
  ['CapabilityBlocked', () => [converged(), asked('Given')]],
  ['AwaitingConsent', () => [converged(), asked('Awaited')]],
];

/** What people read: everything else are words for programs. */
const SENTENCES = new Set(['message', 'gate', 'reasons', 'clamps']);

/** As another version of the operator would have written it: each sentence in other words. */
function reworded(value: unknown, field = ''): unknown {
  if (typeof value === 'string') {
    // The reason of a component is a sentence, that of anything else is none.
    const isSentence = SENTENCES.has(field) || (field === 'reason' && value.includes(' '));
    return isSentence ? 'It is told in other words.' : value;
  }
  if (Array.isArray(value)) return value.map((item) => reworded(item, field));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, reworded(item, key)]));
}
const inOtherWords = (status: LeadPlatformStatus) => LeadPlatformStatus.parse(reworded(status));
/** As a version has written it that kept no list. */
const withoutList = (status: LeadPlatformStatus): LeadPlatformStatus =>
  Object.fromEntries(Object.entries(status).filter(([field]) => field !== 'notified'));

describe.each(NEWS)('what is told by %s', (reason, at) => {
  const reasons = (driver: Driver, decision: Decision) =>
    driver.plan(decision).events.map((event) => event.reason);

  it('is told once', () => {
    const [driver, decision] = at();
    const told = driver.plan(decision);
    expect(told.events.map((event) => event.reason)).toContain(reason);
    driver.status = told.status;
    expect(reasons(driver, decision)).toEqual([]);
    // A key with a space in it would be a sentence.
    expect(told.status.notified?.filter((key) => !/^[A-Z][A-Za-z]+\/\S+$/.test(key))).toEqual([]);
  });

  it('is not told again, and written once, where the sentences were reworded', () => {
    const [driver, decision] = at();
    const { status: before } = driver.plan(decision);
    driver.status = inOtherWords(before);
    const { events, status } = driver.plan(decision);
    expect(events).toEqual([]);
    expect(statusNews(driver.status, status)).toBe('words');
    driver.status = status;
    const next = driver.plan(decision);
    expect(next.events).toEqual([]);
    expect(statusNews(status, next.status)).toBe('none');
  });

  it('is not told again after an upgrade from a version that kept no list', () => {
    const [driver, decision] = at();
    const { status: before } = driver.plan(decision);
    driver.status = withoutList(before);
    const { events, status } = driver.plan(decision);
    expect(events).toEqual([]);
    expect(status.notified).toEqual(before.notified);
  });
});

describe('the list of what was told', () => {
  it('is empty, and there, where nothing is wrong, and nothing is written of it', () => {
    const driver = converged();
    expect(driver.status.notified).toEqual([]);
    const { status } = driver.plan(together);
    expect(statusNews(driver.status, status)).toBe('none');
  });

  it('has short keys that the schema allows, and forgets what is over, so that it is told when it comes back', () => {
    const driver = converged();
    driver.troubles = { 'all-in-one': UNSCHEDULABLE };
    const told = () => driver.pass(together).events.map(({ key }) => key);
    expect(told()).toEqual(['ComponentNotReady/all-in-one/Unschedulable']);
    expect(driver.status.notified).toEqual(['ComponentNotReady/all-in-one/Unschedulable']);
    expect(LeadPlatformStatus.parse(driver.status)).toEqual(driver.status);
    driver.troubles = {};
    expect(told()).toEqual([]);
    expect(driver.status.notified).toEqual([]);
    driver.troubles = { 'all-in-one': UNSCHEDULABLE };
    expect(told()).toEqual(['ComponentNotReady/all-in-one/Unschedulable']);
  });

  it('tells of another cause, and not of another number', () => {
    const driver = converged();
    const crash = { ...UNSCHEDULABLE, reason: 'CrashLoopBackOff', subject: 'web', message: 'restarts: 1' };
    const told = (trouble: typeof crash) => {
      driver.troubles = { 'all-in-one': trouble };
      return driver.pass(together).events.map(({ key }) => key);
    };
    expect(told(crash)).toEqual(['ComponentNotReady/all-in-one/CrashLoopBackOff/web']);
    expect(told({ ...crash, message: 'restarts: 2' })).toEqual([]);
    expect(told({ ...crash, subject: 'web/OOMKilled' })).toEqual([
      'ComponentNotReady/all-in-one/CrashLoopBackOff/web/OOMKilled',
    ]);
  });

  it('tells of a new problem the first time that it is seen, also right after an upgrade', () => {
    const driver = converged();
    driver.status = withoutList(driver.status);
    driver.pass(together);
    driver.troubles = { 'all-in-one': UNSCHEDULABLE };
    expect(driver.pass(together).events.map(({ reason }) => reason)).toEqual(['ComponentNotReady']);
  });

  it('tells of everything of a platform that was never looked at, also where others have written into its status', () => {
    const failures = [
      { kind: 'Service', name: 'brain', reason: 'ChildOwnedByOther', message: 'taken' },
    ] as const;
    const theirs = {
      type: 'Theirs',
      status: 'True',
      lastTransitionTime: '2026-03-02T09:00:00Z',
      reason: 'So',
      message: '',
    } as const;
    for (const status of [
      {},
      { conditions: [theirs] },
      stalledStatus({}, 3, 'InvalidSpec', 'no image', NOW),
    ]) {
      const { events } = plan({
        snapshot: snapshotOf({ status, failures }),
        decision: decisionOf(),
        now: NOW,
      });
      expect(events.map(({ reason }) => reason)).toContain('ChildOwnedByOther');
    }
  });

  it('stays as it is while the spec is wrong, and stays away where a version before it has written the status', () => {
    const notified = ['ComponentNotReady/sync/Unschedulable'];
    const before: LeadPlatformStatus = { observedGeneration: 2, notified };
    expect(stalledStatus(before, 3, 'InvalidSpec', 'no image', NOW).notified).toEqual(notified);
    expect(stalledStatus(withoutList(before), 3, 'InvalidSpec', 'no image', NOW)).not.toHaveProperty(
      'notified',
    );
  });

  it('never tells what it has no place for, which would be told at every pass', () => {
    const many = Array.from({ length: MOST_NOTIFIED + 5 }, (_, i) =>
      warning('WriteFailed', `Job/${i}`, 'no'),
    );
    const { events, notified } = toldOnce({}, many);
    expect(events).toHaveLength(MOST_NOTIFIED);
    expect(notified).toHaveLength(MOST_NOTIFIED);
    expect(toldOnce({ notified: [...notified] }, many).events).toEqual([]);
  });
});
