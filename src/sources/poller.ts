/** Polls every source of every platform at its interval, and keeps what was read last. */
import type { Instant } from '../signals/reading.ts';
import type { Unknown } from '../signals/reading.ts';
import type { Readings } from '../signals/readings.ts';
import type { SignalKey, Source } from './port.ts';

export interface PollerClock {
  /** The time of day, in milliseconds since the epoch. */
  now(): Instant;
  /** Milliseconds since some fixed point; never goes back. */
  elapsed(): number;
  /** Runs `callback` once after `delayMs`. Returns what stops it. */
  after(delayMs: number, callback: () => void): () => void;
}

/** The sources of one platform, and how long what they read holds. */
export interface Watched {
  readonly sources: readonly Source[];
  /** `spec.signals.staleAfter`, in milliseconds: added to a source's interval. */
  readonly staleAfter: number;
  /** Every queue of the platform, so that one without a source is unknown rather than missing. */
  readonly queues: readonly string[];
}

export interface PollerStats {
  readonly platforms: number;
  readonly sources: number;
  readonly inFlight: number;
  /** Due, and waiting for a place. */
  readonly waiting: number;
  readonly bySource: Readonly<
    Record<string, { polls: number; failures: Record<string, number>; lastSuccessAt?: Instant }>
  >;
}

export class Poller {
  constructor(_options: { onChange: (platform: string) => void; clock?: PollerClock }) {}
  /** Starts to poll, the first time at once. Closes the sources that it replaces; what they read stays while it is fresh. */
  set(_platform: string, _watched: Watched): void {}
  remove(_platform: string): void {}
  /** Complete: what has no source, or no answer yet, is unknown with that reason. */
  readings(_platform: string): Readings {
    throw new Error('not written yet');
  }
  /** What fails now, also where the last value still holds. */
  troubles(_platform: string): Partial<Record<SignalKey, Unknown>> {
    return {};
  }
  stats(): PollerStats {
    throw new Error('not written yet');
  }
  async stop(): Promise<void> {}
}
