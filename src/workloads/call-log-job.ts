/** A pass over the call logs, as a CronJob. One at a time: a pass that is late must not meet the next. */
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import { childMetadata, componentLabels, SETTINGS_ANNOTATION } from '../kube/labels.ts';
import { childNames } from '../kube/names.ts';
import type { KubeObject, PlatformIdentity } from '../kube/object.ts';
import type { JobPass } from './call-log-passes.ts';
import { container } from './containers.ts';
import { jobAnnotations, podSpec } from './pod.ts';
import { settingsHash } from './settings.ts';
import { type Shape, shapeOf } from './shape.ts';

/**
 * Seconds. `late`: how long after its time a pass still starts. `longest`: a pass that hangs is ended, or, one at a time,
 * there would never be another.
 */
const TIMES: Readonly<Record<JobPass['pass'], { late: number; longest: number }>> = {
  polling: { late: 120, longest: 3_600 },
  hourly: { late: 600, longest: 3_600 },
  nightly: { late: 3_600, longest: 43_200 },
};

export function callLogJob(
  platform: PlatformIdentity,
  spec: LeadPlatformSpec,
  { pass, schedule, command }: JobPass,
  shape: Shape,
): KubeObject {
  const { name } = platform;
  const labels = componentLabels(name, 'call-logs');
  const { late, longest } = TIMES[pass];
  // A job is over soon: what speeds up a server that runs for days costs it more than it saves.
  const { beforeStart: _, ...withoutStart } = shape;
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: childMetadata(platform, childNames(name).callLogs(pass), labels),
    spec: {
      schedule,
      timeZone: spec.callLogSync.timeZone,
      concurrencyPolicy: 'Forbid',
      // Said, for what stops it by hand is drift: no pass would run, and nothing tell.
      suspend: false,
      startingDeadlineSeconds: late,
      successfulJobsHistoryLimit: 1,
      failedJobsHistoryLimit: 3,
      jobTemplate: {
        metadata: { labels },
        spec: {
          suspend: false,
          backoffLimit: 2,
          activeDeadlineSeconds: longest,
          template: {
            metadata: {
              labels: { ...spec.podTemplate.labels, ...labels },
              annotations: {
                ...jobAnnotations(spec),
                [SETTINGS_ANNOTATION]: settingsHash(name, spec),
              },
            },
            spec: {
              ...podSpec(name, spec, [
                container(
                  name,
                  spec,
                  'call-logs',
                  { command, resources: spec.components.sync.resources },
                  shapeOf(withoutStart, 'call-logs'),
                ),
              ]),
              restartPolicy: 'Never',
            },
          },
        },
      },
    },
  };
}
