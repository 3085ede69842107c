/** What capabilities make of pods: data. */

/** An environment variable of the pods. It wins over `spec.envFrom`; `spec.env` wins over it. */
export interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly secret?: { readonly name: string; readonly key: string };
  /** The components (`ingest`, `sync`, `queue-default`, `all-in-one`) whose pods get it. Left out: all, call-log jobs included. */
  readonly components?: readonly string[];
}

/** How pods differ from what they would be without the capability. */
export interface PodShape {
  /** Spread over nodes, with a disruption budget. */
  readonly spread?: boolean;
  /** A command that runs in a container before its own, in the same process 1. */
  readonly beforeStart?: readonly string[];
  /** By role of the component; `podTemplate.priorityClassName` wins. */
  readonly priorityClassNames?: Readonly<Partial<Record<'all-in-one' | 'ingest' | 'sync' | 'queue', string>>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** A cluster autoscaler is told which pods it may move: those that are given the time to finish. */
  readonly isEvictable?: boolean;
  /** What a container without requests of its own is promised, by resource name. */
  readonly requests?: Readonly<Record<string, string>>;
}
