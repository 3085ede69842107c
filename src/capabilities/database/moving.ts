/** Moving data is the application's work: it says when it is done, by an annotation or by a Job of its own that succeeds. */
import { containersOf } from '../../kube/workload.ts';
import { movedData } from '../../api/confirmed.ts';
import { type CapabilityName, DATA_MOVED_ANNOTATION, DATA_MOVED_BACK_ANNOTATION } from '../../api/names.ts';
import type { LeadPlatformSpec } from '../../api/schema/leadplatform.ts';
import { container } from '../../workloads/containers.ts';
import { jobAnnotations, podSpec } from '../../workloads/pod.ts';
import { jobOutcome } from '../../kube/job-outcome.ts';
import { jobObject } from '../../workloads/job.ts';
import { shortHash } from '../../kube/hash.ts';
import { capabilityMetadata } from '../../kube/labels.ts';
import { isRolledOut, asksFor } from '../contract/rollout.ts';
import type { CapabilityContext } from '../contract/context.ts';
import { liveComponent } from '../../cluster/observed.ts';
import type { KubeObject } from '../../kube/object.ts';
import { auxiliaryWorkloads } from '../contract/auxiliary-workloads.ts';
import type { EnvVar } from '../../workloads/pod-shape.ts';
import type { Step } from '../contract/contribution.ts';

type Command = LeadPlatformSpec['capabilities']['databaseSharding']['move'];

export interface Move {
  /** The application has said that its data is there. */
  readonly isDone: boolean;
  /** The Job that moves it, where it is a Job's work and under way. */
  readonly job: KubeObject | undefined;
  readonly hasFailed: boolean;
  /** What it waits for, as the middle of a sentence. */
  readonly waits: string;
}

/** `what`: what is moved, as the annotation says it, like `database-per-service/orders`. */
export function moveOf(
  context: CapabilityContext,
  capability: CapabilityName,
  what: string,
  command: Command,
  env: readonly EnvVar[],
): Move {
  const { there, back } = movedData(context.platform.annotations);
  if (back.has(capability)) {
    const waits = `${DATA_MOVED_BACK_ANNOTATION} still names ${capability}; take it off`;
    return { isDone: false, job: undefined, hasFailed: false, waits };
  }
  if (there.has(what)) return { isDone: true, job: undefined, hasFailed: false, waits: '' };
  if (command === undefined) {
    const waits = `move the data of ${what}, then add ${what} to the annotation ${DATA_MOVED_ANNOTATION} of the LeadPlatform`;
    return { isDone: false, job: undefined, hasFailed: false, waits };
  }
  const job = moveJob(context, capability, what, command, env);
  const { name } = job.metadata;
  const outcome = jobOutcome(context.live('Job', name))?.state;
  const hasFailed = outcome === 'Failed';
  return {
    isDone: outcome === 'Succeeded',
    job,
    hasFailed,
    waits: hasFailed
      ? `Job/${name} has failed, and its log says why; delete it to have it tried again`
      : `Job/${name} moves the data of ${what}`,
  };
}

/** One pod and one try: nobody knows whether half a move can be begun anew. */
function moveJob(
  { platform, spec }: CapabilityContext,
  capability: CapabilityName,
  what: string,
  { command, image = spec.image }: NonNullable<Command>,
  env: readonly EnvVar[],
): KubeObject {
  const hash = shortHash([what, command, image, env.map(asNamed)]).slice(0, 8);
  const metadata = capabilityMetadata(platform, `${platform.name}-move-${hash}`, capability);
  const added = env.map(({ components: _components, ...variable }) => ({
    ...variable,
    name: `NEW_${variable.name}`,
  }));
  const moving = { ...container(platform.name, spec, 'move', { command }, { env: added }), image };
  return jobObject({
    metadata,
    limits: { backoffLimit: 0 },
    pod: {
      labels: { ...spec.podTemplate.labels, ...metadata.labels },
      annotations: jobAnnotations(spec),
      spec: podSpec(platform.name, spec, [moving]),
    },
  });
}

/**
 * As the name of the Job has had it from the first release on. Under another name the operator would take a move that runs, or
 * is over, for one that has not begun.
 */
const asNamed = ({ components, ...variable }: EnvVar) =>
  components === undefined ? variable : { ...variable, parts: components };

/** Nothing goes back to where it was before the application has its data there again. */
export function movedBack(context: CapabilityContext, capability: CapabilityName, isInUse: boolean): Step {
  const { there, back } = movedData(context.platform.annotations);
  const stale = [...there].filter((name) => name.split('/')[0] === capability);
  const isSaid = back.has(capability);
  const waits = [
    ...(isSaid ? [] : [`add ${capability} to the annotation ${DATA_MOVED_BACK_ANNOTATION}`]),
    ...(stale.length > 0 ? [`take ${stale.join(', ')} off ${DATA_MOVED_ANNOTATION}`] : []),
  ].join(', and ');
  return {
    name: 'DataMovedBack',
    done: !isInUse || (isSaid && stale.length === 0),
    waits: `the data is in the new databases; move it back, then ${waits}`,
    waitsFor: 'person',
  };
}

/** A Deployment of the platform by its component, those of services included. */
function deploymentOf({ platform, observed }: CapabilityContext, component: string) {
  return observed.own.get(`Deployment/${platform.name}-${component}`);
}

export const isThere = (context: CapabilityContext, component: string): boolean =>
  deploymentOf(context, component) !== undefined;

/** The components that are there and what runs beside them; those that are being replaced left out. */
export function allComponents(context: CapabilityContext): readonly string[] {
  return [
    ...context.transitionState.wanted.map(({ component }) => component.name),
    ...auxiliaryWorkloads(context).map(({ name }) => name),
  ];
}

/** Some pod of these components is asked to run with all of these variables. */
export function isInUse(
  context: CapabilityContext,
  components: readonly string[],
  env: readonly EnvVar[],
): boolean {
  return components.some((component) => {
    const child = deploymentOf(context, component);
    return child !== undefined && asksFor(child.object, env, true);
  });
}

/** The components whose pods do not all run with these variables yet; or, `present: false`, that still run with one of them. */
export function componentsLate(
  context: CapabilityContext,
  components: readonly string[],
  env: readonly EnvVar[],
  present = true,
): readonly string[] {
  return components.filter((component) => {
    const child = deploymentOf(context, component);
    if (child === undefined) return present;
    return (
      !isRolledOut(liveComponent(context.observed.snapshot, child)) || !asksFor(child.object, env, present)
    );
  });
}

/** The value of a variable in the pods of a component; undefined where there is none. */
export function valueIn(context: CapabilityContext, component: string, name: string): string | undefined {
  const child = deploymentOf(context, component);
  if (child === undefined) return undefined;
  const [first] = containersOf(child.object);
  return first?.env?.find((entry) => entry.name === name)?.value;
}

/** Some pods still use the database that is to go. */
export const switchingBack = (late: readonly string[]): Step => ({
  name: 'SwitchedBack',
  done: false,
  waits: `pods of ${late.join(', ')} are being replaced`,
  onTimeout: 'wait',
});
