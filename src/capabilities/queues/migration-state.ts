/** What a move is decided from, read off what runs: templates, rollouts, who stayed behind, and what servers say. */
import { containersOf, jobTemplateOf } from '../../kube/workload.ts';
import type { CapabilityName } from '../../api/names.ts';
import type { WorkerComponent } from '../../api/components.ts';
import type { Instant } from '../../model/reading.ts';
import { CAPABILITY_LABEL } from '../../kube/labels.ts';
import { componentOfName } from '../../kube/names.ts';
import { hasActiveJobs, liveComponent } from '../../cluster/observed.ts';
import type { KubeObject } from '../../kube/object.ts';
import { isRolledOut } from '../contract/rollout.ts';
import type { CapabilityContext } from '../contract/context.ts';
import type { DrainWorker, QueueComponent } from './migration-plan.ts';
import { homeOf, type ServerName, SERVERS, SERVER_VARIABLE } from './server.ts';

/** The pods of passes over the call logs, as a component. */
export const CALL_LOGS = 'call-logs';

export interface DrainWorkerDeployment extends DrainWorker<ServerName> {
  readonly name: string;
  readonly asked: number;
}

/** Every queue has a worker; one pod with everything has all of them. */
export function workersOf({ transitionState: { wanted } }: CapabilityContext): readonly WorkerComponent[] {
  return wanted.flatMap(({ component }) => {
    if (component.role === 'all-in-one') return component.workers;
    return component.role === 'ingest' ? [] : [component];
  });
}

/** No name of a server has `-on-` in it, so that no two of them are called the same. */
export const drainWorkerName = (server: ServerName, worker: string) => `left-${worker}-on-${server}`;

export function componentsOf(context: CapabilityContext): readonly QueueComponent<ServerName>[] {
  const jobs = [...context.observed.own.values()]
    .map(({ object }) => object)
    .filter(({ kind }) => kind === 'CronJob')
    .map((job) => serverIn(context, jobTemplateOf(job)));
  return [
    ...context.transitionState.wanted.map(({ component, live, wanted }) => ({
      name: component.name,
      works: component.role !== 'ingest',
      publishes: component.role === 'ingest' || component.role === 'all-in-one',
      server: live && serverIn(context, live.object),
      // One that was about to go and is called back has no pods yet.
      isSettled: live !== undefined && isRolledOut(live) && live.available >= Math.min(1, wanted),
    })),
    ...servicesOf(context),
    ...(jobs.length === 0
      ? []
      : [
          {
            name: CALL_LOGS,
            works: false,
            publishes: true,
            server: jobs[0],
            // Jobs that are under way are waited for when the server is drained: a pass may take hours.
            isSettled: new Set(jobs).size === 1,
          },
        ]),
  ];
}

/** Services that were split off the web side: they make jobs as it does, and get the same environment. */
function servicesOf(context: CapabilityContext): readonly QueueComponent<ServerName>[] {
  const { observed, platform } = context;
  return ownDeployments(context)
    .filter(({ object }) => isOf(object, ['microservices', 'full-microservices']))
    .map((child) => ({
      name: componentOfName(platform.name, child.object.metadata.name),
      works: false,
      publishes: true,
      server: serverIn(context, child.object),
      isSettled: isRolledOut(liveComponent(observed.snapshot, child)),
    }));
}

const ownDeployments = ({ observed }: CapabilityContext) =>
  [...observed.own.values()].filter(
    ({ object: { kind, metadata } }) => kind === 'Deployment' && metadata.deletionTimestamp === undefined,
  );

const isOf = ({ metadata }: KubeObject, capabilities: readonly CapabilityName[]): boolean =>
  capabilities.some((name) => name === metadata.labels?.[CAPABILITY_LABEL]);

/** Servers of components that are being replaced as a whole; the web side's first. */
export function leavingOf(context: CapabilityContext): readonly ServerName[] {
  const isWeb = (name: string) => name === 'ingest' || name === 'all-in-one';
  return context.transitionState.old
    .toSorted((one, other) => Number(isWeb(other.name)) - Number(isWeb(one.name)))
    .map(({ object }) => serverIn(context, object));
}

/** Those who were left on a server. */
export function drainWorkersOf(context: CapabilityContext): readonly DrainWorkerDeployment[] {
  const { observed, platform } = context;
  return ownDeployments(context)
    .filter(({ object }) => isOf(object, ['queue-system']))
    .map((child) => {
      const live = liveComponent(observed.snapshot, child);
      const name = componentOfName(platform.name, child.object.metadata.name);
      const server = serverIn(context, child.object);
      return {
        name,
        server,
        worker: name.slice('left-'.length, -`-on-${server}`.length),
        isReady: isRolledOut(live) && live.available > 0,
        asked: live.asked,
      };
    });
}

/**
 * Whether every job of a pass over the call logs was begun after `since`. One at a time: where one was begun after it,
 * none from before is left.
 */
export function callLogsSince({ observed }: CapabilityContext, since: Instant): boolean {
  return [...observed.own.values()]
    .map(({ object }) => object)
    .filter((object) => object.kind === 'CronJob' && hasActiveJobs(object))
    .every(({ status }) => {
      const { lastScheduleTime = '' } = (status ?? {}) as { readonly lastScheduleTime?: string };
      return Date.parse(lastScheduleTime) > since;
    });
}

/** Whether a template says where its queues are. */
export const saysWhere = (object: KubeObject): boolean =>
  (containersOf(object)[0]?.env ?? []).some(({ name }) => name === SERVER_VARIABLE);

function serverIn(context: CapabilityContext, object: KubeObject): ServerName {
  const [container] = containersOf(object);
  const value = container?.env?.find(({ name }) => name === SERVER_VARIABLE)?.value;
  return SERVERS.find((name) => name === value) ?? homeOf(context);
}
