/** Whether a change of the pods has reached all that it is meant for. */
import { containersOf, type EnvEntry } from '../../kube/workload.ts';
import type { Component } from '../../api/components.ts';
import type { LiveComponent } from '../../cluster/observed.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { EnvVar } from '../../workloads/pod-shape.ts';
import { type AuxiliaryWorkload, auxiliaryWorkloads } from './auxiliary-workloads.ts';
import type { CapabilityContext } from './context.ts';

/** The variables of `env` that `spec.env` sets itself, to something else: the user has the last word. */
export function overridden({ spec }: CapabilityContext, env: readonly EnvVar[]): readonly string[] {
  const own = new Map((spec.env ?? []).map((entry) => [entry.name, entry]));
  return env
    .filter(({ name, value, secret }) => {
      const entry = own.get(name);
      if (entry === undefined) return false;
      const from = entry.valueFrom?.secretKeyRef;
      return secret === undefined
        ? entry.value !== value
        : from?.name !== secret.name || from.key !== secret.key;
    })
    .map(({ name }) => name);
}

/** Whether every container of a Deployment is asked to run with these variables, or with none of them. */
export function asksFor(deployment: KubeObject, env: readonly EnvVar[], present: boolean): boolean {
  return containersOf(deployment).every(({ env: given = [] }) =>
    env.every((variable) => given.some((entry) => isSame(entry, variable)) === present),
  );
}

const isSame = (entry: EnvEntry, { name, value, secret }: EnvVar): boolean =>
  entry.name === name &&
  (secret === undefined
    ? (entry.value ?? '') === (value ?? '')
    : entry.valueFrom?.secretKeyRef?.name === secret.name && entry.valueFrom.secretKeyRef.key === secret.key);

/**
 * The components, and what runs beside them, whose pods do not all run with these variables yet (`present: false`: that still
 * run with one of them). Empty once every rolling update is through and pods of the template before are gone.
 */
export function componentsWithout(
  context: CapabilityContext,
  env: readonly EnvVar[],
  present = true,
): readonly string[] {
  const added = addedTo(context, env);
  return componentsBehind(
    context,
    (runs) => asksFor(runs.object, dueTo(runs, added), present),
    (runs) => dueTo(runs, added).length > 0,
  );
}

/** Every template has these variables: what is still rolled out may be something else. */
export function areAsked(context: CapabilityContext, env: readonly EnvVar[]): boolean {
  const added = addedTo(context, env);
  return (
    context.transitionState.wanted.every(
      ({ component, live }) => live !== undefined && asksFor(live.object, dueTo(component, added), true),
    ) && auxiliaryWorkloads(context).every((runs) => asksFor(runs.live.object, dueTo(runs, added), true))
  );
}

/** Those that the user does not set for all pods: there they have the last word. */
function addedTo({ spec }: CapabilityContext, env: readonly EnvVar[]): readonly EnvVar[] {
  const own = new Set((spec.env ?? []).map(({ name }) => name));
  return env.filter(({ name }) => !own.has(name));
}

/** Those of them that are meant for these pods. */
const dueTo = ({ name, like = name, own }: Runs, env: readonly EnvVar[]): readonly EnvVar[] =>
  env.filter(
    (variable) =>
      own?.has(variable.name) !== true &&
      (variable.components === undefined ||
        variable.components.includes(name) ||
        variable.components.includes(like)),
  );

/** A component, or what runs beside the components. */
type Runs = Pick<Component, 'name' | 'role'> &
  Partial<Pick<AuxiliaryWorkload, 'like' | 'own' | 'startsByItself'>>;

/** The components, and what runs beside them, whose pods are not all of a template that `isRight`, with the rolling update through. */
export function componentsBehind(
  context: CapabilityContext,
  isRight: (runs: Runs & Pick<LiveComponent, 'object'>) => boolean,
  concerns: (runs: Runs) => boolean = () => true,
): readonly string[] {
  const components = context.transitionState.wanted
    .filter(
      ({ component: { name, role }, live }) =>
        concerns({ name, role }) &&
        (live === undefined || !isRolledOut(live) || !isRight({ name, role, object: live.object })),
    )
    .map(({ component }) => component.name);
  const others = auxiliaryWorkloads(context)
    // One that does not come up at all is told of elsewhere, and is no reason to take back what all others have.
    .filter((one) => concerns(one) && !(isReplaced(one.live) && isRight({ ...one, object: one.live.object })))
    .map(({ name }) => name);
  return [...components, ...others];
}

/** Every pod is of the current template, those from before are gone, and at least one can be relied on. */
export function isRolledOut(live: LiveComponent): boolean {
  return isReplaced(live) && live.available >= Math.min(1, live.asked);
}

const isReplaced = ({ current, exists, updated, terminating }: LiveComponent): boolean =>
  current && exists === updated && terminating === 0;
