/**
 * Which requests go to a service: those of its paths, for as long as a replica is there to answer them. Each service has a
 * way in of its own beside that of the platform: the longer prefix wins, and without it requests go to the web side.
 */
import type { Service } from '../../api/schema/capabilities/microservices.ts';
import { liveComponent, type LiveComponent } from '../../cluster/observed.ts';
import { type Entry, isLetIn } from '../entry/entry.ts';
import { ingressEntry } from '../entry/ingress.ts';
import { routeEntry } from '../entry/route.ts';
import type { CapabilityContext } from '../contract/context.ts';
import { serviceName } from '../../api/declared-services.ts';

/** The Deployment of a service as it is. */
export function liveService(
  { platform, observed }: CapabilityContext,
  service: Pick<Service, 'name'>,
): LiveComponent | undefined {
  const child = observed.own.get(`Deployment/${serviceName(platform.name, service)}`);
  return child === undefined ? undefined : liveComponent(observed.snapshot, child);
}

/** Whether requests come in by something that can tell paths apart. */
export function routesByPath(context: CapabilityContext): boolean {
  const { ingress, gateway } = context.spec.capabilities.loadBalancer;
  return (
    isLetIn(context) && (ingress !== undefined || (gateway !== undefined && context.serves('HTTPRoute')))
  );
}

/**
 * The way in of a service, once a replica of it can be relied on; none any more when the last one is gone: the web side,
 * which it was split off, answers meanwhile.
 */
export function entryOf(context: CapabilityContext, service: Service): Entry | undefined {
  const { paths } = service;
  if (paths.length === 0 || !routesByPath(context)) return undefined;
  const name = serviceName(context.platform.name, service);
  const { ready = 0, available = 0 } = liveService(context, service) ?? {};
  if ((isRouted(context, name) ? ready : available) === 0) return undefined;
  const { ingress, gateway } = context.spec.capabilities.loadBalancer;
  const ours = { name, capability: 'microservices', paths, to: name } as const;
  if (ingress !== undefined)
    return ingressEntry(context, ingress, { ...ours, annotations: ingress.annotations });
  return gateway && routeEntry(context, gateway, ours);
}

/** Whether there is a way in that leads to this Service now. */
export const isRouted = ({ live }: CapabilityContext, service: string): boolean =>
  live('Ingress', service) !== undefined || live('HTTPRoute', service) !== undefined;
