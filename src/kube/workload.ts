/**
 * What runs Pods (a Deployment, a StatefulSet, a Job), read. The one place that knows where its fields are, and what is meant
 * where one is left out: Kubernetes leaves zeros out, and the default of one replica.
 */
import type { Labels } from './labels.ts';
import type { ContainerResources } from './limit-range.ts';
import type { KubeObject } from './object.ts';
import type { PodSpec } from './pod-requests.ts';

/** How many replicas there are, and how far they are. */
export interface ReplicaCounts {
  /** That it asks for. */
  readonly asked: number;
  readonly exists: number;
  readonly ready: number;
  /** Ready for long enough that they are relied on, by `minReadySeconds`. */
  readonly available: number;
  /** Pods of the current template. */
  readonly updated: number;
  /** Pods that were told to go and are not gone, where the cluster counts them. */
  readonly terminating: number;
  /** Its controller has seen the last change of the spec. */
  readonly current: boolean;
}

export interface ContainerView {
  readonly name: string;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly env?: readonly EnvEntry[];
  readonly resources?: ContainerResources;
}

export interface EnvEntry {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef?: { readonly name?: string; readonly key?: string } };
}

/** The template of its Pods, as far as anybody looks into it. */
export interface PodTemplate {
  readonly metadata?: { readonly labels?: Labels; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec?: PodSpec & {
    readonly containers?: readonly ContainerView[];
    readonly priorityClassName?: string;
    readonly serviceAccountName?: string;
    readonly terminationGracePeriodSeconds?: number;
  };
}

type Fields = Readonly<Record<string, unknown>>;
const fields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};
const number = (value: unknown, otherwise = 0): number => (typeof value === 'number' ? value : otherwise);

/** Replicas that it asks for. */
export const askedReplicas = ({ spec }: KubeObject): number => number(fields(spec)['replicas'], 1);

export function replicaCounts(object: KubeObject): ReplicaCounts {
  const status = fields(object['status']);
  return {
    asked: askedReplicas(object),
    exists: number(status['replicas']),
    ready: number(status['readyReplicas']),
    available: number(status['availableReplicas']),
    updated: number(status['updatedReplicas']),
    terminating: number(status['terminatingReplicas']),
    current: number(status['observedGeneration']) >= number(object.metadata.generation),
  };
}

/** Somebody has paused it: it takes another size, and rolls nothing out. */
export const isPaused = ({ kind, spec }: KubeObject): boolean =>
  kind === 'Deployment' && fields(spec)['paused'] === true;

export const podTemplateOf = ({ spec }: KubeObject): PodTemplate => fields(fields(spec)['template']);

export const containersOf = (object: KubeObject): readonly ContainerView[] =>
  podTemplateOf(object).spec?.containers ?? [];

/** A CronJob seen as what it makes: with the template of its Pods. */
export const jobTemplateOf = (cronJob: KubeObject): KubeObject => ({
  ...cronJob,
  spec: fields(fields(cronJob['spec'])['jobTemplate'])['spec'] ?? {},
});
