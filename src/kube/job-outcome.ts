/** What a Job came to, read off its conditions. */
import type { Instant } from '../model/reading.ts';
import type { KubeObject } from './object.ts';

export interface JobOutcome {
  readonly state: 'Succeeded' | 'Failed';
  /** When; 0 where Kubernetes does not say. */
  readonly at: Instant;
  /** What Kubernetes says of one that failed. */
  readonly message?: string;
}

interface JobStatus {
  readonly completionTime?: string;
  readonly conditions?: readonly {
    readonly type?: string;
    readonly status?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly lastTransitionTime?: string;
  }[];
}

/** Undefined while it is under way, and where there is none. */
export function jobOutcome(job: KubeObject | undefined): JobOutcome | undefined {
  const { conditions = [], completionTime } = (job?.['status'] ?? {}) as JobStatus;
  const find = (type: string) => conditions.find((one) => one.type === type && one.status === 'True');
  const instant = (time = '') => Date.parse(time) || 0;
  const complete = find('Complete');
  if (complete !== undefined)
    return { state: 'Succeeded', at: instant(complete.lastTransitionTime ?? completionTime) };
  const failed = find('Failed');
  if (failed === undefined) return undefined;
  const words = [failed.reason, failed.message].filter((text) => text !== undefined && text !== '');
  return { state: 'Failed', at: instant(failed.lastTransitionTime), message: words.join(': ') };
}
