/** How far a transition is, in words, since when, and whether it takes too long. */
import { podTemplateOf } from '../../kube/workload.ts';
import type { Transitions } from '../../api/schema/ladder.ts';
import type { Decision } from '../../model/decision.ts';
import { formatDuration } from '../../api/quantity.ts';
import type { Instant } from '../../model/reading.ts';
import { hasReplicas, type LiveComponent, type Observed, whyNotReady } from '../../cluster/observed.ts';
import { childNames } from '../../kube/names.ts';
import { isoTime } from '../../text/time.ts';
import { type TransitionState, isReady, type Step } from '../../transition/transition.ts';
import type { Snapshot } from '../../cluster/snapshot.ts';

export interface Transition {
  readonly from: string;
  readonly to: string;
  readonly step: Step;
  readonly since: string;
  readonly message: string;
  /** What it waits for, without how long it does. */
  readonly waits: string;
  /** The step takes longer than it should. */
  readonly late: boolean;
  /** When it will have taken too long. */
  readonly deadline: Instant;
}

/** @param crowded What no node has room for, as far as that is known. */
export function transitionOf(
  observed: Observed,
  decision: Decision,
  transitionState: TransitionState,
  crowded?: string,
): Transition | undefined {
  const { step } = transitionState;
  if (step === undefined) return undefined;
  const { platform, status, spec } = observed.snapshot;
  const { now } = observed;
  const before = status.transition;
  const to = decision.tier.to;
  // A spec that changed is another attempt: it may be what cures the one that was under way.
  const goesOn =
    before?.step === step && before.to === to && status.observedGeneration === platform.generation;
  const begun = goesOn ? Date.parse(before.since) : now;
  // What claims to have begun in the future (a clock that was set back) begins now.
  const since = begun <= now ? begun : now;
  const deadline = since + timeFor(step, transitionState, spec.transitions);
  const late = now >= deadline;
  const waits = waitsFor(step, transitionState, observed.snapshot);
  const also = crowded === undefined ? '' : `; ${crowded}`;
  return {
    from: before?.from ?? status.tier ?? decision.tier.from,
    to,
    step,
    since: isoTime(since),
    // Without a number that moves by itself: a status is not written for the sake of a clock.
    message: late
      ? `${step} takes longer than ${formatDuration(deadline - since)}: ${waits}${transitionState.mayDrain ? '' : '; the old side keeps serving'}${also}`
      : `${waits}${also}`,
    waits,
    late,
    deadline,
  };
}

/** Draining takes as long as the longest job by right; and what is ready is waited for until that can be relied on. */
function timeFor(step: Step, { old }: TransitionState, { readyTimeout, minReadyTime }: Transitions): number {
  if (step === 'WaitReady') return readyTimeout + minReadyTime;
  if (step !== 'DrainOld') return readyTimeout;
  const seconds = old.map(({ object }) => podTemplateOf(object).spec?.terminationGracePeriodSeconds ?? 0);
  return readyTimeout + Math.max(0, ...seconds) * 1_000;
}

function waitsFor(step: Step, { wanted, old, target }: TransitionState, snapshot: Snapshot): string {
  const names = (components: readonly { readonly name: string }[]) =>
    components.map(({ name }) => name).join(', ');
  switch (step) {
    case 'MakeNew': {
      const missing = wanted.filter(({ live }) => live === undefined).map(({ component }) => component);
      return `making ${names(missing)}${refusals(missing, snapshot)}`;
    }
    case 'WaitReady':
      return wanted
        .filter((sized) => !isReady(sized))
        .map(
          ({ component, live, wanted: size, startedWith }) =>
            `${component.name}: ${live?.available ?? 0} of ${Math.min(size, startedWith ?? size)} ready${live === undefined ? '' : remark(live)}`,
        )
        .join('; ');
    case 'SwitchTraffic':
      return `sending requests to ${target}`;
    case 'DrainOld':
      return `letting ${names(old.filter(hasReplicas))} finish`;
    case 'RemoveOld':
      return `removing ${names(old)}`;
  }
}

/** Why they could not be made, where that was refused: once it is taken back nobody tries any more, and nobody could tell. */
function refusals(missing: readonly { readonly name: string }[], { platform, failures }: Snapshot): string {
  const { component: nameOf } = childNames(platform.name);
  const refused = new Set(missing.map(({ name }) => nameOf(name)));
  const why = failures.filter(({ kind, name }) => kind === 'Deployment' && refused.has(name));
  return why.length === 0 ? '' : ` (${why.map(({ message }) => message).join('; ')})`;
}

/** Why not more of them are, where that is known. */
function remark(live: LiveComponent): string {
  const why = whyNotReady(live);
  if (why !== undefined) return ` (${why})`;
  return live.ready > live.available ? ` (${live.ready} for a short time only)` : '';
}
