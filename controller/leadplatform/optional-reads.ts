/**
 * Reads that the operator can do without: a right that was not granted, an API that the cluster does not have, a server that
 * is slow. Each gives a value, or why there is none; and this is the one place where that is logged.
 *
 *     const reads = new OptionalReads(logger);
 *     const quotas = await reads.read('quotas', signal, (within) => resources.list(RESOURCE_QUOTAS, { signal: within }));
 *     valueOr(quotas, undefined)?.items;
 */
import type { OptionalRead, Unavailable } from '../../src/model/optional-read.ts';
import { KubeError, isForbidden, isNotFound } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';

interface Optional {
  /** How long it may take, in ms. Left out: as long as any request. */
  readonly timeoutMs?: number;
  /** What is done without, and the cure, where it is forbidden. */
  readonly forbidden: string;
}

const OPTIONAL = {
  nodes: {
    timeoutMs: 5_000,
    forbidden:
      'Nodes are not looked at: the ServiceAccount may not list nodes and pods of the whole cluster; grant it, or start without --look-at-nodes',
  },
  quotas: {
    timeoutMs: 3_000,
    forbidden:
      'Quotas are not looked at before a transition begins: the ServiceAccount may not list resourcequotas; grant it',
  },
  limitRanges: {
    timeoutMs: 3_000,
    forbidden:
      'What LimitRanges give containers is not counted: the ServiceAccount may not list limitranges; grant it',
  },
  pods: {
    timeoutMs: 3_000,
    forbidden: 'Pods are not asked why they do not come up: the ServiceAccount may not list pods; grant it',
  },
  usage: {
    forbidden:
      'CPU and memory are not read from the metrics API: the ServiceAccount may not list pods.metrics.k8s.io; grant it',
  },
} as const satisfies Readonly<Record<string, Optional>>;

export type OptionalName = keyof typeof OPTIONAL;

export class OptionalReads {
  readonly #logger: Pick<Logger, 'warn' | 'debug'>;
  readonly #warnedOf = new Set<OptionalName>();

  constructor(logger: Pick<Logger, 'warn' | 'debug'>) {
    this.#logger = logger;
  }

  /** Never rejects but with the reason of `signal`. */
  async read<T>(
    name: OptionalName,
    signal: AbortSignal | undefined,
    ask: (within: AbortSignal | undefined) => Promise<T>,
  ): Promise<OptionalRead<T>> {
    const { timeoutMs }: Optional = OPTIONAL[name];
    const ends = [signal, timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs)];
    const given = ends.filter((end) => end !== undefined);
    try {
      return { value: await ask(given.length === 0 ? undefined : AbortSignal.any(given)) };
    } catch (error) {
      signal?.throwIfAborted();
      const unavailable = unavailableBy(error);
      const reason = error instanceof Error ? error.message : String(error);
      this.#log(name, unavailable, reason);
      return { unavailable, reason };
    }
  }

  /** A right that is missing is a person's to grant, and is told once. What is away comes back, or is away on purpose. */
  #log(name: OptionalName, unavailable: Unavailable, reason: string): void {
    if (unavailable === 'Forbidden' && !this.#warnedOf.has(name)) {
      this.#warnedOf.add(name);
      this.#logger.warn({}, OPTIONAL[name].forbidden);
    } else {
      this.#logger.debug({ read: name, unavailable, reason }, 'Going on without an optional read');
    }
  }
}

/** 503 is an APIService without a server behind it: as good as absent. */
function unavailableBy(error: unknown): Unavailable {
  if (isForbidden(error)) return 'Forbidden';
  return isNotFound(error) || (error instanceof KubeError && error.status === 503) ? 'Absent' : 'Failed';
}
