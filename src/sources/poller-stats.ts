/** What a poller counts, for metrics. By name of source, over all platforms: the names are few. */
import type { Instant, UnknownReason } from '../model/reading.ts';

export interface SourceStats {
  readonly polls: number;
  readonly failures: Readonly<Partial<Record<UnknownReason, number>>>;
  /** When any platform last got an answer. */
  readonly lastSuccessAt?: Instant;
}

export interface PollerStats {
  readonly platforms: number;
  readonly sources: number;
  readonly inFlight: number;
  /** Due, and waiting for a place. */
  readonly waiting: number;
  readonly bySource: Readonly<Record<string, SourceStats>>;
}

export class PollCounter {
  readonly #bySource = new Map<
    string,
    { polls: number; failures: Partial<Record<UnknownReason, number>>; lastSuccessAt?: Instant }
  >();

  count(source: string, failure: UnknownReason | undefined, at: Instant): void {
    const stats = this.#bySource.get(source) ?? { polls: 0, failures: {} };
    this.#bySource.set(source, stats);
    stats.polls += 1;
    if (failure === undefined) stats.lastSuccessAt = at;
    else stats.failures[failure] = (stats.failures[failure] ?? 0) + 1;
  }

  bySource(): Record<string, SourceStats> {
    return Object.fromEntries(
      [...this.#bySource].map(([name, stats]) => [name, { ...stats, failures: { ...stats.failures } }]),
    );
  }
}
