/** What a policy did over time, in so many columns that it fits into a picture. */
import type { RunMoment } from './run.ts';

/** The greatest value of each column, and the last tier; where nobody looked, what was so before. */
export class Series {
  readonly wanted: Float64Array;
  readonly ready: Float64Array;
  readonly tiers: (string | undefined)[];
  readonly #secondsAColumn: number;
  #last = { column: -1, wanted: 0, ready: 0 };

  /** @param seconds How long the trace is. */
  constructor(seconds: number, columns: number) {
    this.#secondsAColumn = seconds / columns;
    this.wanted = new Float64Array(columns);
    this.ready = new Float64Array(columns);
    this.tiers = Array.from({ length: columns });
  }

  add({ now, wanted, ready }: RunMoment, tier: string | undefined): void {
    const column = Math.min(this.wanted.length - 1, Math.floor(now / this.#secondsAColumn));
    for (let passed = this.#last.column + 1; passed < column; passed += 1)
      this.#put(passed, this.#last.wanted, this.#last.ready, this.tiers[this.#last.column]);
    this.#put(column, wanted, ready, tier);
    this.#last = { column, wanted, ready };
  }

  #put(column: number, wanted: number, ready: number, tier: string | undefined): void {
    this.wanted[column] = Math.max(this.wanted[column] ?? 0, wanted);
    this.ready[column] = Math.max(this.ready[column] ?? 0, ready);
    this.tiers[column] = tier;
  }
}

/** Jobs that came in each column, by the minute. */
export function loadOf(arrivals: Float64Array, seconds: number, columns: number): Float64Array {
  const load = new Float64Array(columns);
  const secondsAColumn = seconds / columns;
  for (const arrival of arrivals) {
    const column = Math.min(columns - 1, Math.floor(arrival / secondsAColumn));
    load[column] = (load[column] ?? 0) + 60 / secondsAColumn;
  }
  return load;
}
