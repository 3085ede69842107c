/** A hook's Job: one pod, one try. What a node takes away is tried again; what failed is a person's, or waits. */
import type { Hook } from '../api/schema/hooks.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import { childMetadata, HOOK_LABEL, componentLabels, SETTINGS_ANNOTATION } from '../kube/labels.ts';
import type { KubeObject, PlatformIdentity } from '../kube/object.ts';
import { container, wholeSeconds } from './containers.ts';
import { jobObject } from './job.ts';
import { jobAnnotations, podSpec } from './pod.ts';
import { settingsHash } from './settings.ts';
import { type Shape, shapeOf } from './shape.ts';

const COMPONENT = 'hooks';

export function hookJob(
  platform: PlatformIdentity,
  spec: LeadPlatformSpec,
  { name: hook, command, image = spec.image, timeout }: Hook,
  job: string,
  shape: Shape,
): KubeObject {
  const { name } = platform;
  const labels = { ...componentLabels(name, COMPONENT), [HOOK_LABEL]: hook };
  // What runs before the start of the application is not for a command of the user's own.
  const { beforeStart: _beforeStart, ...rest } = shapeOf(shape, COMPONENT);
  const { resources } = spec.components.sync;
  return jobObject({
    metadata: childMetadata(platform, job, labels),
    limits: {
      backoffLimit: 0,
      activeDeadlineSeconds: wholeSeconds(timeout),
      podFailurePolicy: {
        rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
      },
    },
    pod: {
      labels: { ...spec.podTemplate.labels, ...labels },
      annotations: { ...jobAnnotations(spec), [SETTINGS_ANNOTATION]: settingsHash(name, spec) },
      spec: podSpec(name, spec, [{ ...container(name, spec, 'hook', { command, resources }, rest), image }]),
    },
  });
}
