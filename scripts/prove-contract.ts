/** What `npm run prove` asks of a proof. `test/prove/<name>.ts` exports one: `export const proof: Proof = { … }`. */

/** Something that is shown by a run too long for the tests: a fuzzer, a soak, a long trace, a comparison. */
export interface Proof {
  /** That of its file: `queue-moves` for `test/prove/queue-moves.ts`. */
  readonly name: string;
  /** One sentence for the list: what is proven. */
  readonly what: string;
  run(context: ProofContext): Promise<ProofResult>;
}

export interface ProofContext {
  /** The only chance that a proof has: with the same seed it tries the same. */
  readonly seed: number;
  /** A line of progress, on stderr. */
  readonly log: (line: string) => void;
  /** `.tmp/prove/<name>`, which exists. Progress that `--resume` goes on from is kept here. */
  readonly folder: string;
  /**
   * Aborted by Ctrl-C and at the time limit. A proof then keeps its progress and ends within 30 seconds, whatever it
   * returns: a run that was stopped has proven nothing.
   */
  readonly signal: AbortSignal;
  /** Whether `folder` may hold the progress of a run with the same seed; else it is empty. */
  readonly resume: boolean;
}

export interface ProofResult {
  readonly passed: boolean;
  /** The page `docs/proofs/<name>.md` below its header: what was tried, how often, what came out. */
  readonly markdown: string;
}
