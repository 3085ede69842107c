/** The pod of a component, or of a job. */
import type { Component, ServiceComponent } from '../api/components.ts';
import type { Volume } from '../api/schema/pod-template.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import { componentSelector } from '../kube/labels.ts';
import { childNames } from '../kube/names.ts';
import {
  type Container,
  DEREGISTER_SECONDS,
  ingestContainer,
  serviceContainer,
  wholeSeconds,
  workerContainer,
} from './containers.ts';
import { podSecurity } from './security.ts';
import type { Shape } from './shape.ts';

/** What a worker gets beyond its longest job, to write its result and go. */
const WORKER_MARGIN_SECONDS = 15;
/** What the web side gets beyond its drain time. */
const INGEST_MARGIN_SECONDS = 5;

/** What every pod has in common, jobs' included. */
export function podSpec(
  platform: string,
  spec: LeadPlatformSpec,
  containers: readonly Container[],
  priority?: string,
) {
  const { nodeSelector, tolerations, serviceAccountName, securityContext, volumes } = spec.podTemplate;
  const priorityClassName = spec.podTemplate.priorityClassName ?? priority;
  return {
    serviceAccountName: serviceAccountName ?? childNames(platform).serviceAccount,
    // An account that somebody chose says itself whether its pods get a token.
    ...(serviceAccountName === undefined && { automountServiceAccountToken: false }),
    // A Service called `redis` would set REDIS_PORT to a URL, which Laravel reads as its port.
    enableServiceLinks: false,
    securityContext: podSecurity(securityContext),
    ...(spec.imagePullSecrets !== undefined && { imagePullSecrets: spec.imagePullSecrets }),
    ...(nodeSelector !== undefined && { nodeSelector }),
    ...(tolerations !== undefined && { tolerations }),
    ...(priorityClassName !== undefined && { priorityClassName }),
    ...(volumes !== undefined && volumes.length > 0 && { volumes: volumes.map(volume) }),
    containers,
  };
}

/** Annotations of the pods of a Job, without those of the operator. */
export const jobAnnotations = ({ podTemplate }: LeadPlatformSpec) => ({
  ...podTemplate.annotations,
  ...podTemplate.jobAnnotations,
});

/** As the API server stores it, which leaves `readOnly: false` out. */
function volume({ persistentVolumeClaim: claim, ...rest }: Volume) {
  if (claim === undefined) return rest;
  const { claimName, readOnly } = claim;
  return { ...rest, persistentVolumeClaim: { claimName, ...(readOnly === true && { readOnly }) } };
}

/** How long the pod may take to stop: as long as the slowest of its containers. */
export function gracePeriodSeconds(component: Component | ServiceComponent): number {
  switch (component.role) {
    case 'service': {
      const { port, drainTime } = component.service;
      const margin = port === undefined ? WORKER_MARGIN_SECONDS : DEREGISTER_SECONDS + INGEST_MARGIN_SECONDS;
      return wholeSeconds(drainTime) + margin;
    }
    case 'ingest':
      return DEREGISTER_SECONDS + wholeSeconds(component.ingest.drainTime) + INGEST_MARGIN_SECONDS;
    case 'all-in-one':
      return Math.max(
        gracePeriodSeconds({ role: 'ingest', name: 'ingest', ingest: component.ingest }),
        ...component.workers.map(gracePeriodSeconds),
      );
    default:
      return wholeSeconds(component.settings.longestJob) + WORKER_MARGIN_SECONDS;
  }
}

function containersOf(
  platform: string,
  spec: LeadPlatformSpec,
  component: Component | ServiceComponent,
  shape: Shape,
): readonly Container[] {
  switch (component.role) {
    case 'service':
      return [serviceContainer(platform, spec, component.service, shape)];
    case 'ingest':
      return [ingestContainer(platform, spec, component.ingest, shape)];
    case 'all-in-one':
      return [
        ingestContainer(platform, spec, component.ingest, shape),
        ...component.workers.map((worker) => workerContainer(platform, spec, worker, shape)),
      ];
    default:
      return [workerContainer(platform, spec, component, shape)];
  }
}

/** Spread means: over nodes as well as may be; a pod that finds no other node still runs. */
export function componentPodSpec(
  platform: string,
  spec: LeadPlatformSpec,
  component: Component | ServiceComponent,
  shape: Shape,
) {
  return {
    ...podSpec(
      platform,
      spec,
      containersOf(platform, spec, component, shape),
      // A service is as important as the web side that it was split off.
      shape.priorityClassNames?.[component.role === 'service' ? 'ingest' : component.role],
    ),
    terminationGracePeriodSeconds: gracePeriodSeconds(component),
    ...(shape.spread === true && {
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: 'kubernetes.io/hostname',
          whenUnsatisfiable: 'ScheduleAnyway',
          labelSelector: { matchLabels: componentSelector(platform, component.name) },
        },
      ],
    }),
  };
}
