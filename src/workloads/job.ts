/** A Job around a Pod. */
import type { KubeObject } from '../kube/object.ts';

interface JobInput {
  readonly metadata: KubeObject['metadata'];
  /** How often it is tried, and for how long. */
  readonly limits: {
    /** Tries after the first; 0 where nobody knows whether half of it can be begun again. */
    readonly backoffLimit: number;
    readonly activeDeadlineSeconds?: number;
    readonly podFailurePolicy?: object;
  };
  readonly pod: {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>> | undefined;
    /** A Pod's spec. A container that fails is not started again in the same Pod: that is the Job's to do. */
    readonly spec: object;
  };
}

export function jobObject({ metadata, limits, pod: { labels, annotations, spec } }: JobInput): KubeObject {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata,
    spec: {
      ...limits,
      template: {
        metadata: { labels, ...(annotations !== undefined && { annotations }) },
        spec: { ...spec, restartPolicy: 'Never' },
      },
    },
  };
}
