/**
 * Names in a status that an earlier version has written, as today's version reads them. An operator that is upgraded in the
 * middle of something goes on by the step that stands in the status, and by since when: a step that it does not know would
 * begin again.
 *
 * Whoever renames a step, a rule or a reason that is read back adds a line here. `test/integration/upgrade` has a status of
 * an earlier version for each kind of them.
 */
import type { LeadPlatformStatus } from './schema/status.ts';

/** The version from which on these names are not known any more; a test fails in that version until they are removed. */
export const KNOWN_UNTIL = '0.3.0';

const STEPS = new Map([
  ['WorkersLeft', 'DrainWorkersReady'],
  ['OldDrained', 'SourceDrained'],
  ['OldQuiet', 'SourceIdle'],
  ['LeftRemoved', 'DrainWorkersRemoved'],
  ['PartsThere', 'ComponentsThere'],
]);
const RULES = new Map([
  ['FirstRung', 'FirstTier'],
  ['WaitingBetweenRungs', 'WaitingBetweenTiers'],
]);
/** Of a capability that is held, and of conditions while a spec is wrong: all others are found anew at every look. */
const REASONS = new Map([
  ['TakenBack', 'RolledBack'],
  ['PartsReady', 'ComponentsReady'],
  ['PartsNotReady', 'ComponentsNotReady'],
]);

/** The status in today's names. Sentences stay as they were written. */
export function inTodaysNames(status: LeadPlatformStatus): LeadPlatformStatus {
  const { capabilities, conditions, transition, lastDecision } = status;
  return {
    ...status,
    ...(capabilities && { capabilities: capabilities.map(today) }),
    ...(conditions && { conditions: conditions.map(today) }),
    ...(transition && {
      transition: {
        ...transition,
        step: stepToday(transition.step),
        ...(transition.steps && {
          steps: transition.steps.map((one) => ({ ...one, name: stepToday(one.name) })),
        }),
      },
    }),
    ...(lastDecision && {
      lastDecision: { ...lastDecision, rule: RULES.get(lastDecision.rule) ?? lastDecision.rule },
    }),
  };
}

function today<T extends { readonly reason: string; readonly step?: string | undefined }>(said: T): T {
  const [step, reason] = [STEPS.get(said.step ?? ''), REASONS.get(said.reason)];
  if (step === undefined && reason === undefined) return said;
  return { ...said, reason: reason ?? said.reason, ...(step !== undefined && { step }) };
}

/** In a transition the step of a capability has its name in front: `queue-system/OldDrained`. */
function stepToday(step: string): string {
  const [capability, name = ''] = step.split('/');
  const todays = STEPS.get(name);
  return todays === undefined ? step : `${capability}/${todays}`;
}
