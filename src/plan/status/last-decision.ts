/**
 * The record of the last decision that changed something, be it back: what somebody had scaled by hand. One that changed
 * nothing never hides it.
 */
import type { LeadPlatformStatus } from '../../api/schema/status.ts';
import type { Decision, SignalView } from '../../model/decision.ts';
import { clip, isoTime } from '../../text/time.ts';

/** What somebody asked to be measured: signals without a source are absent, and would only be in the way. */
export function measured({ signals }: Decision): readonly SignalView[] {
  return signals.filter(({ unknown }) => unknown !== 'NotConfigured');
}

type LastDecision = NonNullable<LeadPlatformStatus['lastDecision']>;

/** @param putBack Sentences about sizes that somebody else had set. */
export function lastDecision(
  before: LeadPlatformStatus,
  decision: Decision,
  putBack: readonly string[],
): LastDecision {
  if (putBack.length > 0) return recordOf({ ...decision, reasons: [...putBack, ...decision.reasons] });
  return before.lastDecision === undefined || changesSomething(before, decision)
    ? recordOf(decision)
    : before.lastDecision;
}

/** Another tier, another number of replicas, another capability that the load cannot do without. */
function changesSomething(before: LeadPlatformStatus, { tier, components, capabilities }: Decision): boolean {
  if (before.lastDecision?.to !== tier.to) return true;
  const sizes = new Map(before.components?.map(({ name, desiredReplicas }) => [name, desiredReplicas]));
  if (components.some(({ name, replicas }) => sizes.get(name) !== replicas)) return true;
  const required = before.capabilities?.filter((report) => report.required).map(({ name }) => name) ?? [];
  const now = capabilities.filter((capability) => capability.required).map(({ name }): string => name);
  return required.length !== now.length || now.some((name) => !required.includes(name));
}

function recordOf(decision: Decision): LastDecision {
  const { at, tier, clamps, reasons } = decision;
  return {
    at: isoTime(at),
    rule: tier.rule,
    from: tier.from,
    to: tier.to,
    inputs: measured(decision)
      .slice(0, 200)
      .map(({ name, value, at: seen }) => ({
        name,
        ...(value !== undefined && { value }),
        ...(seen !== undefined && { at: isoTime(seen) }),
      })),
    clamps: clamps.slice(0, 100).map((clamp) => clip(clamp, 1_000)),
    reasons: reasons.slice(0, 100).map((reason) => clip(reason, 2_000)),
  };
}
