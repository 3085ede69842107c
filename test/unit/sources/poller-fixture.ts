import type { PollerClock } from '../../../src/sources/poller-clock.ts';
import type { Observation, SignalKey, Source } from '../../../src/sources/port.ts';
import { ManualClock } from '../runtime/manual-clock.ts';

export const NOW = Date.parse('2026-03-02T09:00:00Z');

/** The time of day and elapsed time that pass together, by hand. */
export function pollerClock(): PollerClock & { pass(ms: number): Promise<void>; timers(): number } {
  const clock = new ManualClock();
  return {
    now: () => NOW + clock.now(),
    elapsed: () => clock.now(),
    after: (delayMs, callback) => clock.after(delayMs, callback),
    pass: (ms) => clock.pass(ms),
    timers: () => clock.timers,
  };
}

export interface FakeSource extends Source {
  readonly polledAt: number[];
  closed: number;
}

/** A source that answers what it is told. */
export function fakeSource(
  options: {
    name?: string;
    interval?: number;
    reads?: readonly SignalKey[];
    queues?: readonly string[];
  },
  answer: (now: number, poll: number) => Observation | Promise<Observation>,
): FakeSource {
  const source: FakeSource = {
    name: options.name ?? 'fake:cpu',
    interval: options.interval ?? 10_000,
    reads: options.reads ?? ['cpu'],
    queues: options.queues ?? [],
    polledAt: [],
    closed: 0,
    poll: async (now) => {
      source.polledAt.push(now - NOW);
      return answer(now, source.polledAt.length);
    },
    close: () => {
      source.closed += 1;
    },
  };
  return source;
}
