/**
 * CPU and memory of the platform's own pods, from the metrics API: what all of them use, in per cent of what all of them
 * may use. A container counts against its limit, else its request; one with neither is left out, use and all. Worked:
 * 300m of a limit of 500m, 100m of a request of 200m, 50m of nothing → 400 / 700 = 57 %.
 */
import { Signals } from '../api/schema/signals.ts';
import { known, unknown, type Reading } from '../model/reading.ts';
import { SourceFailure } from './failure.ts';
import { observe } from './observe.ts';
import type { ContainerUsage, Observation, ReadUsage, Source } from './port.ts';
import type { SourceKind } from './source-kind.ts';

type Resource = 'cpu' | 'memory';

/** @returns Per cent, as old as the oldest measurement in it. */
export function usageOf(resource: Resource, containers: readonly ContainerUsage[]): Reading {
  let used = 0;
  let allowed = 0;
  let at = Infinity;
  for (const container of containers) {
    const { used: mine, limit, request } = container[resource];
    const bound = limit ?? request;
    if (bound === undefined || !(bound > 0)) continue;
    used += mine;
    allowed += bound;
    at = Math.min(at, container.at);
  }
  if (containers.length === 0) {
    return unknown('EmptyResult', 'the metrics API has nothing on the pods of the platform yet');
  }
  if (allowed === 0) {
    return unknown(
      'NoLimitOrRequest',
      `no container of the platform has a ${resource} limit or request to be a share of; set resources`,
    );
  }
  const percent = (100 * used) / allowed;
  return Number.isFinite(percent) && percent >= 0
    ? known(percent, at)
    : unknown('NotANumber', `the metrics API gives no usable ${resource} of the pods`);
}

const ABSENT = 'the cluster has no metrics API; install metrics-server, or read the signal from Prometheus';

/** As the schema has it, where no source is named. */
const DEFAULTS = Signals.parse({ cpu: { kubernetes: {} }, memory: { kubernetes: {} } });

/** What a spec reads of the metrics API. One question answers for both. */
export const kubernetes: SourceKind = ({ signals }, { readUsage }) => {
  const reads = (['cpu', 'memory'] as const).filter(
    (resource) => signals[resource].prometheus === undefined && signals[resource].http === undefined,
  );
  if (reads.length === 0) return [];
  const intervals = reads.map(
    (resource) =>
      signals[resource].kubernetes?.interval ?? DEFAULTS[resource].kubernetes?.interval ?? Infinity,
  );
  const byDefault = reads.filter((resource) => signals[resource].kubernetes === undefined);
  return [podUsage(readUsage, reads, Math.min(...intervals), byDefault)];
};

/**
 * `byDefault`: what the spec does not ask for by name. Most clusters without a metrics API are so on purpose: there, such a signal
 * is absent rather than missed.
 */
export function podUsage(
  readUsage: ReadUsage,
  reads: readonly Resource[],
  interval: number,
  byDefault: readonly Resource[] = [],
): Source {
  const source: Source = {
    name: 'kubernetes:usage',
    interval,
    reads,
    poll: (_now, signal): Promise<Observation> =>
      observe(source, signal, async () => {
        const usage = await readUsage(signal);
        if ('unavailable' in usage && usage.unavailable === 'Failed')
          throw new SourceFailure('SourceUnreachable', 'the metrics API could not be read');
        const reading = (resource: Resource): Reading => {
          if ('value' in usage) return usageOf(resource, usage.value);
          return unknown(byDefault.includes(resource) ? 'NotConfigured' : 'NotFound', ABSENT);
        };
        return Object.fromEntries(reads.map((resource) => [resource, reading(resource)]));
      }),
  };
  return source;
}
