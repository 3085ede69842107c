/** Puts the questions of capabilities to the things themselves. One file a kind of question. */
import type { ProbeResult, Probe } from '../../probes/probe.ts';
import type { SourceDeps } from '../deps.ts';
import { SourceFailure } from '../failure.ts';
import { probeHorizon } from './horizon.ts';
import { probeHttp } from './http.ts';
import { probePostgres } from './postgres.ts';
import { probeRabbitmq } from './rabbitmq.ts';
import type { OpenProbe } from './open-probe.ts';
import { probeRedis } from './redis.ts';

/** A question that can be put again and again, until it is closed. */
export interface ProbeRunner {
  /** Never throws: what goes wrong is an answer that is unknown, with a reason. */
  readonly put: (signal: AbortSignal) => Promise<ProbeResult>;
  /** Gives back what it holds of shared connections. */
  readonly close: () => void;
}

function openProbe(probe: Probe, deps: SourceDeps, now: () => number): OpenProbe {
  switch (probe.kind) {
    case 'redis':
      return probeRedis(probe, deps, now);
    case 'rabbitmq':
      return probeRabbitmq(probe, deps, now);
    case 'postgres':
      return probePostgres(probe, deps);
    case 'http':
      return probeHttp(probe, deps, now);
    case 'horizon':
      return probeHorizon(probe, deps);
  }
}

/** @param now Milliseconds since the epoch: the time that an answer bears. */
export function probeRunnerOf(probe: Probe, deps: SourceDeps, now: () => number): ProbeRunner {
  const { put, close } = openProbe(probe, deps, now);
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
            : // An unforeseen error may quote anything.
              new SourceFailure('SourceUnreachable', 'it failed in an unforeseen way');
        return { at: now(), unknown: failure.reason, message: failure.message };
      }
    },
  };
}
