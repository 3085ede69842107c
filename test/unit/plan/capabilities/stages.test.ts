import { expect, it } from 'vitest';
import type { Step } from '../../../../src/capabilities/contract/contribution.ts';
import { gated, ready, whole } from '../../../../src/capabilities/contract/contribution.ts';
import { cdn } from '../../../../src/capabilities/cdn.ts';
import { observe } from '../../../../src/cluster/observed.ts';
import type { CapabilityStatus } from '../../../../src/plan/capabilities/capability-steps.ts';
import { outcomeOf } from '../../../../src/plan/capabilities/stages.ts';
import { isoTime } from '../../../../src/text/time.ts';
import { NOW, PLATFORM, snapshotOf } from '../fixtures.ts';

const { name } = cdn;
const GATE = `${name}/RolledOut`;

/** In a process that has just begun: the question of this capability has no answer yet, and without it the server is not ready. */
function justBegun(previous: Partial<CapabilityStatus>, rolledOut: Partial<Step> = {}) {
  const at = { name, required: false, reason: 'RolledOut', step: 'RolledOut', since: isoTime(NOW - 60_000) };
  const capabilities = [{ ...at, state: 'Progressing' as const, ...previous }];
  const transition = {
    from: 'cached',
    to: 'cached',
    step: GATE,
    since: isoTime(NOW),
    message: 'in other words',
    steps: [{ name: GATE, state: 'Active' as const, gate: 'pods are being replaced' }],
  };
  const status = { observedGeneration: PLATFORM.generation, capabilities, transition };
  const steps: readonly Step[] = [
    { name: 'ServerReady', done: false, waits: 'it has not been asked yet' },
    { name: 'RolledOut', done: false, waits: 'it is not known which pods', ...rolledOut },
  ];
  return outcomeOf({
    capability: cdn,
    observed: observe(snapshotOf({ status }), NOW),
    decided: { name, required: false, consent: 'Given' },
    given: true,
    previous: capabilities[0],
    wasThere: true,
    hold: undefined,
    build: () =>
      whole({
        ...gated(steps, ready('It is there.')),
        probes: [{ kind: 'http', id: 'settings', url: 'http://brain.leads' }],
      }),
  });
}

it('goes on from the step that stands in the status, with what that waited for, whatever its sentence', () => {
  const { inProgress, awaitingUser } = justBegun({ message: 'in other words' });
  expect(inProgress?.step).toMatchObject({ name: 'RolledOut', waits: 'pods are being replaced' });
  expect(awaitingUser).toBeUndefined();
});

it('takes a step that waits for a person for one that still does', () => {
  const { inProgress, awaitingUser } = justBegun({}, { waitsFor: 'person' });
  expect(awaitingUser?.step).toMatchObject({ name: 'RolledOut', waits: 'pods are being replaced' });
  expect(inProgress).toBeUndefined();
});

it('takes nothing that is blocked for under way', () => {
  const { report, inProgress, awaitingUser } = justBegun({ state: 'Blocked', reason: 'StepTooLong' });
  expect(report).toMatchObject({ state: 'Blocked', reason: 'StepTooLong', step: 'RolledOut' });
  expect([inProgress, awaitingUser]).toEqual([undefined, undefined]);
});
