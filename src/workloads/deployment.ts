/** The Deployment of a part. */
import type { Part, ServicePart } from '../api/parts.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import {
  childMetadata,
  partLabels,
  partSelector,
  SETTINGS_ANNOTATION,
  EVICTABLE_ANNOTATION,
  STARTED_WITH_ANNOTATION,
} from '../kube/labels.ts';
import { childNames } from '../kube/names.ts';
import type { KubeObject, PlatformIdentity } from '../kube/object.ts';
import { gracePeriodSeconds, partPodSpec } from './pod.ts';
import { MOST_SECONDS, wholeSeconds } from './containers.ts';
import { settingsHash } from './settings.ts';
import { PLAIN, type Shape, shapeOf } from './shape.ts';

/** A cluster autoscaler gives a pod that it moves no more than this, whatever its grace period, unless told otherwise. */
const EVICTED_WITHIN_SECONDS = 600;

interface PartSize {
  /** Absent where somebody else owns the number. */
  readonly replicas?: number;
  /** What it was given when it started from nothing. */
  readonly startedWith?: number;
  /** What capabilities make of its pods. */
  readonly shape?: Shape;
}

export function deployment(
  platform: PlatformIdentity,
  spec: LeadPlatformSpec,
  part: Part | ServicePart,
  { replicas, startedWith, shape: ofAll = PLAIN }: PartSize,
): KubeObject {
  const { name } = platform;
  const shape = shapeOf(ofAll, part.name, part.role === 'service' ? part.like : undefined);
  const labels = partLabels(name, part.name);
  const metadata = childMetadata(platform, childNames(name).part(part.name), labels);
  const { readyTimeout, minReadyTime } = spec.transitions;
  const minReadySeconds = Math.min(MOST_SECONDS - 1, Math.ceil(minReadyTime / 1_000));
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      ...metadata,
      ...(startedWith !== undefined && { annotations: { [STARTED_WITH_ANNOTATION]: String(startedWith) } }),
    },
    spec: {
      ...(replicas !== undefined && { replicas }),
      selector: { matchLabels: partSelector(name, part.name) },
      // A new pod is ready before an old one goes, so a change of the template loses no request.
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: '25%' } },
      revisionHistoryLimit: 3,
      ...(minReadySeconds > 0 && { minReadySeconds }),
      // The API server wants the deadline to be the later of the two.
      progressDeadlineSeconds: Math.max(wholeSeconds(readyTimeout), minReadySeconds + 1),
      template: {
        metadata: {
          labels: { ...spec.podTemplate.labels, ...labels },
          annotations: {
            ...shape.annotations,
            ...(shape.isEvictable === true && {
              [EVICTABLE_ANNOTATION]: String(gracePeriodSeconds(part) <= EVICTED_WITHIN_SECONDS),
            }),
            ...spec.podTemplate.annotations,
            [SETTINGS_ANNOTATION]: settingsHash(name, spec),
          },
        },
        spec: partPodSpec(name, spec, part, shape),
      },
    },
  };
}
