/**
 * From one set of components to another: make before break. The step follows from what is observed alone, so a process that
 * dies anywhere resumes, and a decision that turns round turns the transition round.
 *
 * | step          | it is this step while                         | what is written                        |
 * |---------------|-----------------------------------------------|----------------------------------------|
 * | MakeNew       | a new component has no Deployment                  | new Deployments, at their decided size |
 * | WaitReady     | a new component is not ready (the gate)            | their size, where the load moves       |
 * | SwitchTraffic | the Service sends requests to the old side    | the selector of the Service            |
 * | DrainOld      | an old component has replicas                      | replicas: 0 on the old Deployments     |
 * | RemoveOld     | an old Deployment exists                      | their deletion                         |
 *
 * Until the gate opens nothing is written to the old side. A queue that left the spec has nothing to wait for: its component
 * goes through DrainOld and RemoveOld alone.
 */
import { hasReplicas, type LiveComponent, type Observed } from '../cluster/observed.ts';
import type { Sized } from './sizes.ts';

export const STEPS = ['MakeNew', 'WaitReady', 'SwitchTraffic', 'DrainOld', 'RemoveOld'] as const;
export type Step = (typeof STEPS)[number];
/** Before the first of them: whether there is room for what is going to be made. */
export const PREFLIGHT_STEP = 'Preflight';
/** Every step that the status may name while the sides are being changed. */
export const TOPOLOGY_STEPS = [PREFLIGHT_STEP, ...STEPS] as const;
export type TopologyStep = (typeof TOPOLOGY_STEPS)[number];

export interface TransitionState {
  /** The components that are to run. */
  readonly wanted: readonly Sized[];
  /** Components that run and are to go. */
  readonly old: readonly LiveComponent[];
  /** The platform moves between all-in-one and separate components, and with it the traffic. */
  readonly changesTopology: boolean;
  /** Every new component is ready to take over. */
  readonly gateOpen: boolean;
  /** The old side may be drained. */
  readonly mayDrain: boolean;
  /** The component that the Service is to send requests to. */
  readonly target: string;
  /** Undefined when no transition is under way. */
  readonly step: Step | undefined;
}

const WEB_COMPONENTS = ['ingest', 'all-in-one'] as const;
const isWeb = (name: string) => (WEB_COMPONENTS as readonly string[]).includes(name);

export function transitionStateOf(observed: Observed, wanted: readonly Sized[]): TransitionState {
  const names = new Set<string>(wanted.map(({ component }) => component.name));
  const old = [...observed.components.values()].filter(({ name }) => !names.has(name));
  const changesTopology = names.has('all-in-one')
    ? old.length > 0
    : old.some(({ name }) => name === 'all-in-one');
  const gateOpen = !changesTopology || wanted.every(isReady);
  const target = targetOf(observed, wanted, old, gateOpen);
  const web = wanted.find(({ component }) => isWeb(component.name))?.component.name;
  const switched = observed.target === web;
  // Once all of the old side was told to go, a new replica that falters brings nothing back.
  const told = old.every(({ asked }) => asked === 0);
  const mayDrain = !changesTopology || (switched && (gateOpen || told));
  return { wanted, old, changesTopology, gateOpen, mayDrain, target, step: stepOf() };

  function stepOf(): Step | undefined {
    if (old.length === 0) return undefined;
    if (!mayDrain) {
      if (wanted.some(({ live }) => live === undefined)) return 'MakeNew';
      return gateOpen ? 'SwitchTraffic' : 'WaitReady';
    }
    return old.some(hasReplicas) ? 'DrainOld' : 'RemoveOld';
  }
}

/**
 * Ready to take over: as many replicas can be relied on as were asked for when it started, or as are wanted by now if
 * that is less. More than at the start is not waited for: a spike, or a quota that ends below it, would hold the gate
 * for ever. One that was ready for a moment is none: a worker that crashes is, again and again.
 */
export function isReady({ component, live, wanted, startedWith }: Sized): boolean {
  if (live === undefined || !live.current) return false;
  const enough = Math.min(wanted, startedWith ?? wanted);
  return live.available >= (isWeb(component.name) ? Math.max(enough, Math.min(1, wanted)) : enough);
}

function targetOf(
  { target, components }: Observed,
  wanted: readonly Sized[],
  old: readonly LiveComponent[],
  gateOpen: boolean,
): string {
  const next = wanted.find(({ component }) => isWeb(component.name))?.component.name ?? 'all-in-one';
  if (gateOpen) return next;
  const canServe = (components.get(next)?.ready ?? 0) > 0;
  const previous = old.find(({ name, asked, ready }) => isWeb(name) && asked > 0 && ready > 0)?.name;
  // Once the requests have moved they come back only to a side that is the only one to answer them.
  if (target === next) return canServe ? next : (previous ?? next);
  // A side that serves nobody is no reason to wait, if the other one could.
  if (previous === undefined) {
    const stays = target !== undefined && old.some(({ name }) => name === target);
    return canServe || !stays ? next : target;
  }
  return previous;
}
