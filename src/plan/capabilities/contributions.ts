/**
 * What every capability adds to the platform now, and how far each is: consent first, then its own steps. Steps that do
 * not come off in time are taken back, and tried again later, each time after twice as long.
 */
import { confirmedRemovals } from '../../api/confirmed.ts';
import type { CapabilityName } from '../../api/names.ts';
import { ABSENT, type Contribution, type Step } from '../../capabilities/contract/contribution.ts';
import { CAPABILITIES } from '../../capabilities/index.ts';
import type { CapabilityContext } from '../../capabilities/contract/context.ts';
import type { Decision } from '../../model/decision.ts';
import type { Instant } from '../../model/reading.ts';
import { capitalised } from '../../text/words.ts';
import { asReport } from './capability-report.ts';
import { holdOn, onStep, rolledBack } from './capability-steps.ts';
import { CAPABILITY_LABEL } from '../../kube/labels.ts';
import type { Observed } from '../../cluster/observed.ts';
import { crowdedOut, PREFLIGHT_AGAIN_MS, quotaShortfall } from '../preflight/preflight.ts';
import { isoTime } from '../../text/time.ts';
import type { TransitionState } from '../../transition/transition.ts';
import { asBefore, asItIs, isUnprobed } from './probe-grace.ts';
import type { CapabilityReport } from '../../capabilities/contract/report.ts';
import { childKey } from '../../kube/object.ts';

/** A capability on its way in or out: the step that it is at, and all of them. */
export interface InProgress {
  readonly capability: CapabilityName;
  readonly step: Step;
  readonly since: string;
  readonly steps: readonly Step[];
}

export interface Contributed {
  readonly contributions: readonly Contribution[];
  /** Those that are called for, and those of which something is left. */
  readonly reports: readonly CapabilityReport[];
  /** What is under way, in the order of the ladder. */
  readonly inProgress: readonly InProgress[];
  /** What waits for a person. */
  readonly awaitingUser: readonly InProgress[];
  /** When a step will have taken too long, or is tried again. */
  readonly requeueAt: Instant | undefined;
  /** The first objects of a capability are about to be made, and nobody has looked whether there is room. */
  readonly begins: boolean;
  /** Capabilities that are begun, and whose pods no node has room for. */
  readonly crowded: readonly { readonly subject: CapabilityName; readonly message: string }[];
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

export function contributionsOf(
  observed: Observed,
  decision: Decision,
  transitionState: TransitionState,
): Contributed {
  const { snapshot, now } = observed;
  const { platform, spec, status } = snapshot;
  const decided = new Map(decision.capabilities.map((one) => [one.name, one]));
  const before = new Map((status.capabilities ?? []).map((one) => [one.name, one]));
  const removable = confirmedRemovals(platform.annotations);
  const policies = new Map(spec.transitions.policies.map(({ capability, policy }) => [capability, policy]));
  const reports = new Map<CapabilityName, CapabilityReport>();
  const contributions: Contribution[] = [];
  const inProgress: InProgress[] = [];
  const awaitingUser: InProgress[] = [];
  let requeueAt: Instant | undefined;
  let begins = false;
  const crowded: { subject: CapabilityName; message: string }[] = [];
  const sooner = (at: Instant) => (requeueAt = Math.min(requeueAt ?? at, at));

  const isGiven = (name: CapabilityName): boolean => {
    const one = decided.get(name);
    if (one === undefined || one.consent === 'Declined') return false;
    const state = before.get(name)?.state;
    return one.consent === 'Given' || (state !== undefined && LET_HAPPEN.includes(state));
  };
  const leftOvers = new Set(
    [...observed.own.values()].map(({ object }) => object.metadata.labels?.[CAPABILITY_LABEL]),
  );
  const context: Omit<CapabilityContext, 'wanted' | 'mayLoseData'> = {
    platform,
    spec,
    decision,
    observed,
    transitionState,
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
    probeResult: (probe) => snapshot.probeResults?.[probe.id] as never,
  };

  for (const capability of CAPABILITIES) {
    const { name, build } = capability;
    const one = decided.get(name);
    const given = isGiven(name);
    const previous = before.get(name);
    const wasThere = (previous !== undefined && WAS_THERE.includes(previous.state)) || leftOvers.has(name);
    // Of most capabilities there is nothing, and nothing is to be.
    if (one === undefined && !wasThere) continue;
    const buildIt = (wanted: boolean): Contribution => {
      if (!wanted && !wasThere) return ABSENT;
      const mayLoseData = removable.has(name) || policies.get(name) === 'Auto';
      const contribution = build({ ...context, wanted, mayLoseData });
      const careful = isUnprobed(contribution, observed)
        ? asItIs(contribution, observed, name)
        : contribution;
      return wanted ? careful : makingNothing(careful, observed);
    };
    const hold = given ? holdOn(previous, platform.generation, now) : undefined;
    let contribution = buildIt(given && hold === undefined);
    let report = asReport(capability, one, given, contribution, platform);
    if (hold !== undefined && previous !== undefined && report !== undefined) {
      sooner(hold);
      report = { ...report, ...rolledBack(previous) };
    } else if (given && report !== undefined && (!wasThere || previous?.reason === PREFLIGHT)) {
      const objects = contribution.objects ?? [];
      const isFirst = objects.length > 0 && objects.every((object) => !observed.own.has(childKey(object)));
      const short = isFirst ? quotaShortfall(objects, snapshot.headroom) : undefined;
      begins ||= isFirst && snapshot.headroom === undefined;
      if (short !== undefined) {
        const said = { state: 'Blocked', reason: PREFLIGHT, message: `It is not begun: ${short}.` } as const;
        contribution = said;
        report = { ...report, ...said };
        sooner(now + PREFLIGHT_AGAIN_MS);
      }
    }
    if (hold === undefined && report !== undefined && report.reason !== PREFLIGHT) {
      const { steps = [] } = contribution;
      const step = steps.find(({ done }) => !done);
      if (step?.opensAt !== undefined) sooner(step.opensAt);
      const asWritten =
        previous !== undefined &&
        previous.reason !== PREFLIGHT &&
        isUnprobed(contribution, observed) &&
        status.observedGeneration === platform.generation
          ? asBefore(report, previous, steps)
          : undefined;
      if (asWritten !== undefined) {
        ({ report } = asWritten);
        if (asWritten.at !== undefined) inProgress.push({ capability: name, ...asWritten.at });
      } else if (
        step?.isSteady === true &&
        previous !== undefined &&
        IN_PLACE.includes(previous.state) &&
        report.state === 'Progressing'
      ) {
        const { state, reason, message } = previous;
        report = { ...report, state, reason, ...(message !== undefined && { message }) };
      } else if (step !== undefined) {
        const on = onStep({
          ...{ report, previous, step, given, now },
          ...{ generation: platform.generation, transitions: spec.transitions },
        });
        ({ report } = on);
        if (on.isRolledBack) contribution = buildIt(false);
        if (on.requeueAt !== undefined) sooner(on.requeueAt);
        const one = { capability: name, step, since: on.since, steps };
        if (step.isForPerson === true) awaitingUser.push(one);
        // What is blocked gets on no more: that it takes too long was told.
        else if (report.state !== 'Blocked') inProgress.push(one);
      }
    }
    if (report !== undefined && given && hold === undefined) {
      const since = previous?.inPlaceSince ?? (IN_PLACE.includes(report.state) ? isoTime(now) : undefined);
      if (since !== undefined) report = { ...report, inPlaceSince: since };
    }
    if (report?.state === 'Progressing' && given) {
      const message = crowdedOut(observed, contribution.objects ?? []);
      if (message !== undefined) {
        crowded.push({ subject: name, message });
        report = { ...report, message: `${report.message ?? ''} ${capitalised(message)}.`.trim() };
      }
    }
    if (report !== undefined) reports.set(name, report);
    contributions.push(contribution);
  }
  return {
    contributions,
    reports: [...reports.values()],
    inProgress,
    awaitingUser,
    requeueAt,
    begins,
    crowded,
  };
}

/** On the way out what is there stays for as long as it is needed, and what was never there is not made for that. */
function makingNothing(contribution: Contribution, { own }: Observed): Contribution {
  const { objects } = contribution;
  if (objects === undefined) return contribution;
  return { ...contribution, objects: objects.filter((object) => own.has(childKey(object))) };
}
