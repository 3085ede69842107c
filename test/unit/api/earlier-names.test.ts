import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { inTodaysNames, KNOWN_UNTIL } from '../../../src/api/earlier-names.ts';
import type { LeadPlatformStatus } from '../../../src/api/schema/status.ts';

const at = '2026-11-29T16:46:09Z';
const progressing = { state: 'Progressing', required: false, since: at } as const;
const rolledBack = { state: 'Blocked', required: false, message: 'It was taken back.', retryAt: at } as const;

it.each<{ what: string; earlier: LeadPlatformStatus; today: LeadPlatformStatus }>([
  {
    what: 'the step of a capability, with its time',
    earlier: {
      capabilities: [
        { ...progressing, name: 'queue-system', reason: 'OldQuiet', step: 'OldQuiet' },
        { ...progressing, name: 'search', reason: 'ServerReady', step: 'ServerReady' },
      ],
    },
    today: {
      capabilities: [
        { ...progressing, name: 'queue-system', reason: 'OldQuiet', step: 'SourceIdle' },
        { ...progressing, name: 'search', reason: 'ServerReady', step: 'ServerReady' },
      ],
    },
  },
  {
    what: 'the reason of a capability that is held, with its sentence',
    earlier: { capabilities: [{ ...rolledBack, name: 'search', reason: 'TakenBack' }] },
    today: { capabilities: [{ ...rolledBack, name: 'search', reason: 'RolledBack' }] },
  },
  {
    what: 'the steps of a transition',
    earlier: {
      transition: {
        ...{ from: 'balanced', to: 'balanced', since: at, message: 'waits' },
        step: 'queue-system/WorkersLeft',
        steps: [
          { name: 'WaitReady', state: 'Done' },
          { name: 'queue-system/WorkersLeft', state: 'Active' },
          { name: 'queue-system/LeftRemoved', state: 'Pending' },
        ],
      },
    },
    today: {
      transition: {
        ...{ from: 'balanced', to: 'balanced', since: at, message: 'waits' },
        step: 'queue-system/DrainWorkersReady',
        steps: [
          { name: 'WaitReady', state: 'Done' },
          { name: 'queue-system/DrainWorkersReady', state: 'Active' },
          { name: 'queue-system/DrainWorkersRemoved', state: 'Pending' },
        ],
      },
    },
  },
  {
    what: 'the rule of the last decision, with its sentences',
    earlier: {
      lastDecision: {
        ...{ at, from: 'cached', to: 'cached', inputs: [], clamps: [] },
        rule: 'WaitingBetweenRungs',
        reasons: ['24h between two rungs'],
      },
    },
    today: {
      lastDecision: {
        ...{ at, from: 'cached', to: 'cached', inputs: [], clamps: [] },
        rule: 'WaitingBetweenTiers',
        reasons: ['24h between two rungs'],
      },
    },
  },
])('reads $what', ({ earlier, today }) => {
  expect(inTodaysNames(earlier)).toEqual(today);
  expect(inTodaysNames(today)).toEqual(today);
});

it('is to be removed by the version until which the names are known', async () => {
  const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
  const number = (text: string) =>
    text.split('.').reduce((sum, part) => sum * 1_000 + Number.parseInt(part, 10), 0);
  expect(number(version), `remove src/api/earlier-names.ts, or say why not`).toBeLessThan(
    number(KNOWN_UNTIL),
  );
});
