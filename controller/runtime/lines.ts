const NEWLINE = 0x0a;

/**
 * Cuts a stream of bytes into lines of text. Looks at every byte once, however small the pieces are, and decodes only
 * whole lines, so that a character split between two pieces stays whole. Empty lines are left out.
 */
export class LineSplitter {
  readonly #onLine: (line: string) => void;
  #begun: Buffer[] = [];

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(chunk: Buffer): void {
    let from = 0;
    for (;;) {
      const at = chunk.indexOf(NEWLINE, from);
      if (at < 0) break;
      const end = chunk.subarray(from, at);
      from = at + 1;
      const line = this.#begun.length === 0 ? end : Buffer.concat([...this.#begun, end]);
      this.#begun = [];
      if (line.length > 0) this.#onLine(line.toString('utf8'));
    }
    if (from < chunk.length) this.#begun.push(chunk.subarray(from));
  }
}
