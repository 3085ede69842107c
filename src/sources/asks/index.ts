/** Puts the questions of capabilities to the things themselves. One file a kind of question. */
import type { Answer, Ask } from '../../probes/asks.ts';
import type { SourceDeps } from '../deps.ts';
import { SourceFailure } from '../failure.ts';
import { askHorizon } from './horizon.ts';
import { askHttp } from './http.ts';
import { askPostgres } from './postgres.ts';
import { askRabbitmq } from './rabbitmq.ts';
import type { Inquiry } from './inquiry.ts';
import { askRedis } from './redis.ts';

/** A question that can be put again and again, until it is closed. */
export interface Asker {
  /** Never throws: what goes wrong is an answer that is unknown, with a reason. */
  readonly put: (signal: AbortSignal) => Promise<Answer>;
  /** Gives back what it holds of shared connections. */
  readonly close: () => void;
}

function inquiryOf(ask: Ask, deps: SourceDeps, now: () => number): Inquiry {
  switch (ask.kind) {
    case 'redis':
      return askRedis(ask, deps, now);
    case 'rabbitmq':
      return askRabbitmq(ask, deps, now);
    case 'postgres':
      return askPostgres(ask, deps);
    case 'http':
      return askHttp(ask, deps, now);
    case 'horizon':
      return askHorizon(ask, deps);
  }
}

/** @param now Milliseconds since the epoch: the time that an answer bears. */
export function askerOf(ask: Ask, deps: SourceDeps, now: () => number): Asker {
  const { put, close } = inquiryOf(ask, deps, now);
  return {
    close,
    put: async (signal) => {
      try {
        const facts = await put(signal);
        return { at: now(), facts };
      } catch (error) {
        const failure =
          error instanceof SourceFailure
            ? error
            : // What nobody foresaw may quote anything.
              new SourceFailure('SourceUnreachable', 'it failed in an unforeseen way');
        return { at: now(), unknown: failure.reason, message: failure.message };
      }
    },
  };
}
