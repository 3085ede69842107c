/** A kind of source: a folder or file of its own, with its entry in the schema, and one line in `wiring.ts`. */
import { unknown } from '../model/reading.ts';
import type { SourceDeps } from './deps.ts';
import type { MeasuredSpec } from './measured-spec.ts';
import { everySignal } from './observe.ts';
import type { SignalKey, Source } from './port.ts';

/** The sources of this kind that a spec asks for: what it names, and by default all that the given stores can tell. */
export type SourceKind = (spec: MeasuredSpec, deps: SourceDeps) => readonly Source[];

const WITHOUT_STORE_INTERVAL_MS = 600_000;

/** Signals that ask for a store which the spec does not give: unknown, with that said. */
export function withoutStore(
  store: keyof MeasuredSpec['stores'],
  reads: readonly SignalKey[],
  queues: readonly string[] = [],
): readonly Source[] {
  if (reads.length === 0) return [];
  const message = `the signal is to be read from ${store}, but stores.${store} is not given; add it, or give another source`;
  const source: Source = {
    name: `${store}:none`,
    interval: WITHOUT_STORE_INTERVAL_MS,
    reads,
    queues,
    poll: () => Promise.resolve(everySignal(source, unknown('NotConfigured', message))),
  };
  return [source];
}
