/**
 * One exposition for everybody who asks at about the same time: made a part at a time, as fast as the fastest of them reads,
 * and gone with the last. Without it each of a hundred scrapers would have one made, and hold it.
 *
 * Of a fleet it has many megabytes, and one scraper as a rule. So once it is long nobody joins it, and what its readers have
 * read is forgotten. Whoever asks then waits: until it was read, or for five seconds. Those who have waited together are
 * many, and theirs is kept from its beginning, for all who come within five seconds.
 */
import { pause, systemClock } from '../runtime/clock.ts';

type Part = string | Buffer;

/** Nobody joins one that was begun longer ago. */
const OPEN_MS = 5_000;
/** Nor one of which more has been made, unless it is kept. */
const OPEN_BYTES = 4_000_000;

/** Where a reader is: the number of the part that it reads next. */
interface Reader {
  next: number;
}

class Exposition {
  readonly begun: number;
  readonly #over = new AbortController();
  readonly #source: AsyncGenerator<Part>;
  readonly #isKept: boolean;
  readonly #readers = new Set<Reader>();
  /** Those that somebody has yet to read, and while others may join all that were made. */
  readonly #parts: Buffer[] = [];
  #forgotten = 0;
  #bytes = 0;
  #isWhole = false;
  #pulling: Promise<void> | undefined;

  constructor(source: AsyncGenerator<Part>, begun: number, isKept: boolean) {
    this.#source = source;
    this.begun = begun;
    this.#isKept = isKept;
  }

  /** Its beginning is still there. */
  get canBeJoined(): boolean {
    return this.#isKept || this.#bytes <= OPEN_BYTES;
  }

  /** Nobody reads it any more. */
  get isOver(): boolean {
    return this.#readers.size === 0;
  }

  /** Aborts when it is over. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  join(): Reader {
    const reader = { next: 0 };
    this.#readers.add(reader);
    return reader;
  }

  /** The next part for a reader; undefined behind the last. Rejects where it cannot be made. */
  async part(reader: Reader): Promise<Buffer | undefined> {
    while (reader.next - this.#forgotten >= this.#parts.length && !this.#isWhole) {
      this.#pulling ??= this.#pull().finally(() => (this.#pulling = undefined));
      await this.#pulling;
    }
    const part = this.#parts[reader.next - this.#forgotten];
    reader.next += 1;
    this.#forget();
    return part;
  }

  async leave(reader: Reader): Promise<void> {
    this.#readers.delete(reader);
    if (this.#readers.size > 0) return this.#forget();
    this.#parts.length = 0;
    this.#over.abort();
    await this.#source.return(undefined);
  }

  async #pull(): Promise<void> {
    const { done, value } = await this.#source.next();
    if (done === true) this.#isWhole = true;
    else {
      const part = typeof value === 'string' ? Buffer.from(value) : value;
      this.#parts.push(part);
      this.#bytes += part.length;
    }
  }

  #forget(): void {
    if (this.canBeJoined) return;
    const slowest = Math.min(...[...this.#readers].map(({ next }) => next));
    this.#forgotten += this.#parts.splice(0, slowest - this.#forgotten).length;
  }
}

export class SharedExposition {
  readonly #make: () => AsyncGenerator<Part>;
  #current: Exposition | undefined;
  #waiting = 0;

  constructor(make: () => AsyncGenerator<Part>) {
    this.#make = make;
  }

  /** @param isWanted Whether whoever asked is still there, which may change while it waits for a new one. */
  async *read(isWanted: () => boolean): AsyncGenerator<Buffer> {
    const joined = await this.#join(isWanted);
    if (joined === undefined) return;
    const { exposition, reader } = joined;
    try {
      for (let part = await exposition.part(reader); part !== undefined; part = await exposition.part(reader))
        yield part;
    } finally {
      await exposition.leave(reader);
    }
  }

  /** Undefined where nobody wants it any more. */
  async #join(
    isWanted: () => boolean,
  ): Promise<{ readonly exposition: Exposition; readonly reader: Reader } | undefined> {
    while (isWanted()) {
      const now = performance.now();
      const age = now - (this.#current?.begun ?? -Infinity);
      if (this.#current === undefined || this.#current.isOver || age >= OPEN_MS)
        this.#current = new Exposition(this.#make(), now, this.#waiting > 0);
      const exposition = this.#current;
      // In this turn: before the next one it may have grown long, and forgotten its beginning.
      if (exposition.canBeJoined) return { exposition, reader: exposition.join() };
      this.#waiting += 1;
      await pause(systemClock, OPEN_MS - age, exposition.over);
      this.#waiting -= 1;
    }
    return undefined;
  }
}
