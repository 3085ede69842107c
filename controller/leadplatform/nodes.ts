/**
 * Reads what is free on the nodes, where whoever runs the operator lets it: a list of nodes and one of all pods of the
 * cluster. Only when something is about to begin, and one for all platforms that begin at that time. Of each page of pods
 * only sums are kept.
 */
import { isOurs } from '../../src/kube/labels.ts';
import type { NodeHeadroom, Nodes } from '../../src/cluster/node-headroom.ts';
import { amounts, less, type PodSpec, requestsOf } from '../../src/kube/pod-requests.ts';
import { isForbidden } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import type { KubeObject, Resources } from '../runtime/resources.ts';
import { NODES, PODS } from './kinds.ts';

/** A fleet that begins does not ask for each platform; and what is told of nodes is to be so, not to have been. */
const SHARE_MS = 2_000;
/** After a look that failed. */
const AGAIN_MS = 10_000;
/** Who may not look is not given that right every few seconds. */
const FORBIDDEN_MS = 300_000;
const TIMEOUT_MS = 5_000;

/** What is there and runs, or will: what has no node takes none of it, and what has ended no more. */
const ON_A_NODE = 'spec.nodeName!=,status.phase!=Succeeded,status.phase!=Failed';

interface Look {
  readonly nodes: readonly NodeHeadroom[];
  /** By namespace. */
  readonly placed: ReadonlyMap<string, Nodes['placed']>;
}

export class NodeReader {
  readonly #resources: Pick<Resources, 'pages'>;
  readonly #logger: Logger;
  #shared: Promise<Look | undefined> | undefined;
  #askAgainAt = -Infinity;
  #hasWarned = false;

  constructor(resources: Pick<Resources, 'pages'>, logger: Logger) {
    this.#resources = resources;
    this.#logger = logger;
  }

  /** Never rejects but when `signal` says so: undefined where nothing could be read. */
  async look(namespace: string, signal: AbortSignal): Promise<Nodes | undefined> {
    // Monotonic: a clock that is set back must not keep an old look.
    const now = performance.now();
    if (this.#shared === undefined || now >= this.#askAgainAt) {
      this.#askAgainAt = now + SHARE_MS;
      this.#shared = this.#read(AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)])).catch(
        (error: unknown) => this.#failed(error),
      );
    }
    const look = await this.#shared;
    signal.throwIfAborted();
    return look && { nodes: look.nodes, placed: look.placed.get(namespace) ?? [] };
  }

  async #read(signal: AbortSignal): Promise<Look> {
    const nodes = new Map<string, NodeHeadroom>();
    const placed = new Map<string, Readonly<Record<string, string>>[]>();
    for await (const page of this.#resources.pages(NODES, { signal })) {
      for (const node of page) nodes.set(node.metadata.name ?? '', headroomOf(node));
    }
    for await (const page of this.#resources.pages(PODS, { fieldSelector: ON_A_NODE, signal })) {
      for (const { metadata, spec } of page as readonly PodObject[]) {
        const node = nodes.get(spec?.nodeName ?? '');
        if (node === undefined) continue;
        nodes.set(spec?.nodeName ?? '', { ...node, free: less(node.free, requestsOf(spec ?? {})) });
        const { namespace = '', labels = {} } = metadata;
        if (!isOurs(labels)) continue;
        const others = placed.get(namespace);
        if (others === undefined) placed.set(namespace, [labels]);
        else others.push(labels);
      }
    }
    return { nodes: [...nodes.values()], placed };
  }

  #failed(error: unknown): undefined {
    this.#askAgainAt = performance.now() + AGAIN_MS;
    if (!isForbidden(error)) return;
    this.#askAgainAt = performance.now() + FORBIDDEN_MS;
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    this.#logger.warn(
      {},
      'Nodes are not looked at: the ServiceAccount may not list nodes and pods of the whole cluster; grant it, or start without --look-at-nodes',
    );
  }
}

type PodObject = KubeObject & { readonly spec?: PodSpec & { readonly nodeName?: string } };

interface NodeFields {
  readonly spec?: { readonly unschedulable?: boolean; readonly taints?: NodeHeadroom['taints'] };
  readonly status?: { readonly allocatable?: Readonly<Record<string, unknown>> };
}

/** What the scheduler takes a node that is cordoned for, whether or not the taint has been put on it already. */
const CORDONED = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' } as const;

function headroomOf(node: KubeObject): NodeHeadroom {
  const { spec = {}, status = {} } = node as NodeFields;
  const taints = (spec.taints ?? []).filter(({ effect }) => effect !== 'PreferNoSchedule');
  return {
    labels: node.metadata.labels ?? {},
    taints: spec.unschedulable === true ? [...taints, CORDONED] : taints,
    free: amounts(status.allocatable),
  };
}
