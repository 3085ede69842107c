/** What a check of `leadplatform doctor` found. */
export interface Finding {
  /** Of the check; fixed, for programs. */
  readonly check: string;
  /** `unknown`: you may not read what tells it. */
  readonly state: 'ok' | 'problem' | 'unknown';
  /** What is so, in a sentence. */
  readonly message: string;
  /** What to do; where the state is not `ok`. */
  readonly mend?: string;
}
