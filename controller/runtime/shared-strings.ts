/**
 * Makes equal strings of many objects one. Most words of a thousand Deployments that were made by the same rules are the
 * same, and as JSON is parsed each object has its own.
 */

/** V8 shares shorter ones by itself, and longer ones are somebody's data. */
const LENGTH = { least: 11, most: 1_024 };
/** More than all the words in common; the others are of one object each. */
const MOST = 5_000;

export class SharedStrings {
  readonly #known = new Map<string, string>();

  /** Changes the object itself, which nobody else may hold yet, and gives it back. */
  share<T extends object>(object: T): T {
    const fields = object as Record<string, unknown>;
    for (const [name, value] of Object.entries(fields)) {
      if (typeof value === 'string') fields[name] = this.#shared(value);
      else if (typeof value === 'object' && value !== null) this.share(value);
    }
    return object;
  }

  #shared(value: string): string {
    if (value.length < LENGTH.least || value.length > LENGTH.most) return value;
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    // UIDs, names and times are met once. What is forgotten with them is soon met again.
    if (this.#known.size >= MOST) this.#known.clear();
    this.#known.set(value, value);
    return value;
  }
}
