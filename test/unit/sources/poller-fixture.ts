import type { Observation, SignalKey, Source } from '../../../src/sources/port.ts';

export const NOW = Date.parse('2026-03-02T09:00:00Z');

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
