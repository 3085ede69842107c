/**
 * The plan of what is under way, as a list: what is behind, what it is at, and what is to come. Read off what exists, like
 * the step itself; nothing is decided by the one that was written.
 */
import type { LeadPlatformStatus } from '../../api/schema/status.ts';
import { capabilityStep } from '../capabilities/capability-steps.ts';
import type { InProgress } from '../capabilities/stages.ts';
import { HOOK_STEP, type HookRun, isPassed } from '../transition/hooks.ts';
import type { HookGate } from '../transition/hook-gate.ts';
import { clip } from '../../text/time.ts';
import { TOPOLOGY_STEPS, type TopologyStep, type TransitionState } from '../../transition/transition.ts';

export type PlannedStep = NonNullable<NonNullable<LeadPlatformStatus['transition']>['steps']>[number];

const GATES: Readonly<Record<TopologyStep, string>> = {
  Preflight: 'there is room for all that is going to be made',
  MakeNew: 'every new component has its Deployment',
  WaitReady: 'every new component has as many replicas available as it was started with',
  SwitchTraffic: 'the Service sends requests to the new side',
  DrainOld: 'no pod of what is replaced is left',
  RemoveOld: 'no Deployment of what is replaced is left',
};
/** A queue that left the spec has nothing that comes in its place. */
const LEAVES = ['DrainOld', 'RemoveOld'] as const;

export function topologySteps(
  { changesTopology }: TransitionState,
  at: TopologyStep,
): readonly PlannedStep[] {
  const names: readonly TopologyStep[] = changesTopology ? TOPOLOGY_STEPS : LEAVES;
  const index = names.indexOf(at);
  return names.map((name, i) => ({
    name,
    state: i < index ? 'Done' : i === index ? 'Active' : 'Pending',
    gate: GATES[name],
  }));
}

/** Those that are due, while one of them is waited for. */
export function hookSteps({ runs, next }: HookGate): readonly PlannedStep[] {
  return runs
    .filter(({ due }) => due)
    .map((run) => ({ name: hookStep(run), state: stateOf(run), gate: gateOf(run) }));

  function stateOf(run: HookRun): PlannedStep['state'] {
    if (isPassed(run)) return 'Done';
    return run === next ? 'Active' : 'Pending';
  }
}

export const hookStep = ({ hook: { name } }: HookRun): string => `${HOOK_STEP}${name}`;

const gateOf = ({ hook }: HookRun): string =>
  hook.onFailure === 'Hold' ? 'its Job has succeeded' : 'its Job has ended, one way or the other';

/** What a step that is not under way waits for is not known: the sentence would be about now. */
export function capabilitySteps({ capability, step: at, steps }: InProgress): readonly PlannedStep[] {
  return steps.map((step) => ({
    name: capabilityStep(capability, step.name),
    state: step.done ? 'Done' : step === at ? 'Active' : 'Pending',
    ...(step === at && { gate: clip(step.waits, 1_000) }),
  }));
}
