/** Things of which the one with the smallest key is at hand: a binary heap in an array. */
export class Heap<T> {
  readonly all: T[] = [];
  readonly #keyOf: (item: T) => number;

  /** @param keyOf Must not change while the item is in the heap. */
  constructor(keyOf: (item: T) => number) {
    this.#keyOf = keyOf;
  }

  get size(): number {
    return this.all.length;
  }

  get first(): T | undefined {
    return this.all[0];
  }

  push(item: T): void {
    const { all } = this;
    const key = this.#keyOf(item);
    let at = all.length;
    all.push(item);
    for (let above = (at - 1) >> 1; at > 0 && this.#keyOf(all[above]!) > key; above = (at - 1) >> 1) {
      all[at] = all[above]!;
      at = above;
    }
    all[at] = item;
  }

  pop(): T | undefined {
    const { all } = this;
    const [first] = all;
    const last = all.pop();
    if (last === undefined || all.length === 0) return first;
    const key = this.#keyOf(last);
    let at = 0;
    for (let below = 1; below < all.length; below = 2 * at + 1) {
      if (below + 1 < all.length && this.#keyOf(all[below + 1]!) < this.#keyOf(all[below]!)) below += 1;
      if (this.#keyOf(all[below]!) >= key) break;
      all[at] = all[below]!;
      at = below;
    }
    all[at] = last;
    return first;
  }
}
