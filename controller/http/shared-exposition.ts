/**
 * One exposition for everybody who asks while it is read: made a part at a time, as fast as the fastest of them reads, and
 * gone with the last. Without it each of a hundred scrapers would have one made, and hold it.
 */
type Part = string | Buffer;

/** Whoever comes later than this gets a new one. */
const OPEN_MS = 5_000;

class Exposition {
  readonly begun: number;
  readers = 0;
  readonly #source: AsyncGenerator<Part>;
  readonly #parts: Buffer[] = [];
  #isWhole = false;
  #pulling: Promise<void> | undefined;

  constructor(source: AsyncGenerator<Part>, begun: number) {
    this.#source = source;
    this.begun = begun;
  }

  /** The part at that place; undefined behind the last. Rejects where it cannot be made. */
  async part(index: number): Promise<Buffer | undefined> {
    while (index >= this.#parts.length && !this.#isWhole) {
      this.#pulling ??= this.#pull().finally(() => (this.#pulling = undefined));
      await this.#pulling;
    }
    return this.#parts[index];
  }

  async end(): Promise<void> {
    await this.#source.return(undefined);
  }

  async #pull(): Promise<void> {
    const { done, value } = await this.#source.next();
    if (done === true) this.#isWhole = true;
    else this.#parts.push(Buffer.from(value));
  }
}

export class SharedExposition {
  readonly #make: () => AsyncGenerator<Part>;
  readonly #elapsed: () => number;
  #current: Exposition | undefined;

  /** @param elapsed Milliseconds that never go back. */
  constructor(make: () => AsyncGenerator<Part>, elapsed: () => number = () => performance.now()) {
    this.#make = make;
    this.#elapsed = elapsed;
  }

  async *read(): AsyncGenerator<Buffer> {
    const exposition = this.#join();
    exposition.readers += 1;
    try {
      for (let index = 0; ; index += 1) {
        const part = await exposition.part(index);
        if (part === undefined) return;
        yield part;
      }
    } finally {
      exposition.readers -= 1;
      if (exposition.readers === 0) {
        if (this.#current === exposition) this.#current = undefined;
        await exposition.end();
      }
    }
  }

  #join(): Exposition {
    const now = this.#elapsed();
    if (this.#current === undefined || now - this.#current.begun > OPEN_MS)
      this.#current = new Exposition(this.#make(), now);
    return this.#current;
  }
}
