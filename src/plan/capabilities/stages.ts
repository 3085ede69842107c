/**
 * One capability in one pass: what it adds, and what is told of it. An ordered list of stages, each of which looks at what the
 * ones before have made of it.
 *
 * | stage        | when                                             | what it does                                            |
 * |--------------|--------------------------------------------------|---------------------------------------------------------|
 * | heldBack     | an attempt failed, and it is not tried again yet | tells what is in the status, and looks again then       |
 * | preflighted  | its first objects would be made                  | nothing is begun where a preflight check says why not   |
 * | atItsStep    | it is neither held back nor refused              | the step that it is at, its time, and its rollback      |
 * | dated        | it is in place                                   | since when                                              |
 * | crowded      | it is being put in place                         | tells where its Pods fit on no Node                     |
 */
import type { Capability } from '../../capabilities/contract/capability.ts';
import { type Contribution, type Step, whole } from '../../capabilities/contract/contribution.ts';
import type { CapabilityReport } from '../../capabilities/contract/report.ts';
import type { CapabilityName } from '../../api/names.ts';
import type { Observed } from '../../cluster/observed.ts';
import { childKey } from '../../kube/object.ts';
import type { CapabilityDecision } from '../../model/decision.ts';
import { earliest } from '../../model/instants.ts';
import type { Instant } from '../../model/reading.ts';
import { isoTime } from '../../text/time.ts';
import { capitalised } from '../../text/words.ts';
import { crowdedOut } from '../status/pods-without-room.ts';
import { PREFLIGHT_AGAIN_MS, shortfall } from '../preflight/preflight.ts';
import { asReport } from './capability-report.ts';
import { type CapabilityStatus, onStep, rolledBack } from './capability-steps.ts';
import { asBefore, gateOf, isUnprobed } from './probe-grace.ts';

/** A capability on its way in or out: the step that it is at, and all of them. */
export interface InProgress {
  readonly capability: CapabilityName;
  readonly step: Step;
  readonly since: string;
  readonly steps: readonly Step[];
}

/** What is known of one before its stages. */
export interface Case {
  readonly capability: Capability;
  readonly observed: Observed;
  readonly decided: CapabilityDecision | undefined;
  /** It is to be there, and has the consent that it needs. */
  readonly given: boolean;
  /** What stands in the status. */
  readonly previous: CapabilityStatus | undefined;
  /** Something of it may be there. */
  readonly wasThere: boolean;
  /** Until when it is left alone after an attempt that failed. */
  readonly hold: Instant | undefined;
  readonly build: (wanted: boolean) => Contribution;
}

export interface Outcome {
  readonly contribution: Contribution;
  /** Undefined where nothing is to be told of it. */
  readonly report: CapabilityReport | undefined;
  /** When a step will have taken too long, or is tried again. */
  readonly requeueAt?: Instant | undefined;
  /** Its first objects are about to be made, and it is not known whether there is room. */
  readonly begins?: boolean;
  readonly inProgress?: InProgress;
  /** The step waits for a person. */
  readonly awaitingUser?: InProgress;
  /** Which of its Pods no Node has room for. */
  readonly crowded?: string;
}

type Reported = Outcome & { readonly report: CapabilityReport };
type Stage = (one: Case, outcome: Reported) => Outcome;

/** Why nothing of a capability was begun. */
const PREFLIGHT = 'PreflightFailed';
export const IN_PLACE: readonly CapabilityReport['state'][] = ['Ready', 'External'];

const STAGES: readonly Stage[] = [heldBack, preflighted, atItsStep, dated, crowded];

export function outcomeOf(one: Case): Outcome {
  const { capability, decided, given, hold, observed, build } = one;
  const contribution = build(given && hold === undefined);
  const report = asReport(capability, decided, given, contribution, observed.snapshot.platform);
  let outcome: Outcome = { contribution, report };
  for (const stage of STAGES) if (isReported(outcome)) outcome = stage(one, outcome);
  return outcome;
}

const isReported = (outcome: Outcome): outcome is Reported => outcome.report !== undefined;

const lookAt = (outcome: Outcome, at: Instant): Pick<Outcome, 'requeueAt'> => ({
  requeueAt: earliest(outcome.requeueAt, at),
});

function heldBack({ hold, previous }: Case, outcome: Reported): Outcome {
  if (hold === undefined || previous === undefined) return outcome;
  return { ...outcome, ...lookAt(outcome, hold), report: { ...outcome.report, ...rolledBack(previous) } };
}

function preflighted({ given, hold, previous, wasThere, observed }: Case, outcome: Reported): Outcome {
  if (!given || hold !== undefined || (wasThere && previous?.reason !== PREFLIGHT)) return outcome;
  const { headroom } = observed.snapshot;
  const { objects } = outcome.contribution;
  const isFirst = objects.length > 0 && objects.every((object) => !observed.own.has(childKey(object)));
  if (!isFirst) return outcome;
  const short = shortfall({ observed, objects });
  if (short === undefined) return { ...outcome, begins: headroom === undefined };
  const said = { state: 'Blocked', reason: PREFLIGHT, message: `It is not begun: ${short}.` } as const;
  return {
    ...outcome,
    ...lookAt(outcome, observed.now + PREFLIGHT_AGAIN_MS),
    begins: headroom === undefined,
    contribution: whole(said),
    report: { ...outcome.report, ...said },
  };
}

function atItsStep(one: Case, outcome: Reported): Outcome {
  const { hold, previous, observed } = one;
  if (hold !== undefined || outcome.report.reason === PREFLIGHT) return outcome;
  const { steps } = outcome.contribution;
  const step = steps.find(({ done }) => !done);
  const looked = step?.opensAt === undefined ? outcome : { ...outcome, ...lookAt(outcome, step.opensAt) };
  const { status, platform } = observed.snapshot;
  const asWritten =
    previous !== undefined &&
    previous.reason !== PREFLIGHT &&
    isUnprobed(outcome.contribution, observed) &&
    status.observedGeneration === platform.generation
      ? asBefore(outcome.report, previous, steps, gateOf(status, one.capability.name, previous.step))
      : undefined;
  if (asWritten !== undefined) {
    const { report, at } = asWritten;
    return { ...looked, report, ...(at && onTheWay(report, { capability: one.capability.name, ...at })) };
  }
  if (step === undefined) return looked;
  return staysAsItWas(one, looked, step) ?? onItsStep(one, looked, step);
}

/**
 * A step that is closed again by a rolling update is no news of what was in place, where the step is steady; nor of what was blocked
 * and will be again, for the same reason: it would be told at each rolling update.
 */
function staysAsItWas({ previous }: Case, outcome: Reported, step: Step): Outcome | undefined {
  if (previous === undefined || outcome.report.state !== 'Progressing') return undefined;
  const { whenDone } = outcome.contribution;
  const isInPlace = step.isSteady === true && IN_PLACE.includes(previous.state);
  const isBlocked =
    previous.state === 'Blocked' && whenDone?.state === 'Blocked' && previous.reason === whenDone.reason;
  if (!isInPlace && !isBlocked) return undefined;
  const { state, reason, message } = previous;
  return {
    ...outcome,
    report: { ...outcome.report, state, reason, ...(message !== undefined && { message }) },
  };
}

function onItsStep(one: Case, outcome: Reported, step: Step): Outcome {
  const { capability, given, previous, observed, build } = one;
  const { platform, spec } = observed.snapshot;
  const { report, since, requeueAt, isRolledBack } = onStep({
    ...{ report: outcome.report, previous, step, given, now: observed.now },
    ...{ generation: platform.generation, transitions: spec.transitions },
  });
  const { steps } = outcome.contribution;
  const at: InProgress = { capability: capability.name, step, since, steps };
  return {
    ...outcome,
    report,
    ...(isRolledBack && { contribution: build(false) }),
    ...(requeueAt !== undefined && lookAt(outcome, requeueAt)),
    ...onTheWay(report, at),
  };
}

/** What waits for a person is not under way. What is blocked makes no progress: that it takes too long was told. */
function onTheWay({ state }: CapabilityReport, at: InProgress): Pick<Outcome, 'inProgress' | 'awaitingUser'> {
  if (at.step.waitsFor === 'person') return { awaitingUser: at };
  return state === 'Blocked' ? {} : { inProgress: at };
}

function dated({ given, hold, previous, observed }: Case, outcome: Reported): Outcome {
  if (!given || hold !== undefined) return outcome;
  const isThere = IN_PLACE.includes(outcome.report.state);
  const since = previous?.inPlaceSince ?? (isThere ? isoTime(observed.now) : undefined);
  return since === undefined ? outcome : { ...outcome, report: { ...outcome.report, inPlaceSince: since } };
}

function crowded({ given, observed }: Case, outcome: Reported): Outcome {
  if (outcome.report.state !== 'Progressing' || !given) return outcome;
  const message = crowdedOut(observed, outcome.contribution.objects);
  if (message === undefined) return outcome;
  const told = `${outcome.report.message ?? ''} ${capitalised(message)}.`.trim();
  return { ...outcome, crowded: message, report: { ...outcome.report, message: told } };
}
