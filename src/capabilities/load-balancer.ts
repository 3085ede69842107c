import { childNames } from '../kube/names.ts';
import { CAPABILITY_LABEL } from '../kube/labels.ts';
import { childKey } from '../kube/object.ts';
import type { Capability } from './contract/capability.ts';
import { ABSENT, blocked, type PartialContribution, gated, ready } from './contract/contribution.ts';
import { balancerEntry } from './entry/balancer.ts';
import type { Entry } from './entry/entry.ts';
import { ingressEntry } from './entry/ingress.ts';
import { routeEntry } from './entry/route.ts';
import type { CapabilityContext } from './contract/context.ts';

export const loadBalancer: Capability = {
  name: 'load-balancer',
  prerequisites: ['a load balancer or an ingress controller'],
  summary: 'Spreads requests over the replicas of ingest.',
  manual: {
    fields: ['spec.capabilities.loadBalancer'],
    how: 'An Ingress, an HTTPRoute (Gateway API) or a Service of type LoadBalancer, whichever you describe, lets requests in. Ingress and HTTPRoute lead to the Service of the platform, which stays the same when components change, so a change of tier moves nothing here; the Service of type LoadBalancer follows together with it. It is ready when its controller says so: an address at the Ingress or the Service, `Accepted` and `ResolvedRefs` by every Gateway for what is written now. Where you change from one way to another, the old one stays until the new one is ready. A load that falls takes nothing away: names in DNS point there.',
    costs: 'What the controller or the cloud takes for it.',
    touches:
      'One object, `<platform>` (Ingress, HTTPRoute) or `<platform>-lb` (Service). The controller, the IngressClass, the Gateway, certificates and DNS are yours. Host names and annotations have to be allowed (`authors.allowHostnames` and `allowIngressAnnotations` of the chart).',
    undo: 'Remove `spec.capabilities.loadBalancer`, or set the policy of `load-balancer` to `Never`: the object is deleted, and no request comes in by it any more. Requests inside the cluster go on through the Service.',
  },
  build: (context) => (context.wanted ? balanced(context) : stays(context)),
};

const namesOf = ({ platform: { name } }: CapabilityContext) => ({
  shared: childNames(name).service,
  balancer: `${name}-lb`,
});

/** The way in that the spec describes. */
function entryOf(context: CapabilityContext): Entry | undefined {
  const { ingress, gateway, service } = context.spec.capabilities.loadBalancer;
  const { shared: name, balancer } = namesOf(context);
  const ours = { name, capability: 'load-balancer' } as const;
  if (ingress !== undefined) {
    return ingressEntry(context, ingress, {
      ...ours,
      paths: [ingress.path],
      annotations: ingress.annotations,
    });
  }
  if (gateway !== undefined) return routeEntry(context, gateway, { ...ours, paths: [gateway.path] });
  return service && balancerEntry(context, service, balancer);
}

function balanced(context: CapabilityContext): PartialContribution {
  if (context.spec.capabilities.loadBalancer.gateway !== undefined && !context.serves('HTTPRoute')) {
    return {
      ...blocked(
        'GatewayApiMissing',
        'The cluster has no Gateway API (gateway.networking.k8s.io/v1, HTTPRoute); install it, or give capabilities.loadBalancer.ingress or service.',
      ),
      retain: others(context),
    };
  }
  const entry = entryOf(context);
  if (entry === undefined) {
    return blocked(
      'NotConfigured',
      'Inside the cluster the Service spreads requests over all replicas, but no way in is set. Set spec.capabilities.loadBalancer.ingress, gateway or service, or set the policy of load-balancer to Never.',
    );
  }
  const { object, step } = entry;
  return {
    ...gated([step], ready(`${childKey(object)} lets requests in, by what its controller says.`)),
    objects: [object],
    // Clients that still come in by another way do so until this one is open.
    ...(!step.done && { retain: others(context, childKey(object)) }),
  };
}

/** Nobody calls for it at this load any more, but clients come in by it. What was refused or does not come off goes. */
function stays(context: CapabilityContext): PartialContribution {
  if (context.decision.capabilities.some(({ name }) => name === 'load-balancer')) return ABSENT;
  const entry = entryOf(context);
  if (entry === undefined || !context.observed.own.has(childKey(entry.object))) return ABSENT;
  const key = childKey(entry.object);
  return {
    state: entry.step.done ? 'Ready' : 'Progressing',
    reason: 'Kept',
    message: `The load does not call for it any more, but clients may come in by ${key}; remove capabilities.loadBalancer to take it away.`,
    objects: [entry.object],
  };
}

/** Ways in that are there beside the one that is wanted. */
function others({ observed: { own } }: CapabilityContext, wanted?: string): readonly string[] {
  return [...own]
    .filter(
      ([key, { object }]) => key !== wanted && object.metadata.labels?.[CAPABILITY_LABEL] === 'load-balancer',
    )
    .map(([key]) => key);
}
