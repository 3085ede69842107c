/** The pod of a part, or of a job. */
import type { Part, ServicePart } from '../api/parts.ts';
import type { Volume } from '../api/schema/pod-template.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import { partSelector } from '../kube/labels.ts';
import { childNames } from '../kube/names.ts';
import {
  type Container,
  DEREGISTER_SECONDS,
  ingestContainer,
  serviceContainer,
  wholeSeconds,
  workerContainer,
} from './containers.ts';
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
    securityContext: { ...securityContext, seccompProfile: { type: 'RuntimeDefault' } },
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
export function gracePeriodSeconds(part: Part | ServicePart): number {
  switch (part.role) {
    case 'service': {
      const { port, drainTime } = part.service;
      const margin = port === undefined ? WORKER_MARGIN_SECONDS : DEREGISTER_SECONDS + INGEST_MARGIN_SECONDS;
      return wholeSeconds(drainTime) + margin;
    }
    case 'ingest':
      return DEREGISTER_SECONDS + wholeSeconds(part.ingest.drainTime) + INGEST_MARGIN_SECONDS;
    case 'all-in-one':
      return Math.max(
        gracePeriodSeconds({ role: 'ingest', name: 'ingest', ingest: part.ingest }),
        ...part.workers.map(gracePeriodSeconds),
      );
    default:
      return wholeSeconds(part.settings.longestJob) + WORKER_MARGIN_SECONDS;
  }
}

function containersOf(
  platform: string,
  spec: LeadPlatformSpec,
  part: Part | ServicePart,
  shape: Shape,
): readonly Container[] {
  switch (part.role) {
    case 'service':
      return [serviceContainer(platform, spec, part.service, shape)];
    case 'ingest':
      return [ingestContainer(platform, spec, part.ingest, shape)];
    case 'all-in-one':
      return [
        ingestContainer(platform, spec, part.ingest, shape),
        ...part.workers.map((worker) => workerContainer(platform, spec, worker, shape)),
      ];
    default:
      return [workerContainer(platform, spec, part, shape)];
  }
}

/** Spread means: over nodes as well as may be; a pod that finds no other node still runs. */
export function partPodSpec(
  platform: string,
  spec: LeadPlatformSpec,
  part: Part | ServicePart,
  shape: Shape,
) {
  return {
    ...podSpec(
      platform,
      spec,
      containersOf(platform, spec, part, shape),
      // A service is as important as the web side that it was split off.
      shape.priorityClassNames?.[part.role === 'service' ? 'ingest' : part.role],
    ),
    terminationGracePeriodSeconds: gracePeriodSeconds(part),
    ...(shape.spread === true && {
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: 'kubernetes.io/hostname',
          whenUnsatisfiable: 'ScheduleAnyway',
          labelSelector: { matchLabels: partSelector(platform, part.name) },
        },
      ],
    }),
  };
}
