/** A way in from outside the cluster: one object, and the gate that its own controller opens. */
import type { KubeObject } from '../../kube/object.ts';
import { childNames } from '../../kube/names.ts';
import type { Step } from '../contract/contribution.ts';
import type { CapabilityContext } from '../contract/context.ts';

export interface Entry {
  readonly object: KubeObject;
  readonly step: Step;
}

/** Requests come in by load-balancer: it is wanted, or what it made stays although the load does not call for it any more. */
export function isLetIn({ platform, decision, isWanted, live }: CapabilityContext): boolean {
  if (isWanted('load-balancer')) return true;
  const isCalledFor = decision.capabilities.some(({ name }) => name === 'load-balancer');
  const { service } = childNames(platform.name);
  return !isCalledFor && (live('Ingress', service) ?? live('HTTPRoute', service)) !== undefined;
}

/** Metadata with annotations, where there are any. */
export const annotated = (
  metadata: KubeObject['metadata'],
  annotations: Readonly<Record<string, string>>,
): KubeObject['metadata'] => (Object.keys(annotations).length > 0 ? { ...metadata, annotations } : metadata);

interface WithAddress {
  readonly loadBalancer?: {
    readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[];
  };
}

/** Whoever serves an Ingress, or a Service of type LoadBalancer, says so by an address in its status. */
export function addressed(live: KubeObject | undefined, what: string, who: string): Step {
  const { loadBalancer } = (live?.['status'] ?? {}) as WithAddress;
  const done = (loadBalancer?.ingress ?? []).some(({ ip, hostname }) => (ip ?? hostname ?? '') !== '');
  return {
    name: 'AddressAssigned',
    done,
    waits: `${who} has given ${what} no address yet`,
    onTimeout: 'block',
  };
}
