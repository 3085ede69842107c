/**
 * Reads what is free on the nodes, where whoever runs the operator lets it: a list of nodes and one of all pods of the
 * cluster. Only when something is about to begin, and one for all platforms that begin at that time. Of each page of pods
 * only sums are kept.
 */
import { isOurs } from '../../src/kube/labels.ts';
import type { NodeHeadroom, Nodes } from '../../src/cluster/node-headroom.ts';
import { amounts, less, type PodSpec, requestsOf } from '../../src/kube/pod-requests.ts';
import type { OptionalRead } from '../../src/model/optional-read.ts';
import type { KubeObject, Resources } from '../runtime/resources.ts';
import { NODES, PODS } from './kinds.ts';
import type { OptionalReads } from './optional-reads.ts';

/** A fleet that begins does not ask for each platform; and what is told of nodes is to be so, not to have been. */
const SHARE_MS = 2_000;
/** After a look that failed. */
const AGAIN_MS = 10_000;
/** Who may not look is not given that right every few seconds. */
const FORBIDDEN_MS = 300_000;

/** What is there and runs, or will: what has no node takes none of it, and what has ended no more. */
const ON_A_NODE = 'spec.nodeName!=,status.phase!=Succeeded,status.phase!=Failed';

interface Look {
  readonly nodes: readonly NodeHeadroom[];
  /** By namespace. */
  readonly placed: ReadonlyMap<string, Nodes['placed']>;
}

export class NodeReader {
  readonly #resources: Pick<Resources, 'pages'>;
  readonly #reads: OptionalReads;
  #shared: Promise<OptionalRead<Look>> | undefined;
  #askAgainAt = -Infinity;

  constructor(resources: Pick<Resources, 'pages'>, reads: OptionalReads) {
    this.#resources = resources;
    this.#reads = reads;
  }

  /** Never rejects but when `signal` says so. */
  async look(namespace: string, signal: AbortSignal): Promise<OptionalRead<Nodes>> {
    // Monotonic: a clock that is set back must not keep an old look.
    const now = performance.now();
    if (this.#shared === undefined || now >= this.#askAgainAt) {
      this.#askAgainAt = now + SHARE_MS;
      this.#shared = this.#share(signal);
    }
    const look = await this.#shared;
    signal.throwIfAborted();
    if (!('value' in look)) return look;
    const { nodes, placed } = look.value;
    return { value: { nodes, placed: placed.get(namespace) ?? [] } };
  }

  /** For all that ask now: the signal of one of them ends it for the others, whose own has not ended. */
  async #share(signal: AbortSignal): Promise<OptionalRead<Look>> {
    const look = await this.#reads.read('nodes', undefined, (within) =>
      this.#read(within === undefined ? signal : AbortSignal.any([signal, within])),
    );
    if ('unavailable' in look) {
      const wait = look.unavailable === 'Forbidden' ? FORBIDDEN_MS : AGAIN_MS;
      this.#askAgainAt = performance.now() + wait;
    }
    return look;
  }

  async #read(signal: AbortSignal): Promise<Look> {
    const nodes = new Map<string, NodeHeadroom>();
    const placed = new Map<string, Readonly<Record<string, string>>[]>();
    for await (const page of this.#resources.pages(NODES, { signal })) {
      for (const node of page) nodes.set(node.metadata.name, headroomOf(node));
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
