/**
 * What every capability adds to the platform now, and how far each is: consent first, then its own steps. Steps that do
 * not come off in time are taken back, and tried again later, each time after twice as long.
 */
import { confirmedRemovals, unknownConfirmations } from '../api/confirmed.ts';
import { CONFIRM_ANNOTATION, type CapabilityName } from '../api/names.ts';
import { formatDuration } from '../api/quantity.ts';
import type { LeadPlatformStatus } from '../api/schema/status.ts';
import type { Capability } from '../capabilities/capability.ts';
import { ABSENT, type Contribution, type Progress, type Step } from '../capabilities/contribution.ts';
import { CAPABILITIES } from '../capabilities/index.ts';
import type { Site } from '../capabilities/site.ts';
import type { CapabilityDecision, Decision } from '../decide/types.ts';
import type { Instant } from '../signals/reading.ts';
import { CAPABILITY_LABEL } from './labels.ts';
import type { Observed } from './observed.ts';
import { PREFLIGHT_AGAIN_MS, quotaShortfall } from './preflight.ts';
import { failedOnceMore } from './retry.ts';
import { isoTime } from './time.ts';
import type { Course } from './transition.ts';
import { type CapabilityReport, childKey } from './types.ts';

type CapabilityStatus = NonNullable<LeadPlatformStatus['capabilities']>[number];

export interface Contributed {
  readonly contributions: readonly Contribution[];
  /** Those that are called for, and those of which something is left. */
  readonly reports: readonly CapabilityReport[];
  /** The first step under way, over all capabilities. */
  readonly underWay:
    { readonly capability: CapabilityName; readonly step: Step; readonly since: string } | undefined;
  /** When a step will have taken too long, or is tried again. */
  readonly lookAgainAt: Instant | undefined;
  /** The first objects of a capability are about to be made, and nobody has looked whether there is room. */
  readonly begins: boolean;
}

/** Why nothing of a capability was begun. */
const PREFLIGHT = 'PreflightFailed';

const IN_PLACE: readonly CapabilityReport['state'][] = ['Ready', 'External'];
/** Something of it may be left. */
const WAS_THERE: readonly CapabilityReport['state'][] = [
  'Ready',
  'External',
  'Progressing',
  'Blocked',
  'Leaving',
];
/** It has been let happen once: whoever takes the annotation off again does not take down what holds data. */
const LET_HAPPEN: readonly CapabilityReport['state'][] = ['Ready', 'External', 'Progressing', 'Blocked'];

export function contributionsOf(observed: Observed, decision: Decision, course: Course): Contributed {
  const { snapshot, now } = observed;
  const { platform, spec, status } = snapshot;
  const decided = new Map(decision.capabilities.map((one) => [one.name, one]));
  const before = new Map((status.capabilities ?? []).map((one) => [one.name, one]));
  const removable = confirmedRemovals(platform.annotations);
  const policies = new Map(spec.transitions.policies.map(({ capability, policy }) => [capability, policy]));
  const reports = new Map<CapabilityName, CapabilityReport>();
  const contributions: Contribution[] = [];
  let underWay: Contributed['underWay'];
  let lookAgainAt: Instant | undefined;
  let begins = false;
  const sooner = (at: Instant) => (lookAgainAt = Math.min(lookAgainAt ?? at, at));

  const isGiven = (name: CapabilityName): boolean => {
    const one = decided.get(name);
    if (one === undefined || one.consent === 'Declined') return false;
    const state = before.get(name)?.state;
    return one.consent === 'Given' || (state !== undefined && LET_HAPPEN.includes(state));
  };
  const leftOvers = new Set(
    [...observed.own.values()].map(({ object }) => object.metadata.labels?.[CAPABILITY_LABEL]),
  );
  const site: Omit<Site, 'wanted' | 'mayLoseData'> = {
    platform,
    spec,
    decision,
    observed,
    course,
    now,
    isWanted: (name) => isGiven(name) && holdOn(before.get(name), platform.generation, now) === undefined,
    isInPlace: (name) => {
      const report = reports.get(name);
      return report !== undefined && IN_PLACE.includes(report.state);
    },
    stateOf: (name) => reports.get(name)?.state,
    serves: (kind) => snapshot.serves?.has(kind) ?? false,
    live: (kind, name) => observed.own.get(`${kind}/${name}`)?.object,
    other: (kind, name) =>
      snapshot.others?.find((object) => object.kind === kind && object.metadata.name === name),
    operatorImage: snapshot.operatorImage,
    answer: (ask) => snapshot.answers?.[ask.id] as never,
  };

  for (const capability of CAPABILITIES) {
    const { name, holdsData, build } = capability;
    const one = decided.get(name);
    const given = isGiven(name);
    const previous = before.get(name);
    const wasThere = (previous !== undefined && WAS_THERE.includes(previous.state)) || leftOvers.has(name);
    // Of most capabilities there is nothing, and nothing is to be.
    if (one === undefined && !wasThere) continue;
    const buildIt = (wanted: boolean): Contribution =>
      (!wanted && !wasThere ? undefined : build)?.({
        ...site,
        wanted,
        mayLoseData: !holdsData || removable.has(name) || policies.get(name) === 'Auto',
      }) ?? ABSENT;
    const hold = given ? holdOn(previous, platform.generation, now) : undefined;
    let contribution = buildIt(given && hold === undefined);
    let report = asReport(capability, one, given, contribution, platform.annotations);
    if (hold !== undefined && previous !== undefined && report !== undefined) {
      sooner(hold);
      report = { ...report, ...takenBack(previous) };
    } else if (given && report !== undefined && (!wasThere || previous?.reason === PREFLIGHT)) {
      const objects = contribution.objects ?? [];
      const isFirst = objects.length > 0 && objects.every((object) => !observed.own.has(childKey(object)));
      const short = isFirst ? quotaShortfall(objects, snapshot.room?.quotas ?? []) : undefined;
      begins ||= isFirst && snapshot.room === undefined;
      if (short !== undefined) {
        const said = { state: 'Blocked', reason: PREFLIGHT, message: `It is not begun: ${short}.` } as const;
        contribution = said;
        report = { ...report, ...said };
        sooner(now + PREFLIGHT_AGAIN_MS);
      }
    }
    if (hold === undefined && report !== undefined && report.reason !== PREFLIGHT) {
      const step = contribution.steps?.find(({ done }) => !done);
      if (step?.opensAt !== undefined) sooner(step.opensAt);
      if (
        step?.isSteady === true &&
        previous !== undefined &&
        IN_PLACE.includes(previous.state) &&
        report.state === 'Progressing'
      ) {
        const { state, reason, message } = previous;
        report = { ...report, state, reason, ...(message !== undefined && { message }) };
      } else if (step !== undefined) {
        const since = sinceOf(previous, step, now);
        const deadline = since + spec.transitions.readyTimeout + spec.transitions.minReadyTime;
        // Until it is in place, it is known how often it was not.
        const { attempts, generation } = previous?.generation === platform.generation ? previous : {};
        report = {
          ...report,
          step: step.name,
          since: isoTime(since),
          ...(given && attempts !== undefined && generation !== undefined && { attempts, generation }),
        };
        if (given && step.isPatient !== true) {
          // What has been in place is not taken back because a server, or a rolling update, takes its time.
          const mayGoBack = step.isKept !== true && previous?.inPlaceSince === undefined;
          if (now >= deadline && spec.transitions.onTimeout === 'RollBack' && mayGoBack) {
            const failed = failure(report, previous, platform.generation, step, spec.transitions, now);
            report = { ...report, ...failed };
            contribution = buildIt(false);
            sooner(now + 1);
          } else if (now >= deadline) {
            report = {
              ...report,
              state: 'Blocked',
              reason: 'StepTooLong',
              message: late(step, spec.transitions),
            };
          } else sooner(deadline);
        }
        underWay ??= { capability: name, step, since: isoTime(since) };
      }
    }
    if (report !== undefined && given && hold === undefined) {
      const since = previous?.inPlaceSince ?? (IN_PLACE.includes(report.state) ? isoTime(now) : undefined);
      if (since !== undefined) report = { ...report, inPlaceSince: since };
    }
    if (report !== undefined) reports.set(name, report);
    contributions.push(contribution);
  }
  return { contributions, reports: [...reports.values()], underWay, lookAgainAt, begins };
}

function asReport(
  { name }: Capability,
  decided: CapabilityDecision | undefined,
  given: boolean,
  contribution: Contribution,
  annotations: Readonly<Record<string, string>>,
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
    message: `Add ${name} to the annotation ${CONFIRM_ANNOTATION} of the LeadPlatform to let it happen, or set its policy to Auto.${unknownConfirmations(
      annotations,
    )
      .map((sentence) => ` ${sentence}`)
      .join('')}`,
  });
}

function sinceOf(previous: CapabilityStatus | undefined, { name }: Step, now: Instant): Instant {
  // What was taken back begins anew.
  const goesOn = previous?.step === name && previous.retryAt === undefined;
  const since = goesOn ? Date.parse(previous.since ?? '') : NaN;
  // What claims to have begun in the future (a clock that was set back) begins now.
  return since <= now ? since : now;
}

/** Until when a capability that was taken back is left alone. A changed spec is tried at once: it may be the cure. */
function holdOn(
  previous: CapabilityStatus | undefined,
  generation: number,
  now: Instant,
): Instant | undefined {
  if (previous?.retryAt === undefined || previous.generation !== generation) return undefined;
  const until = Date.parse(previous.retryAt);
  return now < until ? until : undefined;
}

/** What stands in the status goes on standing there for as long as it is held. */
function takenBack({ state, reason, message, attempts, retryAt, generation, since }: CapabilityStatus) {
  return {
    state,
    reason,
    ...(message !== undefined && { message }),
    ...(attempts !== undefined && { attempts }),
    ...(retryAt !== undefined && { retryAt }),
    ...(generation !== undefined && { generation }),
    ...(since !== undefined && { since }),
  } as const;
}

function failure(
  report: CapabilityReport,
  previous: CapabilityStatus | undefined,
  generation: number,
  step: Step,
  { retryAfter, readyTimeout }: { retryAfter: number; readyTimeout: number },
  now: Instant,
) {
  const failed = failedOnceMore(previous, generation, { retryAfter }, now);
  return {
    ...report,
    state: 'Blocked',
    reason: 'TakenBack',
    message: `${late(step, { readyTimeout })} What had been done was taken back; it is tried again at ${failed.retryAt}, or once the spec changes.`,
    ...failed,
  } as const;
}

const late = ({ name, waits }: Step, { readyTimeout }: { readyTimeout: number }) =>
  `${name} takes longer than ${formatDuration(readyTimeout)}: ${waits}.`;
