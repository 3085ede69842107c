/** The whole status as it should read now. */
import type { LeadPlatformStatus, Condition } from '../../api/schema/status.ts';
import type { Decision, SignalView } from '../../model/decision.ts';
import { hookStatuses } from '../transition/hooks.ts';
import { lastDecision, measured } from './last-decision.ts';
import type { Observed } from '../../cluster/observed.ts';
import type { HookGate } from '../transition/hook-gate.ts';
import type { Rollback } from '../transition/rollback.ts';
import type { Shown } from './shown.ts';
import { clip, isoTime } from '../../text/time.ts';
import type { TransitionState } from '../../transition/transition.ts';
import type { CapabilityReport } from '../../capabilities/contract/report.ts';

interface StatusContext {
  readonly observed: Observed;
  readonly decision: Decision;
  readonly transitionState: TransitionState;
  readonly transition: Shown | undefined;
  readonly rollback: Rollback | undefined;
  readonly capabilities: readonly CapabilityReport[];
  readonly conditions: Condition[];
  readonly hookGate: HookGate | undefined;
  /** Sentences about sizes that somebody else had set. */
  readonly putBack: readonly string[];
  /** What lasts and has been told. */
  readonly notified: readonly string[];
}

export function statusOf(context: StatusContext): LeadPlatformStatus {
  const { observed, decision, transition, rollback, capabilities, hookGate } = context;
  const { platform, status: before } = observed.snapshot;
  const tier = tierOf(context);
  const components = componentsOf(context);
  const leadsPerDay = countOf(decision, 'leadsPerDay');
  const tierSince =
    before.tier === tier && before.tierSince !== undefined ? before.tierSince : isoTime(observed.now);
  const hooks =
    hookGate === undefined ? before.hooks : hookStatuses(observed, hookGate.runs, tier, tierSince);
  const queueDepth = countOf(decision, 'queueDepth') ?? sumOfQueues(decision);
  return {
    observedGeneration: platform.generation,
    tier,
    tierSince,
    targetTier: decision.tier.to === tier ? decision.tier.target : decision.tier.to,
    ...(leadsPerDay !== undefined && { leadsPerDay }),
    ...(queueDepth !== undefined && { queueDepth }),
    components,
    capabilities: capabilities.map((report) => ({
      name: report.name,
      state: report.state,
      required: report.required,
      reason: report.reason,
      ...(report.message !== undefined && { message: clip(report.message, 2_000) }),
      ...(report.step !== undefined && { step: report.step }),
      ...(report.since !== undefined && { since: report.since }),
      ...(report.attempts !== undefined && { attempts: report.attempts }),
      ...(report.generation !== undefined && { generation: report.generation }),
      ...(report.retryAt !== undefined && { retryAt: report.retryAt }),
      ...(report.inPlaceSince !== undefined && { inPlaceSince: report.inPlaceSince }),
    })),
    signals: measured(decision).slice(0, 200).map(signalOf),
    conditions: context.conditions,
    lastDecision: lastDecision(before, decision, context.putBack),
    ...(transition !== undefined && {
      transition: {
        from: transition.from,
        to: transition.to,
        step: transition.step,
        since: transition.since,
        message: clip(transition.message, 1_000),
        steps: transition.steps.slice(0, 200),
      },
    }),
    ...(hooks !== undefined && hooks.length > 0 && { hooks }),
    ...(rollback !== undefined && { rollback }),
    notified: [...context.notified],
  };
}

/** The tier in force: the one before for as long as its side still runs, or nothing may be changed. */
function tierOf({ observed, decision, transitionState }: StatusContext): string {
  const { status, spec } = observed.snapshot;
  const holds = spec.mode !== 'Auto' || transitionState.changesTopology;
  return holds ? (status.tier ?? decision.tier.from) : decision.tier.to;
}

type ComponentStatus = NonNullable<LeadPlatformStatus['components']>[number];

function componentsOf({ observed, decision, transitionState }: StatusContext): ComponentStatus[] {
  const auto = observed.snapshot.spec.mode === 'Auto';
  const wanted = transitionState.wanted.map(({ component, live, wanted: size }): ComponentStatus => {
    const decided = decision.components.find(({ name }) => name === component.name);
    const { standing: reason, limit } = decided ?? {};
    return {
      name: component.name,
      desiredReplicas: size,
      replicas: live?.exists ?? 0,
      readyReplicas: live?.ready ?? 0,
      ...(reason !== undefined && { reason: clip(reason, 2_000) }),
      ...(limit !== undefined && { wantedReplicas: limit.wanted, limitedBy: limit.by }),
    };
  });
  const old = transitionState.old.map((live): ComponentStatus => ({
    name: live.name,
    desiredReplicas: auto && !transitionState.mayDrain ? live.asked : 0,
    replicas: live.exists,
    readyReplicas: live.ready,
    reason: auto ? 'It is being replaced.' : 'It would be replaced.',
  }));
  return [...wanted, ...old].slice(0, 60);
}

function signalOf(view: SignalView): NonNullable<LeadPlatformStatus['signals']>[number] {
  const { name, value, unit, band, at, unknown, message } = view;
  return {
    name,
    ...(value !== undefined && { value }),
    unit,
    ...(band !== undefined && { band }),
    ...(at !== undefined && { at: isoTime(at) }),
    ...(unknown !== undefined && { reason: unknown }),
    ...(message !== undefined && { message: clip(message, 1_000) }),
  };
}

function countOf({ signals }: Decision, signal: string): number | undefined {
  const value = signals.find(({ name }) => name === signal)?.value;
  return value === undefined ? undefined : Math.max(0, Math.round(value));
}

/** Only where every queue is known: a sum that leaves one out would read like a quiet moment. */
function sumOfQueues({ signals }: Decision): number | undefined {
  const queues = signals.filter(({ name }) => name.startsWith('queueDepth.'));
  if (queues.length === 0 || queues.some(({ value }) => value === undefined)) return undefined;
  return Math.max(0, Math.round(queues.reduce((sum, { value = 0 }) => sum + value, 0)));
}
