import { expect, it } from 'vitest';
import type { Step } from '../../../../src/capabilities/contract/contribution.ts';
import type { CapabilityReport } from '../../../../src/capabilities/contract/report.ts';
import { asBefore } from '../../../../src/plan/capabilities/probe-grace.ts';

const STEPS: readonly Step[] = ['ServerReady', 'RolledOut', 'Confirmed'].map((name) => ({
  name,
  done: false,
  waits: `it waits for ${name}`,
}));
const base = { name: 'redis-cache', required: false } as const;
const now: CapabilityReport = {
  ...base,
  state: 'Progressing',
  reason: 'ServerReady',
  message: 'ServerReady: it has not been asked yet.',
};
const at = (step: string) =>
  ({
    ...base,
    state: 'Progressing',
    reason: step,
    message: `${step}: pods are being replaced.`,
    step,
    since: '2026-03-02T09:00:00Z',
    attempts: 2,
    generation: 3,
  }) as const;

it.each([
  ['in place', { ...base, state: 'Ready', reason: 'Ready', message: 'It is there.' }, 'Ready'],
  ['the user’s own', { ...base, state: 'External', reason: 'External' }, 'External'],
  ['blocked', { ...base, state: 'Blocked', reason: 'LosesJobs', message: 'It drops jobs.' }, 'LosesJobs'],
  ['at a later step', at('RolledOut'), 'RolledOut'],
  ['at a step that is only known with the answer', at('IndexesMade'), 'IndexesMade'],
] as const)('what is %s stays so until somebody was asked', (_case, previous, reason) => {
  expect(asBefore(now, previous, STEPS, undefined)?.report).toMatchObject({ state: previous.state, reason });
});

it('goes on from the step that it is at, and knows how often it was tried', () => {
  const kept = asBefore(now, at('RolledOut'), STEPS, 'pods are being replaced');
  expect(kept?.report).toMatchObject({ since: at('RolledOut').since, attempts: 2, generation: 3 });
  expect(kept?.at?.step).toMatchObject({ name: 'RolledOut', waits: 'pods are being replaced' });
  expect(kept?.at?.steps.map(({ name, done }) => [name, done])).toEqual([
    ['ServerReady', true],
    ['RolledOut', false],
    ['Confirmed', false],
  ]);
});

it.each([
  ['is at the same step', at('ServerReady'), now],
  ['was taken back, and is tried again', { ...at('RolledOut'), state: 'Blocked', retryAt: 'then' }, now],
  ['is on its way out now', { ...at('RolledOut') }, { ...now, state: 'Leaving' }],
  ['waits for consent', { ...base, state: 'AwaitingConsent', reason: 'ConfirmationMissing' }, now],
] as const)('what is so is told where it %s', (_case, previous, report) => {
  expect(asBefore(report, previous, STEPS, undefined)).toBeUndefined();
});
