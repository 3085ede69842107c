/** The Deployment of a component. */
import type { Component, ServiceComponent } from '../api/components.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import {
  childMetadata,
  componentLabels,
  componentSelector,
  SETTINGS_ANNOTATION,
  EVICTABLE_ANNOTATION,
  STARTED_WITH_ANNOTATION,
} from '../kube/labels.ts';
import { childNames } from '../kube/names.ts';
import type { KubeObject, PlatformIdentity } from '../kube/object.ts';
import { gracePeriodSeconds, componentPodSpec } from './pod.ts';
import { MOST_SECONDS, wholeSeconds } from './containers.ts';
import { settingsHash } from './settings.ts';
import { PLAIN, type Shape, shapeOf } from './shape.ts';

/** A cluster autoscaler gives a pod that it moves no more than this, whatever its grace period, unless told otherwise. */
const EVICTED_WITHIN_SECONDS = 600;

interface ComponentSize {
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
  component: Component | ServiceComponent,
  { replicas, startedWith, shape: ofAll = PLAIN }: ComponentSize,
): KubeObject {
  const { name } = platform;
  const shape = shapeOf(ofAll, component.name, component.role === 'service' ? component.like : undefined);
  const labels = componentLabels(name, component.name);
  const metadata = childMetadata(platform, childNames(name).component(component.name), labels);
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
      selector: { matchLabels: componentSelector(name, component.name) },
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
              [EVICTABLE_ANNOTATION]: String(gracePeriodSeconds(component) <= EVICTED_WITHIN_SECONDS),
            }),
            ...spec.podTemplate.annotations,
            [SETTINGS_ANNOTATION]: settingsHash(name, spec),
          },
        },
        spec: componentPodSpec(name, spec, component, shape),
      },
    },
  };
}
