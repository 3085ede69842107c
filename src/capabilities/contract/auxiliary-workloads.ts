/**
 * What capabilities run beside the parts of the platform: services that were split off, and workers that stayed with a
 * queue server. Their pods get the environment of the components, so they are waited for when it changes.
 */
import { CAPABILITY_LABEL } from '../../kube/labels.ts';
import { liveComponent, type LiveComponent, type Observed } from '../../cluster/observed.ts';
import { declaredServices, componentName } from '../../api/declared-services.ts';
import type { CapabilityContext } from './context.ts';

export interface AuxiliaryWorkload {
  readonly name: string;
  readonly live: LiveComponent;
  /** The component whose environment they share. */
  readonly like: string;
  /** The role of the components that they are like. */
  readonly role: 'ingest' | 'sync' | 'queue';
  /** Variables that the spec gives them itself, and which win. */
  readonly own: ReadonlySet<string>;
  /** Their command is not known, or is not the application's: nothing runs before it. */
  readonly startsByItself: boolean;
}

/** The same for every capability that asks in one pass. */
const known = new WeakMap<Observed, readonly AuxiliaryWorkload[]>();

export function auxiliaryWorkloads(context: CapabilityContext): readonly AuxiliaryWorkload[] {
  let found = known.get(context.observed);
  if (found === undefined) known.set(context.observed, (found = auxiliaryWorkloadsOf(context)));
  return found;
}

function auxiliaryWorkloadsOf({
  observed,
  spec,
  transitionState,
}: CapabilityContext): readonly AuxiliaryWorkload[] {
  const web = transitionState.wanted.find(
    ({ component }) => component.role === 'ingest' || component.role === 'all-in-one',
  );
  return [...observed.own.values()].flatMap((child): AuxiliaryWorkload | readonly AuxiliaryWorkload[] => {
    const { kind, metadata } = child.object;
    if (kind !== 'Deployment' || metadata.deletionTimestamp !== undefined) return [];
    const capability = metadata.labels?.[CAPABILITY_LABEL];
    if (capability === undefined) return [];
    const live = liveComponent(observed.snapshot, child);
    const { name } = live;
    if (capability !== 'microservices') {
      const role = name.startsWith('left-sync-on-') ? 'sync' : 'queue';
      return { name, live, like: name, role, own: new Set(), startsByItself: false };
    }
    const service = declaredServices(spec).find((one) => componentName(one) === name);
    return {
      name,
      live,
      like: web?.component.name ?? 'ingest',
      role: 'ingest',
      own: new Set(Object.keys(service?.env ?? {})),
      startsByItself: service?.image !== undefined || service?.command === undefined,
    };
  });
}
