/**
 * What the status says of the change that is under way, between sides or of a capability: at which step it is, and its
 * plan. The first of these that there is: the sides, what keeps them from being begun, a hook, a capability.
 */
import type { Decision } from '../../model/decision.ts';
import type { Instant } from '../../model/reading.ts';
import { capabilityStep } from '../capabilities/capability-steps.ts';
import type { InProgress } from '../capabilities/stages.ts';
import { inWords, type HookGate } from '../transition/hook-gate.ts';
import type { Transition } from '../transition/progress.ts';
import { capabilitySteps, hookStep, hookSteps, type PlannedStep, topologySteps } from './steps.ts';
import { isoTime } from '../../text/time.ts';
import { PREFLIGHT_STEP, type TransitionState } from '../../transition/transition.ts';
import type { Snapshot } from '../../cluster/snapshot.ts';

export type Shown = Pick<Transition, 'from' | 'to' | 'since' | 'message'> & {
  readonly step: string;
  readonly steps: readonly PlannedStep[];
};

interface ShownContext {
  readonly snapshot: Snapshot;
  readonly decision: Decision;
  readonly transitionState: TransitionState;
  readonly transition: Transition | undefined;
  /** Why the sides cannot be changed now. */
  readonly short: string | undefined;
  readonly hookGate: HookGate | undefined;
  readonly inProgress: readonly InProgress[];
  readonly now: Instant;
}

export function shownOf(context: ShownContext): Shown | undefined {
  const capabilities = context.inProgress.flatMap(capabilitySteps);
  const shown =
    topologyShown(context) ?? preflightShown(context) ?? hookShown(context) ?? capabilityShown(context);
  return shown && { ...shown, steps: [...shown.steps, ...capabilities] };
}

function topologyShown({ transitionState, transition }: ShownContext): Shown | undefined {
  return transition && { ...transition, steps: topologySteps(transitionState, transition.step) };
}

function preflightShown(context: ShownContext): Shown | undefined {
  const { snapshot, decision, transitionState, short } = context;
  const { to, from } = decision.tier;
  if (short === undefined) return undefined;
  return {
    from: snapshot.status.tier ?? from,
    to,
    step: PREFLIGHT_STEP,
    since: sinceOf(context, PREFLIGHT_STEP, to),
    message: short,
    steps: topologySteps(transitionState, PREFLIGHT_STEP),
  };
}

function hookShown(context: ShownContext): Shown | undefined {
  const { snapshot, hookGate } = context;
  if (hookGate?.next === undefined) return undefined;
  const { next, to } = hookGate;
  const step = hookStep(next);
  const from = snapshot.status.tier ?? to;
  const since = sinceOf(context, step, to);
  return { from, to, step, since, message: `waiting for ${inWords(next)}`, steps: hookSteps(hookGate) };
}

/** The step of a capability, where no components are being replaced. */
function capabilityShown({ snapshot, decision, inProgress }: ShownContext): Shown | undefined {
  const [first] = inProgress;
  if (first === undefined) return undefined;
  const { status } = snapshot;
  const { capability, step, since } = first;
  const from = status.transition?.from ?? status.tier ?? decision.tier.from;
  const name = capabilityStep(capability, step.name);
  return { from, to: decision.tier.to, step: name, since, message: step.waits, steps: [] };
}

function sinceOf({ snapshot, now }: ShownContext, step: string, to: string): string {
  const before = snapshot.status.transition;
  return before?.step === step && before.to === to ? before.since : isoTime(now);
}
