import type { KubeObject } from './resources.ts';
import { keyOf } from './resources.ts';

/** From an object to the keys under which it is to be found; undefined and `[]` for none. */
export type IndexFunction<T> = (object: T) => string | readonly string[] | undefined;

/** Objects by key, and by any number of indexes. */
export class Store<T extends KubeObject> {
  readonly #objects = new Map<string, T>();
  readonly #indexes: Map<string, { of: IndexFunction<T>; keys: Map<string, Map<string, T>> }>;

  constructor(indexes: Readonly<Record<string, IndexFunction<T>>> = {}) {
    this.#indexes = new Map(Object.entries(indexes).map(([name, of]) => [name, { of, keys: new Map() }]));
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  keys(): IterableIterator<string> {
    return this.#objects.keys();
  }

  values(): IterableIterator<T> {
    return this.#objects.values();
  }

  /** The objects filed under `value` in the index `name`, in an order that no update changes. */
  by(name: string, value: string): T[] {
    const index = this.#indexes.get(name);
    if (index === undefined) throw new Error(`There is no index "${name}"`);
    return [...(index.keys.get(value)?.values() ?? [])];
  }

  /** Returns what was there before. */
  set(object: T): T | undefined {
    const key = keyOf(object);
    const old = this.#objects.get(key);
    this.#objects.set(key, object);
    for (const { of, keys } of this.#indexes.values()) {
      const values = valuesOf(of, object);
      // What stays under a value keeps its place: in another order the same objects would read like news.
      if (old !== undefined)
        unfile(
          keys,
          key,
          valuesOf(of, old).filter((value) => !values.includes(value)),
        );
      for (const value of values) {
        const filed = keys.get(value);
        if (filed === undefined) keys.set(value, new Map([[key, object]]));
        else filed.set(key, object);
      }
    }
    return old;
  }

  delete(key: string): T | undefined {
    const old = this.#objects.get(key);
    if (old === undefined) return undefined;
    for (const { of, keys } of this.#indexes.values()) unfile(keys, key, valuesOf(of, old));
    this.#objects.delete(key);
    return old;
  }
}

function unfile<T>(keys: Map<string, Map<string, T>>, key: string, values: readonly string[]): void {
  for (const value of values) {
    const filed = keys.get(value);
    filed?.delete(key);
    if (filed?.size === 0) keys.delete(value);
  }
}

function valuesOf<T>(of: IndexFunction<T>, object: T): readonly string[] {
  const values = of(object);
  return values === undefined ? [] : typeof values === 'string' ? [values] : values;
}
