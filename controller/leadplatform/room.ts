/** Reads the quotas of a namespace, and the room on nodes: only when a transition is about to begin, and then every half minute at most. */
import { PREFLIGHT_AGAIN_MS, type Quota, type Room } from '../../src/plan/preflight.ts';
import type { KubeObject, Resources } from '../runtime/resources.ts';
import { RESOURCE_QUOTAS } from './kinds.ts';
import type { NodeReader } from './nodes.ts';

const TIMEOUT_MS = 3_000;

/** A look that still counts. */
export function freshRoom(room: Room | undefined, now: number): Room | undefined {
  return room !== undefined && Math.abs(now - room.at) < PREFLIGHT_AGAIN_MS ? room : undefined;
}

/** Never rejects but when `signal` says so: where nothing can be read, nothing is known against it. */
export async function readRoom(
  resources: Pick<Resources, 'list'>,
  nodes: Pick<NodeReader, 'look'> | undefined,
  namespace: string,
  now: number,
  signal: AbortSignal,
): Promise<Room> {
  const [quotas, known] = await Promise.all([
    readQuotas(resources, namespace, signal),
    nodes?.look(namespace, signal),
  ]);
  return { at: now, quotas, nodes: known };
}

async function readQuotas(
  resources: Pick<Resources, 'list'>,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly Quota[]> {
  try {
    const { items } = await resources.list(RESOURCE_QUOTAS, {
      namespace,
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    return items.flatMap(quotaOf);
  } catch {
    signal.throwIfAborted();
    return [];
  }
}

function quotaOf({ metadata: { name = '' }, spec, status }: QuotaObject): Quota[] {
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
