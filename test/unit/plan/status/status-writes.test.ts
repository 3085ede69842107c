import { describe, expect, it } from 'vitest';
import { plan, statusNeedsWrite, statusToWrite } from '../../../../src/plan/plan.ts';
import type { LeadPlatformStatus } from '../../../../src/api/schema/status.ts';
import { decisionOf, NOW, snapshotOf } from '../fixtures.ts';

const minute = 60_000;
const signals = (value: number, band: 'green' | 'red' = 'green') => [
  { name: 'leadsPerDay', unit: 'count' as const, value, at: NOW, band },
];
const status: LeadPlatformStatus = {
  ...plan({ snapshot: snapshotOf(), decision: decisionOf({ signals: signals(4_000) }), now: NOW }).status,
  transition: {
    from: 'a',
    to: 'b',
    step: 'WaitReady',
    since: '2026-03-02T09:00:00Z',
    message: 'ingest: 1 of 3 ready',
  },
};
const [component] = status.components ?? [];
const [signal] = status.signals ?? [];
const [ready, ...otherConditions] = status.conditions ?? [];
if (component === undefined || signal === undefined || ready === undefined)
  throw new Error('the fixture is empty');

const needs = (next: Partial<LeadPlatformStatus>, writtenAt: number | undefined, now: number) =>
  statusNeedsWrite(status, { ...status, ...next }, { writtenAt }, now);

describe('a status is written at once when', () => {
  it.each<[string, Partial<LeadPlatformStatus>]>([
    ['the tier differs', { tier: 'cached' }],
    ['the target differs', { targetTier: 'cached' }],
    ['a spec was looked at', { observedGeneration: 4 }],
    ['replicas are wanted', { components: [{ ...component, desiredReplicas: 2 }] }],
    ['replicas are ready', { components: [{ ...component, readyReplicas: 2 }] }],
    ['a reason differs in its words', { components: [{ ...component, reason: 'Otherwise.' }] }],
    ['a band differs', { signals: [{ ...signal, band: 'red' }] }],
    ['a signal became unknown', { signals: [{ name: 'leadsPerDay', unit: 'count', reason: 'Stale' }] }],
    ['a condition flips', { conditions: [{ ...ready, status: 'True' }, ...otherConditions] }],
    ['the reason of a condition differs', { conditions: [{ ...ready, reason: 'Else' }, ...otherConditions] }],
    [
      'the step differs',
      { transition: { from: 'a', to: 'b', step: 'DrainOld', since: '2026-03-02T09:00:00Z', message: 'x' } },
    ],
    [
      'a step begins anew, for the clock was set back',
      { transition: { ...status.transition!, since: '2026-03-02T08:00:00Z' } },
    ],
    ['a number became unknown', { leadsPerDay: undefined }],
  ])('%s', (_case, next) => {
    expect(needs(next, NOW, NOW + 1)).toBe(true);
  });
});

describe('a status with other numbers', () => {
  const numbers: readonly [string, Partial<LeadPlatformStatus>][] = [
    ['leads/day', { leadsPerDay: 4_711 }],
    ['the value of a signal', { signals: [{ ...signal, value: 4_711 }] }],
    [
      'a number in a sentence',
      {
        transition: {
          from: 'a',
          to: 'b',
          step: 'WaitReady',
          since: '2026-03-02T09:00:00Z',
          message: 'ingest: 2 of 12 ready',
        },
      },
    ],
  ];
  it.each(numbers)('(%s) is written five minutes after the last write', (_case, next) => {
    expect(needs(next, NOW, NOW + 5 * minute - 1)).toBe(false);
    expect(needs(next, NOW, NOW + 5 * minute)).toBe(true);
  });

  it('is not kept for as long as a clock was set back', () => {
    const [, next] = numbers[0]!;
    expect(needs(next, NOW, NOW - 24 * 60 * minute)).toBe(true);
  });

  it('waits as long after a restart, by the times inside the status', () => {
    const [, next] = numbers[0]!;
    expect(needs(next, undefined, NOW + 5 * minute - 1)).toBe(false);
    expect(needs(next, undefined, NOW + 5 * minute)).toBe(true);
  });
});

describe('a status with other times', () => {
  it('is never written', () => {
    const at = '2026-03-09T09:00:00Z';
    const next = {
      signals: [{ ...signal, at }],
      tierSince: at,
      conditions: [{ ...ready, lastTransitionTime: at }, ...otherConditions],
    };
    expect(needs(next, NOW, NOW + 7 * 24 * 60 * minute)).toBe(false);
  });
});

describe('a sentence that differs only in an amount', () => {
  it.each([
    ['12,000 leads in 1h30m', '9 leads in 45s'],
    ['the database holds 1.5 TB', 'the database holds 640 kB'],
    ['at 59.4% of 4 cores', 'at 61% of 16 cores'],
  ])('says the same: %s, %s', (before, after) => {
    const of = (reason: string): LeadPlatformStatus => ({
      ...status,
      components: [{ ...component, reason }],
    });
    expect(statusNeedsWrite(of(before), of(after), { writtenAt: NOW }, NOW + 1)).toBe(false);
    expect(statusNeedsWrite(of(before), of(after), { writtenAt: NOW }, NOW + 5 * minute)).toBe(true);
  });
});

describe('a signal that waits to be compared with its next look', () => {
  const conditionsWith = (all: 'True' | 'False') =>
    (status.conditions ?? []).map((condition) =>
      condition.type === 'SignalsFresh' ? { ...condition, status: all } : condition,
    );
  const name = 'leadsPerMinute';
  const waiting: LeadPlatformStatus = {
    ...status,
    signals: [signal, { name, unit: 'count', reason: 'NotYetCompared', message: 'the next look tells' }],
    conditions: conditionsWith('False'),
    components: [{ ...component, reason: 'Leads/minute are unknown, so it keeps its size.' }],
  };
  const settled: LeadPlatformStatus = {
    ...status,
    signals: [signal, { name, unit: 'count', value: 0, at: '2026-03-02T09:00:00Z', band: 'green' }],
    conditions: conditionsWith('True'),
    components: [{ ...component, reason: 'The tier asks for it.' }],
  };
  const refused = { name, unit: 'count' as const, reason: 'Suspicious' as const };

  it.each([
    ['is known then', waiting, settled],
    ['was known before', settled, waiting],
  ])('and %s, is written when nothing else was new for two minutes', (_, before, after) => {
    expect(statusNeedsWrite(before, after, {}, NOW)).toBe(false);
    expect(statusNeedsWrite(before, after, { settlingSince: NOW }, NOW + 2 * minute - 1)).toBe(false);
    expect(statusNeedsWrite(before, after, { settlingSince: NOW }, NOW + 2 * minute)).toBe(true);
  });

  it.each<[string, LeadPlatformStatus, LeadPlatformStatus]>([
    ['turns out to be wrong', waiting, { ...settled, signals: [signal, refused] }],
    ['was wrong before', { ...waiting, signals: [signal, refused] }, waiting],
    ['is known then, and something else is new', waiting, { ...settled, tier: 'cached' }],
    [
      'is known then, and another is not any more',
      waiting,
      { ...settled, signals: [{ name: 'leadsPerDay', unit: 'count', reason: 'Stale' }] },
    ],
  ])('and %s, is written at once', (_, before, after) => {
    expect(statusNeedsWrite(before, after, { writtenAt: NOW }, NOW + 1)).toBe(true);
  });
});

describe('a status that another Pod of the operator has written', () => {
  const theirs = { namespace: 'leadplatform-system', pod: 'operator-x', uid: 'x' };
  const ours = { ...theirs, pod: 'operator-y', uid: 'y' };
  const before: LeadPlatformStatus = { ...status, operator: theirs };
  const waits = [{ name: 'leadsPerDay', unit: 'count' as const, reason: 'NotYetCompared' }];

  it.each<[string, Partial<LeadPlatformStatus>]>([
    ['nothing is new', {}],
    ['times are', { tierSince: '2026-03-09T09:00:00Z' }],
    ['numbers are', { leadsPerDay: 4_711 }],
    ['a signal waits to be compared', { signals: waits }],
  ])('gets the name of ours at once, and nothing else, where %s', (_, news) => {
    const next = { ...status, ...news, operator: ours };
    expect(statusToWrite(before, next, { writtenAt: NOW }, NOW + 1)).toEqual({ ...status, operator: ours });
    const written = { ...before, operator: ours };
    expect(statusToWrite(written, next, { writtenAt: NOW }, NOW + 1)).toBeUndefined();
  });

  it('is written whole where there is news', () => {
    const next = { ...status, tier: 'cached', signals: waits, operator: ours };
    expect(statusToWrite(before, next, {}, NOW)).toBe(next);
  });

  it('loses the name where ours is none', () => {
    const { operator } = statusToWrite(before, status, { writtenAt: NOW }, NOW + 1) ?? before;
    expect(operator).toBeUndefined();
  });
});

describe('a status with a condition of another manager', () => {
  const foreign = { ...ready, type: 'BackedUp', status: 'True' as const };
  const before: LeadPlatformStatus = { ...status, conditions: [...(status.conditions ?? []), foreign] };

  it('is not written for that', () => {
    expect(statusNeedsWrite(before, status, { writtenAt: NOW }, NOW + 10 * minute)).toBe(false);
  });

  it('is written without it in the name of another Pod, for an apply would take it over', () => {
    const operator = { namespace: 'leadplatform-system', pod: 'operator-y', uid: 'y' };
    expect(statusToWrite(before, { ...status, operator }, { writtenAt: NOW }, NOW + 1)).toEqual({
      ...status,
      operator,
    });
  });
});
