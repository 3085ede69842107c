/** What every capability adds to the platform now, and how far each is, in the order of the ladder. */
import { confirmedRemovals } from '../../api/confirmed.ts';
import type { CapabilityName } from '../../api/names.ts';
import type { Capability } from '../../capabilities/contract/capability.ts';
import type { CapabilityContext } from '../../capabilities/contract/context.ts';
import { ABSENT, type Contribution, whole } from '../../capabilities/contract/contribution.ts';
import type { CapabilityReport } from '../../capabilities/contract/report.ts';
import { CAPABILITIES } from '../../capabilities/index.ts';
import type { Observed } from '../../cluster/observed.ts';
import { CAPABILITY_LABEL } from '../../kube/labels.ts';
import { childKey } from '../../kube/object.ts';
import type { Decision } from '../../model/decision.ts';
import { earliest } from '../../model/instants.ts';
import type { Instant } from '../../model/reading.ts';
import type { TransitionState } from '../../transition/transition.ts';
import { holdOn } from './capability-steps.ts';
import { withoutForeignSecrets } from './engine-secrets.ts';
import { asItIs, isUnprobed } from './probe-grace.ts';
import { type Case, IN_PLACE, type InProgress, type Outcome, outcomeOf } from './stages.ts';

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
  const reports = new Map<CapabilityName, CapabilityReport>();
  const caseOf = casesOf(observed, decision, transitionState, reports);
  const outcomes: (Outcome & { readonly name: CapabilityName })[] = [];
  for (const capability of CAPABILITIES) {
    const one = caseOf(capability);
    // Of most capabilities there is nothing, and nothing is to be.
    if (one.decided === undefined && !one.wasThere) continue;
    const outcome = outcomeOf(one);
    if (outcome.report !== undefined) reports.set(capability.name, outcome.report);
    outcomes.push({ ...outcome, name: capability.name });
  }
  return {
    contributions: outcomes.map(({ contribution }) => contribution),
    reports: [...reports.values()],
    inProgress: outcomes.flatMap(({ inProgress = [] }) => inProgress),
    awaitingUser: outcomes.flatMap(({ awaitingUser = [] }) => awaitingUser),
    requeueAt: outcomes.reduce<Instant | undefined>((at, one) => earliest(at, one.requeueAt), undefined),
    begins: outcomes.some(({ begins }) => begins === true),
    crowded: outcomes.flatMap(({ name: subject, crowded: message }) =>
      message === undefined ? [] : { subject, message },
    ),
  };
}

/** What is known of each capability. @param reports Of those that come earlier in the ladder; filled as they are looked at. */
function casesOf(
  observed: Observed,
  decision: Decision,
  transitionState: TransitionState,
  reports: ReadonlyMap<CapabilityName, CapabilityReport>,
): (capability: Capability) => Case {
  const { snapshot, now } = observed;
  const { platform, spec, status } = snapshot;
  const decided = new Map(decision.capabilities.map((one) => [one.name, one]));
  const before = new Map((status.capabilities ?? []).map((one) => [one.name, one]));
  const removable = confirmedRemovals(platform.annotations);
  const policies = new Map(spec.transitions.policies.map(({ capability, policy }) => [capability, policy]));
  const leftOvers = new Set(
    [...observed.own.values()].map(({ object }) => object.metadata.labels?.[CAPABILITY_LABEL]),
  );
  const isGiven = (name: CapabilityName): boolean => {
    const one = decided.get(name);
    if (one === undefined || one.consent === 'Declined') return false;
    const state = before.get(name)?.state;
    return one.consent === 'Given' || (state !== undefined && LET_HAPPEN.includes(state));
  };
  const holdOf = (name: CapabilityName) => holdOn(before.get(name), platform.generation, now);
  const context: Omit<CapabilityContext, 'wanted' | 'mayLoseData'> = {
    platform,
    spec,
    decision,
    observed,
    transitionState,
    now,
    isWanted: (name) => isGiven(name) && holdOf(name) === undefined,
    isInPlace: (name) => {
      const report = reports.get(name);
      return report !== undefined && IN_PLACE.includes(report.state);
    },
    stateOf: (name) => reports.get(name)?.state,
    serves: (kind) => snapshot.serves.has(kind),
    live: (kind, name) => observed.own.get(`${kind}/${name}`)?.object,
    other: (kind, name) =>
      snapshot.others.find((object) => object.kind === kind && object.metadata.name === name),
    operatorImage: snapshot.operatorImage,
    probeResult: (probe) => snapshot.probeResults[probe.id] as never,
  };
  return (capability) => {
    const { name, build } = capability;
    const given = isGiven(name);
    const previous = before.get(name);
    const wasThere = (previous !== undefined && WAS_THERE.includes(previous.state)) || leftOvers.has(name);
    const mayLoseData = removable.has(name) || policies.get(name) === 'Auto';
    return {
      ...{ capability, observed, given, previous, wasThere },
      decided: decided.get(name),
      hold: given ? holdOf(name) : undefined,
      build: (wanted) => {
        if (!wanted && !wasThere) return whole(ABSENT);
        const contribution = whole(build({ ...context, wanted, mayLoseData }));
        const careful = isUnprobed(contribution, observed)
          ? asItIs(contribution, observed, name)
          : contribution;
        return withoutForeignSecrets(wanted ? careful : makingNothing(careful, observed), observed);
      },
    };
  };
}

/** On the way out what is there stays for as long as it is needed, and what was never there is not made for that. */
function makingNothing(contribution: Contribution, { own }: Observed): Contribution {
  const { objects } = contribution;
  return { ...contribution, objects: objects.filter((object) => own.has(childKey(object))) };
}
