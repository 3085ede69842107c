import type { Answer } from '../../probes/asks.ts';

/** What a kind of question does: it throws `SourceFailure` where there is no answer. */
export interface Inquiry {
  readonly put: (signal: AbortSignal) => Promise<Extract<Answer, { facts: unknown }>['facts']>;
  readonly close: () => void;
}
