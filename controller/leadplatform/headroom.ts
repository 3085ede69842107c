/**
 * Reads the quotas and LimitRanges of a namespace, and the room on nodes: only when a transition is about to begin, and then
 * every half minute at most.
 */
import { valueOr } from '../../src/model/optional-read.ts';
import type { ContainerDefaults } from '../../src/kube/limit-range.ts';
import { PREFLIGHT_AGAIN_MS } from '../../src/plan/preflight/preflight.ts';
import type { Quota, Headroom } from '../../src/cluster/headroom.ts';
import type { KubeObject, Resources } from '../runtime/resources.ts';
import { LIMIT_RANGES, RESOURCE_QUOTAS } from './kinds.ts';
import type { NodeReader } from './nodes.ts';
import type { OptionalName, OptionalReads } from './optional-reads.ts';

/** A look that still counts. */
export function freshHeadroom(headroom: Headroom | undefined, now: number): Headroom | undefined {
  return headroom !== undefined && Math.abs(now - headroom.at) < PREFLIGHT_AGAIN_MS ? headroom : undefined;
}

export interface HeadroomReaders {
  readonly resources: Pick<Resources, 'list'>;
  readonly reads: OptionalReads;
  /** Undefined: nodes are not looked at. */
  readonly nodes: Pick<NodeReader, 'look'> | undefined;
}

/** Never rejects but when `signal` says so: where nothing can be read, nothing is known against it. */
export async function readHeadroom(
  { resources, reads, nodes }: HeadroomReaders,
  namespace: string,
  now: number,
  signal: AbortSignal,
): Promise<Headroom> {
  const listed = async (name: OptionalName, type: typeof RESOURCE_QUOTAS): Promise<readonly KubeObject[]> => {
    const list = await reads.read(name, signal, (within) =>
      resources.list(type, { namespace, signal: within }),
    );
    return 'value' in list ? list.value.items : [];
  };
  const [quotas, ranges, known] = await Promise.all([
    listed('quotas', RESOURCE_QUOTAS),
    listed('limitRanges', LIMIT_RANGES),
    nodes?.look(namespace, signal),
  ]);
  return {
    at: now,
    quotas: quotas.flatMap(quotaOf),
    defaults: ranges.flatMap(defaultsOf),
    nodes: known && valueOr(known, undefined),
  };
}

/** Of containers alone: what it says of whole pods and of claims are bounds, and no defaults. */
function defaultsOf({ metadata: { name }, spec }: LimitRangeObject): ContainerDefaults[] {
  return (spec?.limits ?? [])
    .filter(({ type }) => type === 'Container')
    .map(({ default: limits = {}, defaultRequest: requests = {} }) => ({ name, limits, requests }));
}

function quotaOf({ metadata: { name }, spec, status }: QuotaObject): Quota[] {
  // One with a scope is for some pods alone.
  if (spec?.scopes !== undefined || spec?.scopeSelector !== undefined) return [];
  return status?.hard === undefined ? [] : [{ name, hard: status.hard, used: status.used ?? {} }];
}

type QuotaObject = KubeObject & {
  readonly spec?: { readonly scopes?: unknown; readonly scopeSelector?: unknown };
  readonly status?: {
    readonly hard?: Readonly<Record<string, unknown>>;
    readonly used?: Readonly<Record<string, unknown>>;
  };
};

type LimitRangeObject = KubeObject & {
  readonly spec?: {
    readonly limits?: readonly {
      readonly type?: string;
      readonly default?: Readonly<Record<string, unknown>>;
      readonly defaultRequest?: Readonly<Record<string, unknown>>;
    }[];
  };
};
