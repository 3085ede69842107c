/**
 * From one tier to another, and what comes before it. While a hook is not done the tier is locked before anything else is
 * decided, so that nothing of the next one is begun: no component, no capability, no floor.
 */
import type { TierLock } from '../../model/decision.ts';
import type { Instant } from '../../model/reading.ts';
import { hookRuns, type HookRun, isPassed } from './hooks.ts';
import { TOPOLOGY_STEPS } from '../../transition/transition.ts';
import type { Snapshot } from '../../cluster/snapshot.ts';

export interface HookGate {
  readonly runs: readonly HookRun[];
  /** The tier that is waited with, or the one on which the platform stands. */
  readonly to: string;
  /** The one that runs, or is to be begun. */
  readonly next: HookRun | undefined;
  /** What the platform is held on meanwhile. */
  readonly hold: TierLock | undefined;
}

/** @param to The tier that the platform is to be on, as far as no hook comes before it. */
export function hookGateOf(snapshot: Snapshot, to: string, now: Instant): HookGate | undefined {
  const { spec, status } = snapshot;
  const { tier } = status;
  // A platform that is new has left nothing.
  if (spec.transitions.hooks.length === 0 || spec.mode !== 'Auto' || tier === undefined) return undefined;
  const runs = isUnderWay(status, to) ? hookRuns(snapshot, tier, now) : hookRuns(snapshot, to, now);
  const open = runs.filter((run) => run.due && !isPassed(run));
  const gate = open.find(({ hook }) => hook.when === 'Before' || hook.onFailure === 'Hold');
  const since = Date.parse(status.tierSince ?? '');
  const isHeld = gate !== undefined && to !== tier && !isUnderWay(status, to);
  return {
    runs,
    to: isHeld ? to : tier,
    next: open[0],
    hold: isHeld
      ? { tier, due: to, why: inWords(gate), ...(Number.isFinite(since) && { since }) }
      : undefined,
  };
}

/** The sides are being replaced already: what comes before that is over, also a hook that is new in the spec. */
function isUnderWay({ transition }: Snapshot['status'], to: string): boolean {
  return (
    transition !== undefined &&
    transition.to === to &&
    transition.from !== to &&
    TOPOLOGY_STEPS.some((step) => step === transition.step)
  );
}

/** As the middle of a sentence. */
export function inWords({ hook, state, job, message, isSuspended }: HookRun): string {
  const what = `the hook ${hook.name} (${hook.when.toLowerCase()} ${hook.tier})`;
  if (state === 'Failed')
    return `${what}, whose Job ${job} has failed${message === undefined ? '' : ` (${message})`}`;
  if (isSuspended === true)
    return `${what}, whose Job ${job} is suspended (spec.suspend); who suspended it has to resume it`;
  return state === 'Running' ? `${what}, whose Job ${job} runs` : what;
}
