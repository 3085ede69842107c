/**
 * What a Job came to by its own containers, where another one keeps its pod from ending: the sidecar that a mesh adds runs on,
 * and Kubernetes calls such a Job active until its deadline.
 *
 * | own containers of the pod | another container | `backoffLimit` | the Job       |
 * |---------------------------|-------------------|----------------|---------------|
 * | one runs, or waits        | whatever          | whatever       | is under way  |
 * | all have ended            | none runs         | whatever       | Kubernetes says it in a moment |
 * | all ended with 0          | runs              | whatever       | has succeeded |
 * | one ended with another    | runs              | 0              | has failed    |
 * | one ended with another    | runs              | more           | is under way: it would be tried again |
 */
import { containersOf } from './workload.ts';
import type { KubeObject } from './object.ts';

/** What is read of a pod of a Job. */
export interface JobPodView {
  readonly status?: {
    readonly containerStatuses?: readonly {
      readonly name: string;
      readonly state?: {
        readonly running?: object;
        readonly terminated?: {
          readonly exitCode?: number;
          readonly reason?: string;
          readonly finishedAt?: string;
        };
      };
    }[];
  };
}

export interface JobEnd {
  readonly type: 'Complete' | 'Failed';
  readonly reason: string;
  readonly message: string;
  /** When the last of its own containers ended, in ISO 8601. */
  readonly at: string;
}

type Ended = { readonly name: string; readonly exitCode: number; readonly at: string };

/** A Job that Kubernetes calls active. */
export function isActive({ kind, metadata, status }: KubeObject): boolean {
  const { active = 0 } = (status ?? {}) as { readonly active?: number };
  return kind === 'Job' && metadata.deletionTimestamp === undefined && active > 0;
}

/** Undefined while it is under way, or where Kubernetes itself will say what it came to. */
export function endByContainers(job: KubeObject, pods: readonly JobPodView[]): JobEnd | undefined {
  const { backoffLimit = 6 } = (job['spec'] ?? {}) as { readonly backoffLimit?: number };
  const names = new Set(containersOf(job).map(({ name }) => name));
  if (names.size === 0) return undefined;
  for (const { status: { containerStatuses = [] } = {} } of pods) {
    const isKeptOpen = containerStatuses.some(({ name, state }) => !names.has(name) && state?.running);
    const ended = containerStatuses.flatMap(({ name, state }): Ended[] => {
      const { exitCode, finishedAt = '' } = state?.terminated ?? {};
      return names.has(name) && exitCode !== undefined ? [{ name, exitCode, at: finishedAt }] : [];
    });
    if (!isKeptOpen || ended.length < names.size) continue;
    const at =
      ended
        .map((one) => one.at)
        .toSorted()
        .at(-1) ?? '';
    const failed = ended.find(({ exitCode }) => exitCode !== 0);
    if (failed === undefined) {
      const message = 'its own container has ended, and another one keeps the pod open';
      return { type: 'Complete', reason: 'OwnContainerSucceeded', message, at };
    }
    if (backoffLimit > 0) continue;
    const message = `container ${failed.name} ended with exit code ${failed.exitCode}, and another one keeps the pod open`;
    return { type: 'Failed', reason: 'OwnContainerFailed', message, at };
  }
  return undefined;
}

/** The Job with what it came to in place of its conditions, where whoever waits for it looks. */
export function withEnd(job: KubeObject, { type, reason, message, at }: JobEnd): KubeObject {
  const condition = { type, status: 'True', reason, message, lastTransitionTime: at };
  return { ...job, status: { ...(job['status'] as object | undefined), conditions: [condition] } };
}
