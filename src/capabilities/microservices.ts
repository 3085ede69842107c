import type { Service } from '../api/schema/capabilities/microservices.ts';
import { confirmedRemovals, movedData } from '../api/confirmed.ts';
import { DATA_MOVED_BACK_ANNOTATION } from '../api/names.ts';
import { CAPABILITY_LABEL } from '../kube/labels.ts';
import { componentOfName } from '../kube/names.ts';
import { whyNotReady } from '../cluster/observed.ts';
import type { Capability } from './contract/capability.ts';
import {
  blocked,
  type PartialContribution,
  gated,
  leaving,
  ready,
  type Step,
} from './contract/contribution.ts';
import { hasOwnDatabase } from './database/clusters.ts';
import { declaredServices, componentName, serviceName } from '../api/declared-services.ts';
import { dueServices } from './services/declared.ts';
import { extraComponent, objectsOf } from './services/objects.ts';
import { entryOf, isRouted, liveService, routesByPath } from './services/routes.ts';
import type { CapabilityContext } from './contract/context.ts';

export const microservices: Capability = {
  name: 'microservices',
  prerequisites: ['an image or a command for each service'],
  summary: 'Splits services off: the first ones at 30,000 leads/day, every one by 50,000.',
  manual: {
    fields: ['spec.capabilities.microservices', 'spec.capabilities.loadBalancer'],
    how: 'Each service gets a Deployment, a disruption budget and, where it has a port, a Service and probes. Its pods have the environment and the pod template of the web side. Once a replica can be relied on, an Ingress or HTTPRoute of its own, like the one that you describe for load-balancer, sends its paths there instead of to the web side; when the last replica is gone they go back until there is one again. On the way down the paths go back first, and then the Deployment goes; a service with a database of its own (database-per-service) stays until its data is moved back. Where nothing is declared there is one service, `webhook`, with the image and the command of the web side: calls of the dialer then never wait behind pages. How services are sized, and why, is in [services](../design/services.md).',
    costs:
      'Two pods a service at least, and their database connections; more as the web side grows. Nothing is moved, and nothing restarts that runs already.',
    touches:
      'Deployment, PodDisruptionBudget, Service, and Ingress or HTTPRoute, each called `<platform>-service-<name>`.',
    undo: 'Take a service out of `spec.capabilities.microservices.services`, or set the policy of `microservices` to `Never`. Replicas finish what they have begun (`drainTime`).',
  },
  build: (context) => (context.wanted ? splitOff(context) : mergedBack(context)),
};

function splitOff(context: CapabilityContext): PartialContribution {
  const called = dueServices(context);
  const due = [...called, ...staying(context, called)];
  if (due.length === 0) {
    return {
      ...mergedBack(context),
      ...blocked(
        'NoServices',
        `No service is declared, and callLogSync.strategy is ${context.spec.callLogSync.strategy}, which has no webhook that could be one; declare services under capabilities.microservices.services, or set the policy of microservices to Never.`,
      ),
    };
  }
  const { entries, ...added } = running(context, due);
  const unrouted = due.filter(({ paths }) => paths.length > 0 && !routesByPath(context));
  if (unrouted.length > 0) return { ...blocked('NotRouted', notRouted(context, unrouted)), ...added };
  const names = due.map(({ name }) => name).join(', ');
  return {
    ...gated(
      [servicesReady(context, due), ...entries.map(({ step }) => step), routedBack(context, due)],
      ready(`Each has a Deployment of its own: ${names}.`),
    ),
    ...added,
  };
}

function mergedBack(context: CapabilityContext): PartialContribution {
  const stay = staying(context, []);
  if (stay.length === 0) return { ...leaving([routedBack(context, [])]), retain: stillRouted(context, []) };
  const { entries: _, ...added } = running(context, stay);
  const names = stay.map(({ name }) => name).join(', ');
  const step: Step = {
    name: 'DatabaseInUse',
    done: false,
    waits: `the data of ${names} is in a database of its own, which database-per-service has to leave first`,
    waitsFor: 'person',
  };
  return { ...leaving([step]), ...added };
}

/** All that these services need to run and to be sent requests. */
function running(context: CapabilityContext, services: readonly Service[]) {
  const entries = services.flatMap((service) => entryOf(context, service) ?? []);
  return {
    entries,
    objects: [
      ...services.flatMap((service) => objectsOf(context, service)),
      ...entries.map(({ object }) => object),
    ],
    components: services.map((service) => extraComponent(context, service)),
    retain: stillRouted(context, services),
  };
}

/** Not called for (any more), but what is in their databases is nowhere else: the web side would not find it. */
function staying(context: CapabilityContext, called: readonly Service[]): readonly Service[] {
  return declaredServices(context.spec).filter(
    (service) => !called.includes(service) && hasOwnDatabase(context, componentName(service)),
  );
}

function notRouted(
  { platform: { name, namespace } }: CapabilityContext,
  services: readonly Service[],
): string {
  const paths = services.flatMap((service) => service.paths).join(', ');
  const addresses = services.map((service) => `http://${serviceName(name, service)}.${namespace}`).join(', ');
  return `Requests for ${paths} still go to the web side, for load-balancer has no ingress and no gateway that works, which alone tell paths apart. Give capabilities.loadBalancer.ingress or gateway, or declare services without paths and let callers use ${addresses}.`;
}

/** Kept, however late: a service that is not ready gets no requests, and is no reason to end the others. */
function servicesReady(context: CapabilityContext, due: readonly Service[]): Step {
  const late = due.flatMap((service) => {
    const live = liveService(context, service);
    if (live === undefined) return [service.name];
    const { current, available, asked, updated, exists } = live;
    const why = whyNotReady(live);
    const isUp = current && available >= Math.min(1, asked) && updated >= exists;
    return isUp ? [] : [why === undefined ? service.name : `${service.name} (${why})`];
  });
  return {
    name: 'ServicesReady',
    done: late.length === 0,
    waits: `not ready yet: ${late.join(', ')}`,
    onTimeout: 'block',
  };
}

/** Deployments that are to go, those included that the spec has forgotten. */
function goingOf({ observed, platform }: CapabilityContext, due: readonly Service[]): readonly string[] {
  const stay = new Set(due.map((service) => serviceName(platform.name, service)));
  return [...observed.own.values()]
    .map(({ object }) => object)
    .filter(
      ({ kind, metadata }) =>
        kind === 'Deployment' && metadata.labels?.[CAPABILITY_LABEL] === 'microservices',
    )
    .map(({ metadata }) => metadata.name)
    .filter((name) => !stay.has(name));
}

/** Whoever still gets requests stays until the way in is gone. Its pods answer while routers learn of it. */
function stillRouted(context: CapabilityContext, due: readonly Service[]): readonly string[] {
  return goingOf(context, due).flatMap((name) => {
    const all = [`Deployment/${name}`, `Service/${name}`, `PodDisruptionBudget/${name}`];
    if (isHeld(context, name)) return [...all, `Ingress/${name}`, `HTTPRoute/${name}`];
    return isRouted(context, name) ? all : [];
  });
}

/** The spec has forgotten it, but not what is in its database, until somebody says that this is back. */
function isHeld(context: CapabilityContext, deployment: string): boolean {
  const { name, annotations } = context.platform;
  const { back } = movedData(annotations);
  const isBack =
    confirmedRemovals(annotations).has('database-per-service') ||
    [...back].some((what) => what.split('/')[0] === 'database-per-service');
  return !isBack && hasOwnDatabase(context, componentOfName(name, deployment));
}

function routedBack(context: CapabilityContext, due: readonly Service[]): Step {
  const going = goingOf(context, due);
  const held = going.filter((name) => isHeld(context, name));
  if (held.length > 0) {
    return {
      name: 'DatabaseInUse',
      done: false,
      waits: `the data of ${held.join(', ')} is in a database of its own; name the service again, or move the data back and add database-per-service to the annotation ${DATA_MOVED_BACK_ANNOTATION}`,
      waitsFor: 'person',
    };
  }
  return {
    name: 'RoutedBack',
    done: going.length === 0,
    waits: `${going.join(', ')} ${going.length === 1 ? 'goes' : 'go'} once no requests are sent there any more`,
    onTimeout: 'wait',
  };
}
