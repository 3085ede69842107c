/** What is told of a capability before its steps are looked at: whose word it waits for, else what it says itself. */
import { unknownConfirmations } from '../../api/confirmed.ts';
import { CONFIRM_ANNOTATION } from '../../api/names.ts';
import type { Capability } from '../../capabilities/contract/capability.ts';
import type { Contribution, Progress } from '../../capabilities/contract/contribution.ts';
import type { PlatformIdentity } from '../../kube/object.ts';
import type { CapabilityDecision } from '../../model/decision.ts';
import type { CapabilityReport } from '../../capabilities/contract/report.ts';

/** Undefined where it is not called for, and nothing of it is left. */
export function asReport(
  { name }: Capability,
  decided: CapabilityDecision | undefined,
  given: boolean,
  contribution: Contribution,
  platform: Pick<PlatformIdentity, 'name' | 'namespace' | 'annotations'>,
): CapabilityReport | undefined {
  const report = (progress: Progress): CapabilityReport => ({
    name,
    required: decided?.required ?? false,
    state: progress.state,
    reason: progress.reason,
    ...(progress.message !== undefined && { message: progress.message }),
  });
  if (decided === undefined) return contribution.reason === 'Absent' ? undefined : report(contribution);
  if (decided.consent === 'Declined') {
    // What is left of it is still on its way out, and is to be looked at again.
    if (contribution.reason !== 'Absent') return report(contribution);
    return report({
      state: 'Declined',
      reason: 'PolicyNever',
      message: `The policy of ${name} is Never; change it under spec.transitions.policies to have it.`,
    });
  }
  if (given) return report(contribution);
  return report({
    state: 'AwaitingConsent',
    reason: 'ConfirmationMissing',
    message: [
      `Waiting for your confirmation: ${confirmationOf(name, platform)}, or set its policy to Auto.`,
      ...unknownConfirmations(platform.annotations),
    ].join(' '),
  });
}

/**
 * No line to paste: the annotation is one text, so that `kubectl annotate` for one capability would take back what was said of
 * another one that waits beside it.
 */
const confirmationOf = (name: string, platform: Pick<PlatformIdentity, 'name' | 'namespace'>): string =>
  `add ${name} to the annotation ${CONFIRM_ANNOTATION} (kubectl -n ${platform.namespace} edit lp/${platform.name})`;
