/**
 * Equal strings are kept once. JSON.parse makes each anew, and most of what the objects of a fleet say is the same: of the
 * objects of 1,000 platforms three strings of five are copies, 10 MB of them.
 *
 *     transform: (object) => pool.share(object)      // of a ListWatch: the object is new, and nobody has it yet
 *
 * Equal parts (a probe, a security context) could be kept once as well. Measured, that made the live heap smaller, the process
 * no smaller, and a cold start slower.
 */

/** Strings in a generation. What was not seen for two of them is forgotten; whoever holds it keeps it. */
const MOST = 5_000;
/** Longer texts are seldom alike, and take long to compare. */
const LONGEST = 1_000;

export class StringPool {
  #young = new Map<string, string>();
  #old = new Map<string, string>();

  /** The same object, each of its strings replaced by the one that is kept. Names of fields are kept once by the engine. */
  share<T extends object>(object: T): T {
    const fields = object as Record<string, unknown>;
    for (const key of Object.keys(fields)) {
      const field = fields[key];
      if (typeof field === 'string') fields[key] = this.#one(field);
      else if (typeof field === 'object' && field !== null) this.share(field);
    }
    return object;
  }

  #one(text: string): string {
    if (text.length > LONGEST) return text;
    const known = this.#young.get(text);
    if (known !== undefined) return known;
    const one = this.#old.get(text) ?? text;
    if (this.#young.size >= MOST) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(one, one);
    return one;
  }
}
