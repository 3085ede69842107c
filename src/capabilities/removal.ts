/** What holds data, on its way out: it stays until a person has confirmed its loss. */
import { REMOVAL_ANNOTATION } from '../api/names.ts';
import { CAPABILITY_LABEL } from '../kube/labels.ts';
import { childKey, type KubeObject } from '../kube/object.ts';
import type { Probe } from '../probes/probe.ts';
import { ABSENT, type PartialContribution, leaving } from './contract/contribution.ts';
import type { CapabilityContext } from './contract/context.ts';

/** `objects` are those that hold data; others go by being left out. */
export function removal(
  context: CapabilityContext,
  objects: readonly KubeObject[],
  probes: readonly Probe[] = [],
): PartialContribution {
  const there = objects.filter((object) => context.observed.own.has(childKey(object)));
  if (there.length === 0) return ABSENT;
  const keys = there.map(childKey);
  if (context.mayLoseData) {
    return {
      ...leaving([{ name: 'Removed', done: false, waits: `deleting ${keys.join(', ')}`, onTimeout: 'wait' }]),
      deletes: keys,
    };
  }
  const capability = there[0]?.metadata.labels?.[CAPABILITY_LABEL] ?? '';
  return {
    ...leaving([
      {
        name: 'RemovalUnconfirmed',
        done: false,
        waits: `nothing uses ${keys.join(', ')} any more, but data is in it; add ${capability} to the annotation ${REMOVAL_ANNOTATION} of the LeadPlatform to let it go`,
        waitsFor: 'person',
      },
    ]),
    objects: there,
    probes,
  };
}
