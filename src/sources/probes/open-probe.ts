import type { ProbeResult } from '../../probes/probe.ts';

/** What a kind of question does: it throws `SourceFailure` where there is no answer. */
export interface OpenProbe {
  readonly put: (signal: AbortSignal) => Promise<Extract<ProbeResult, { facts: unknown }>['facts']>;
  readonly close: () => void;
}
