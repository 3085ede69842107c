/** How far each capability is that the decision calls for. */
import { unknownConfirmations } from '../../api/confirmed.ts';
import { CONFIRM_ANNOTATION, type CapabilityName } from '../../api/names.ts';
import type { CapabilityDecision } from '../../decide/types.ts';
import type { CapabilityReport } from '../types.ts';
import { appInstances } from './app-instances.ts';
import { multipleAppServers } from './multiple-app-servers.ts';
import { NOT_IMPLEMENTED } from './not-implemented.ts';
import { queueMonitoring } from './queue-monitoring.ts';
import type { Progress, ReportContext, Reporter } from './report.ts';
import { separateQueueWorkers } from './separate-queue-workers.ts';

const REPORTERS: Readonly<Partial<Record<CapabilityName, Reporter>>> = {
  'queue-monitoring': queueMonitoring,
  'separate-queue-workers': separateQueueWorkers,
  'app-instances': appInstances,
  'multiple-app-servers': multipleAppServers,
};

export function capabilityReports(context: ReportContext): readonly CapabilityReport[] {
  return context.decision.capabilities.map((decided) => ({
    name: decided.name,
    required: decided.required,
    ...progressOf(decided, context),
  }));
}

function progressOf({ name, consent }: CapabilityDecision, context: ReportContext): Progress {
  if (consent === 'Declined') {
    return {
      state: 'Declined',
      reason: 'PolicyNever',
      message: `The policy of ${name} is Never; change it under spec.transitions.policies to have it.`,
    };
  }
  const reporter = REPORTERS[name];
  // Before anybody is asked: consent to what cannot be done would be an empty promise.
  if (reporter === undefined) {
    return {
      state: 'NotImplemented',
      reason: 'NotImplemented',
      message: NOT_IMPLEMENTED[name] ?? 'This version does not put it in place.',
    };
  }
  if (consent === 'Awaited') {
    return {
      state: 'AwaitingConsent',
      reason: 'ConfirmationMissing',
      message: `Add ${name} to the annotation ${CONFIRM_ANNOTATION} of the LeadPlatform to let it happen, or set its policy to Auto.${unknownConfirmations(
        context.observed.snapshot.platform.annotations,
      )
        .map((sentence) => ` ${sentence}`)
        .join('')}`,
    };
  }
  return reporter(context);
}
